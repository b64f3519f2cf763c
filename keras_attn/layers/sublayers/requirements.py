"""Checks of the sublayers of a block."""

import inspect

import keras

_SCORES = "return_attention_scores"


def require_self_attention(name, layer):
    """Raise `ValueError` unless `layer` attends within one sequence."""
    _require(
        name,
        layer,
        ("(B, T, D)",),
        ("mask", "attention_mask", _SCORES),
        "MultiHeadSelfAttention",
    )


def require_cross_attention(name, layer):
    """Raise `ValueError` unless `layer` attends to another sequence."""
    _require(
        name,
        layer,
        ("a query (B, T, D)", "a memory (B, S, any width)"),
        ("query_mask", "value_mask", "attention_mask", _SCORES),
        "MultiHeadAttention",
    )


def require_feed_forward(name, layer):
    """Raise `ValueError` unless `layer` is called on one tensor."""
    _require(name, layer, ("(B, T, D)",), (), "FeedForward")


def _require(name, layer, inputs, options, example):
    expected = f"`{name}` must be a Keras layer that is called on "
    expected += " and ".join(inputs)
    if options:
        expected += f" and takes {', '.join(f'`{o}`' for o in options)}"
    expected += f", such as `keras_attn.layers.{example}`."
    if not isinstance(layer, keras.layers.Layer):
        raise ValueError(f"{expected} Received: {name}={layer!r}.")
    problem = _problem(inspect.signature(layer.call), len(inputs), options)
    if problem:
        raise ValueError(
            f"{expected} Received: {name}={layer!r}, {problem}. Use "
            f"`{example}` here."
        )


def _problem(signature, num_inputs, options):
    """Return why a `call` of this signature cannot be used, or None."""
    parameters = signature.parameters.values()
    kinds = {p.kind for p in parameters}
    places = [
        p
        for p in parameters
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    required = [p.name for p in places if p.default is p.empty]
    if len(required) > num_inputs:
        return f"whose `call` needs {_listed(required)}"
    inputs = [p.name for p in places if p.name not in (*options, "training")]
    several = inspect.Parameter.VAR_POSITIONAL in kinds
    if len(inputs) < num_inputs and not several:
        return f"whose `call` takes one tensor, {_listed(inputs)}"
    if inspect.Parameter.VAR_KEYWORD in kinds:
        return None
    missing = [o for o in options if o not in signature.parameters]
    return f"whose `call` takes no {_listed(missing)}" if missing else None


def _listed(names):
    return ", ".join(f"`{name}`" for name in names)
