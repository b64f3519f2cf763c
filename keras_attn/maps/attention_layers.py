"""Finding and selecting the attention layers of a model.

An attention layer is any layer whose `call` takes `return_attention_scores`,
the argument name that Keras uses. No layer class is hard-coded, so the layers
of keras_attn, Keras and KerasHub are found, and your own layers too.
"""

import inspect
import os

import keras

SCORES_ARGUMENT = "return_attention_scores"


def require_model(model):
    """Raise `ValueError` unless `model` is a Keras model or layer."""
    if isinstance(model, keras.layers.Layer):
        return
    hint = ""
    if isinstance(model, (str, os.PathLike)):
        hint = " Load it first, for instance with `keras.saving.load_model`."
    elif inspect.isclass(model):
        hint = " Create an instance of this class first."
    raise ValueError(
        f"`model` must be a Keras model or layer. Received: {model!r}.{hint}"
    )


def attention_layers(model):
    """Return the innermost layers that can return their attention scores.

    Args:
        model: A Keras model or layer.

    Returns:
        A list of layers. If a block passes `return_attention_scores` on to a
        layer inside it, the list contains the inner layer, not the block.
    """
    return [
        layer
        for layer in model._flatten_layers()
        if _returns_scores(layer)
        and not any(map(_returns_scores, layer._flatten_layers(False)))
    ]


def chosen_layers(model, layers=None):
    """Return the attention layers of `model` that `layers` selects.

    Args:
        model: A Keras model or layer.
        layers: A name, path or layer, or a list of them. Each selects the
            attention layers whose path contains it, so a block or its name
            selects the layers inside it. Defaults to `None`: every attention
            layer.

    Returns:
        A list of at least one layer, in the order of the model.

    Raises:
        ValueError: If `model` is not a model or layer, if it has no attention
            layer, or if `layers` is empty or an entry selects no layer.
    """
    require_model(model)
    found = attention_layers(model)
    if not found:
        raise _no_attention_layer(model)
    if layers is None:
        return found
    wanted = _as_list(layers)
    for name in wanted:
        if not any(_selects(name, layer) for layer in found):
            name = name if isinstance(name, str) else layer_path(name)
            raise ValueError(
                f"{model.name!r} has no attention layer {name!r}. Its "
                f"attention layers: {', '.join(map(layer_path, found))}."
            )
    return [
        layer
        for layer in found
        if any(_selects(name, layer) for name in wanted)
    ]


def is_built(model):
    """Return whether all attention layers exist and have their paths."""
    return model.built and all(a.built for a in attention_layers(model))


def layer_path(layer):
    """Return the key of a layer in the maps."""
    return layer.path or layer.name  # a layer gets its path when it is built


def _returns_scores(layer):
    return SCORES_ARGUMENT in inspect.signature(layer.call).parameters


def _no_attention_layer(model):
    """Return the error for a model whose layers cannot return scores."""
    message = (
        f"{model.name!r} has no attention layer that can return its scores. "
        f"Expected, at any depth, a layer whose `call` takes "
        f"`{SCORES_ARGUMENT}`, such as `keras.layers.MultiHeadAttention`."
    )
    names = {type(layer).__name__ for layer in model._flatten_layers()}
    names = sorted(name for name in names if "attention" in name.lower())
    if names:
        message += f" These layers do not take it: {', '.join(names)}."
    if not model.built:
        message += (
            " The model has not been called yet and may not have created its "
            "layers. Call it once first."
        )
    return ValueError(message)


def _as_list(layers):
    """Return the `layers` argument as a list of strings and layers."""
    single = isinstance(layers, (str, keras.layers.Layer))
    try:
        listed = [layers] if single else list(layers)
    except TypeError:
        listed = []
    if not listed or not all(
        isinstance(entry, (str, keras.layers.Layer)) for entry in listed
    ):
        raise ValueError(
            "`layers` must be a name, a path or a layer, or a list of at "
            f"least one of them, or None for all. Received: layers={layers!r}."
        )
    return listed


def _selects(name, layer):
    if isinstance(name, keras.layers.Layer):
        return any(layer is inner for inner in name._flatten_layers())
    return f"/{name}/" in f"/{layer_path(layer)}/"
