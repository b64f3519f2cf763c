"""Short, stable names of layers for TensorBoard's tags."""

from collections import Counter


def layer_tags(paths, model_name):
    """A tag for each layer path: no more of it than tells the layers apart.

    The model's own name goes, and so does the layer's where its block has no
    other attention layer: `classifier/encoder_block_0/attention` is
    `encoder_block_0`, however many blocks there are.

    Args:
        paths: Layer paths, as in the keys of `capture_attention`.
        model_name: The model's name, the start of a subclassed model's paths.

    Returns:
        A dict from path to tag, all tags distinct.
    """
    inside = {path: path.removeprefix(f"{model_name}/") for path in paths}
    blocks = {path: tag.rpartition("/")[0] for path, tag in inside.items()}
    count = Counter(blocks.values()) + Counter(inside.values())
    return {
        path: block if block and count[block] == 1 else inside[path]
        for path, block in blocks.items()
    }
