"""Calling a model on its inputs, and creating symbolic inputs for it."""

import inspect

import keras


def call_on(model, inputs, **options):
    """Call a model or layer on its inputs.

    A model takes its inputs as one structure. If the `call` of a layer requires
    several arguments, as in cross-attention, `inputs` is unpacked.

    Args:
        model: Keras model or layer.
        inputs: The only argument of `call`, or a list, tuple or dict of
            several.
        **options: Further arguments of the call, such as `training`.

    Returns:
        The result of the call.

    Raises:
        ValueError: If the layer requires several arguments and `inputs` does
            not contain them.
    """
    signature = inspect.signature(model.call)
    needed = [
        p.name
        for p in signature.parameters.values()
        if p.default is p.empty
        and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    if len(needed) < 2:
        return model(inputs, **options)
    args, named = (), {}
    if isinstance(inputs, dict):
        named = inputs
    elif isinstance(inputs, (list, tuple)):
        args = inputs
    try:
        signature.bind(*args, **named)
    except TypeError as error:
        raise ValueError(
            f"{model.name!r} is called on {', '.join(needed)}: `inputs` must "
            "be a list of these, or a dict with these keys. Received: "
            f"{_described(inputs)}."
        ) from error
    return model(*args, **named, **options)


def _described(inputs):
    kind = type(inputs).__name__
    if isinstance(inputs, dict):
        return f"a {kind} of {', '.join(map(str, inputs))}"
    if isinstance(inputs, (list, tuple)):
        return f"a {kind} of {len(inputs)}"
    shape = getattr(inputs, "shape", None)
    return kind if shape is None else f"{kind} of shape {tuple(shape)}"


def symbolic_inputs(model, inputs=None):
    """Create `keras.Input`s for `model`, in the structure that it takes.

    Args:
        model: Keras model or layer.
        inputs: `keras.Input`s, arrays, or a structure of them. Defaults to
            `None`: the inputs of a functional model, otherwise the shape that
            the model was built with.

    Returns:
        A structure of symbolic tensors.

    Raises:
        ValueError: If `inputs` contains anything else, or if it is None and
            the inputs of `model` are unknown.
    """
    if inputs is not None:
        if isinstance(inputs, dict):  # Keras requires the keys as names
            return {name: _named(given, name) for name, given in inputs.items()}
        return keras.tree.map_structure(_from_given, inputs)
    if isinstance(model, keras.Sequential) and model.built:
        return _like(model.inputs[0], batch=None)
    if getattr(model, "inputs", None):
        return keras.tree.map_structure(_from_given, model.input)
    shape = (model.get_build_config() or {}).get("input_shape")
    if not _is_shape(shape):
        raise ValueError(
            f"The inputs of {model.name!r} are unknown: it is not a functional "
            "model, and it was not built with a single input. Pass `inputs`, "
            'such as inputs=keras.Input((None,), dtype="int32").'
        )
    if len(shape) == 2 and _has_embedding(model):
        return keras.Input((None,), dtype="int32", name="ids")
    return keras.Input(shape[1:], dtype="float32", name="inputs")


def _named(given, name):
    if keras.tree.is_nested(given):
        return keras.tree.map_structure(_from_given, given)
    return _from_given(given, name)


def _from_given(given, name=None):
    if isinstance(given, keras.KerasTensor):
        return _like(given, given.shape[0], name)
    if not hasattr(given, "shape") or not hasattr(given, "dtype"):
        raise ValueError(
            "`inputs` must be `keras.Input`s or arrays, or a structure of "
            f"them. Received: {given!r}."
        )
    return keras.Input(
        tuple(given.shape[1:]),
        dtype=keras.backend.standardize_dtype(given.dtype),
        name=name,
    )


def _like(tensor, batch, name=None):
    return keras.Input(
        batch_shape=(batch, *tensor.shape[1:]),
        dtype=tensor.dtype,
        sparse=tensor.sparse,
        name=name or tensor.name,
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
