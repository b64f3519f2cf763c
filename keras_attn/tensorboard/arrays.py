"""Attention weights of any framework, as NumPy arrays by layer name."""

import keras


def layers_of(weights):
    """The weights of each layer, by name.

    Args:
        weights: An array of three or more axes of NumPy, TensorFlow, JAX or
            PyTorch, any float type, or nested lists of numbers: one layer.
            Or a dict or list of such layers, which may be nested: names are
            joined by "/", and the entries of a list are `layer_0`, `layer_1`.

    Returns:
        A dict from layer name to a NumPy array.

    Raises:
        ValueError: If an array has no values yet, as while a graph is traced.
    """
    if _holds_layers(weights):
        return dict(_leaves(weights, ()))
    return {"attention": to_numpy(weights)}


def to_numpy(array):
    """An array of any framework as NumPy's, of a type that NumPy knows."""
    if hasattr(array, "detach"):  # PyTorch; NumPy cannot read its bfloat16
        array = array.detach().cpu()
        array = array.float() if array.is_floating_point() else array
    try:
        found = keras.ops.convert_to_numpy(array)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise ValueError(
            f"No array of numbers: {array!r:.120}. Expected weights that have "
            "values, out of an eager call: a graph being traced has none."
        ) from error
    # Such as bfloat16, an extension of NumPy.
    known = found.dtype.kind in "fiub"
    return found if known else found.astype("float32")


def _holds_layers(value):
    if isinstance(value, dict):
        return True
    if not isinstance(value, (list, tuple)):
        return False
    return any(_is_map(entry) or _holds_layers(entry) for entry in value)


def _is_map(value):
    # A list of arrays of two axes is the heads of one layer.
    return len(getattr(value, "shape", ())) >= 3


def _leaves(value, names):
    if isinstance(value, dict):
        entries = value.items()
    elif _holds_layers(value):
        entries = ((f"layer_{i}", entry) for i, entry in enumerate(value))
    else:
        yield "/".join(names), to_numpy(value)
        return
    for name, entry in entries:
        yield from _leaves(entry, (*names, str(name)))
