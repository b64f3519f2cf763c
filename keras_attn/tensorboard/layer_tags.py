"""Short, stable layer names for TensorBoard tags."""

from collections import Counter


def layer_tags(paths, model_name):
    """Shorten layer paths to the parts that distinguish the layers.

    The name of the model is dropped. The name of the layer is also dropped if
    its block has no other attention layer: `model/encoder_block_0/attention`
    becomes `encoder_block_0`, regardless of the number of blocks.

    Args:
        paths: Layer paths, such as the keys of `capture_attention`.
        model_name: String, the start of a subclassed model's paths.

    Returns:
        A dict from path to tag. All tags are different.
    """
    inside = {path: path.removeprefix(f"{model_name}/") for path in paths}
    blocks = {path: tag.rpartition("/")[0] for path, tag in inside.items()}
    count = Counter(blocks.values()) + Counter(inside.values())
    return {
        path: block if block and count[block] == 1 else inside[path]
        for path, block in blocks.items()
    }
