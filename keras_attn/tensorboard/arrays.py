"""Attention weights of any framework, as NumPy arrays by layer name."""

import keras


def layers_of(weights):
    """Convert attention weights to NumPy arrays by layer name.

    Args:
        weights: The weights of one layer: nested lists of numbers, or a NumPy,
            TensorFlow, JAX or PyTorch array of any float type with at least
            three axes. Or a dict or list of layers, which may be nested. Nested
            names are joined with "/", and the entries of a list are named
            `layer_0`, `layer_1` and so on.

    Returns:
        A dict from layer name to a NumPy array.

    Raises:
        ValueError: If an array has no values yet, as during graph tracing.
    """
    if _contains_layers(weights):
        return dict(_leaves(weights, ()))
    return {"attention": to_numpy(weights)}


def to_numpy(array):
    """Convert an array of any framework to NumPy, with a native dtype."""
    if hasattr(array, "detach"):  # PyTorch; NumPy cannot read its bfloat16
        array = array.detach().cpu()
        array = array.float() if array.is_floating_point() else array
    try:
        converted = keras.ops.convert_to_numpy(array)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise ValueError(
            "Expected an array of numbers from an eager call; in a traced "
            f"graph, arrays have no values. Received: {array!r:.120}."
        ) from error
    # bfloat16, for instance, is a NumPy extension.
    is_numpy_type = converted.dtype.kind in "fiub"
    return converted if is_numpy_type else converted.astype("float32")


def _contains_layers(value):
    if isinstance(value, dict):
        return True
    if not isinstance(value, (list, tuple)):
        return False
    return any(_is_map(entry) or _contains_layers(entry) for entry in value)


def _is_map(value):
    # A list of arrays with two axes is a list of the heads of one layer.
    return len(getattr(value, "shape", ())) >= 3


def _leaves(value, names):
    if isinstance(value, dict):
        entries = value.items()
    elif _contains_layers(value):
        entries = ((f"layer_{i}", entry) for i, entry in enumerate(value))
    else:
        yield "/".join(names), to_numpy(value)
        return
    for name, entry in entries:
        yield from _leaves(entry, (*names, str(name)))
