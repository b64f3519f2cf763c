"""What a model takes, as symbolic inputs of a functional model."""

import keras


def symbolic_inputs(model, inputs=None):
    """Fresh `keras.Input`s for `model`, in the structure that it takes.

    Args:
        model: Keras model or layer.
        inputs: `keras.Input`s, arrays, or a structure of them. Defaults to
            `None`: those of a functional model, or of the shape that another
            was built with.

    Returns:
        A structure of symbolic tensors.

    Raises:
        ValueError: If `inputs` holds anything else, or is None while nothing
            is known of what `model` takes.
    """
    if inputs is not None:
        return keras.tree.map_structure(_from_given, inputs)
    if isinstance(model, keras.Sequential) and model.built:
        return _like(model.inputs[0], batch=None)
    if getattr(model, "inputs", None):
        return keras.tree.map_structure(_from_given, model.input)
    shape = (model.get_build_config() or {}).get("input_shape")
    if not _is_shape(shape):
        raise ValueError(
            f"What {model.name!r} takes is not known: it is no functional "
            "model, and was not built with one input. Say it with `inputs`, "
            'such as inputs=keras.Input((None,), dtype="int32").'
        )
    if len(shape) == 2 and _has_embedding(model):
        return keras.Input((None,), dtype="int32", name="ids")
    return keras.Input(shape[1:], dtype="float32", name="inputs")


def _from_given(given):
    if isinstance(given, keras.KerasTensor):
        return _like(given, given.shape[0])
    if not hasattr(given, "shape") or not hasattr(given, "dtype"):
        raise ValueError(
            "`inputs` must be `keras.Input`s or arrays, or a structure of "
            f"them. Received: {given!r}."
        )
    return keras.Input(
        tuple(given.shape[1:]),
        dtype=keras.backend.standardize_dtype(given.dtype),
    )


def _like(tensor, batch):
    return keras.Input(
        batch_shape=(batch, *tensor.shape[1:]),
        dtype=tensor.dtype,
        sparse=tensor.sparse,
        name=tensor.name,
    )


def _is_shape(shape):
    return (
        isinstance(shape, (tuple, list))
        and len(shape) > 0
        and all(size is None or isinstance(size, int) for size in shape)
    )


def _has_embedding(model):
    return any(
        isinstance(layer, keras.layers.Embedding)
        for layer in model._flatten_layers()
    )
