"""Which layers of a model can say where they look, and which were chosen.

No layer class is named here. An attention layer is a layer whose `call` takes
`return_attention_scores`, Keras's own name for the question, so that ours,
Keras's and KerasHub's are all found, and so is a class written tomorrow.
"""

import inspect
import os

import keras

ASK = "return_attention_scores"


def require_model(model):
    """Refuses what is no Keras model or layer.

    Raises:
        ValueError: That says what came, and what to do with it.
    """
    if isinstance(model, keras.layers.Layer):
        return
    hint = ""
    if isinstance(model, (str, os.PathLike)):
        hint = " Load it first, as with `keras.saving.load_model`."
    elif inspect.isclass(model):
        hint = " Make one of this class first."
    raise ValueError(
        f"A Keras model or layer is expected. Received: {model!r}.{hint}"
    )


def attention_layers(model):
    """The innermost layers that can be asked for their scores.

    Args:
        model: A Keras model or layer.

    Returns:
        A list of layers. Of a block that passes the question on to a layer
        inside it, it is the layer inside that is listed.
    """
    return [
        layer
        for layer in model._flatten_layers()
        if _can_be_asked(layer)
        and not any(map(_can_be_asked, layer._flatten_layers(False)))
    ]


def chosen_layers(model, layers=None):
    """The attention layers of `model` that `layers` selects.

    Args:
        model: A Keras model or layer.
        layers: A name, path or layer, or a list of them; each selects the
            attention layers whose path holds it, so a block or its name
            selects those inside it. Defaults to `None`: every attention layer.

    Returns:
        A list of at least one layer, in the model's order.

    Raises:
        ValueError: If `model` is no model or layer, if it has no attention
            layer, or if `layers` is empty or an entry of it selects none.
    """
    require_model(model)
    found = attention_layers(model)
    if not found:
        raise _nothing_to_ask(model)
    if layers is None:
        return found
    wanted = _listed(layers)
    for name in wanted:
        if not any(_selects(name, layer) for layer in found):
            name = name if isinstance(name, str) else path_of(name)
            raise ValueError(
                f"No attention layer {name!r} in {model.name!r}. Those "
                f"there are: {', '.join(map(path_of, found))}."
            )
    return [
        layer
        for layer in found
        if any(_selects(name, layer) for name in wanted)
    ]


def is_built(model):
    """Whether all its attention layers are made and have their paths."""
    return model.built and all(a.built for a in attention_layers(model))


def path_of(layer):
    """The name of a layer in the maps."""
    return layer.path or layer.name  # a layer gets its path when it is built


def _can_be_asked(layer):
    return ASK in inspect.signature(layer.call).parameters


def _nothing_to_ask(model):
    """The error for a model without a layer that can give scores."""
    message = (
        f"{model.name!r} has no attention layer that can be asked for its "
        f"scores: one, at any depth, whose `call` takes `{ASK}`, as that of "
        "`keras.layers.MultiHeadAttention` does."
    )
    others = {type(layer).__name__ for layer in model._flatten_layers()}
    others = sorted(name for name in others if "attention" in name.lower())
    if others:
        message += f" Without it there are: {', '.join(others)}."
    if not model.built:
        message += (
            " A model that was never called may not have made its layers yet: "
            "call it once."
        )
    return ValueError(message)


def _listed(layers):
    """What was chosen, as a list of strings and layers."""
    one = isinstance(layers, (str, keras.layers.Layer))
    try:
        listed = [layers] if one else list(layers)
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
    return f"/{name}/" in f"/{path_of(layer)}/"
