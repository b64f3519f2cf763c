"""Which layers of a model can say where they look, and which were chosen.

No layer class is named here. An attention layer is a layer whose `call` takes
`return_attention_scores`, Keras's own name for the question, so that ours,
Keras's and KerasHub's are all found, and so is a class written tomorrow.
"""

import inspect

ASK = "return_attention_scores"


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
        layers: A name or path, or a list of them; each selects the attention
            layers whose path holds it, so a block's name selects those inside
            it. Defaults to `None`: every attention layer.

    Returns:
        A list of at least one layer, in the model's order.

    Raises:
        ValueError: If there is no attention layer, or if an entry of `layers`
            selects none.
    """
    found = attention_layers(model)
    if not found:
        raise ValueError(
            f"{model.name!r} has no attention layer. Looked for layers, at any "
            f"depth, whose `call` takes `{ASK}`. (A model that was never "
            "called may not have made its layers yet: call it once.)"
        )
    if layers is None:
        return found
    wanted = [layers] if isinstance(layers, str) else list(layers)
    for name in wanted:
        if not any(_selects(name, layer) for layer in found):
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


def _selects(name, layer):
    return f"/{name}/" in f"/{path_of(layer)}/"
