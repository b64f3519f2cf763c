"""Conversion from and to the attention layers of Keras."""

import inspect

import keras

from keras_attn.layers.scores.scaled_dot_product import ScaledDotProductScore

KINDS = (keras.layers.MultiHeadAttention, keras.layers.GroupQueryAttention)
# Names of the grouped layer -> names of Keras's other layer and of ours.
GROUPED = {"head_dim": "key_dim", "num_query_heads": "num_heads"}
# What only our layer has, with the value that changes nothing.
OURS = {"score": ScaledDotProductScore, "position": None, "causal": False}
NOT_GROUPED = ("value_dim", "output_shape", "attention_axes")
PROJECTIONS = ("query", "key", "gate", "value", "output")


def from_keras(cls, layer):
    """See `MultiHeadAttention.from_keras`."""
    if type(layer) not in KINDS:
        names = " or ".join(f"keras.layers.{kind.__name__}" for kind in KINDS)
        raise ValueError(f"Expected {names}. Received: {layer!r}.")
    config = {
        GROUPED.get(name, name): value
        for name, value in layer.get_config().items()
    }
    if layer._flash_attention:
        config["flash_attention"] = True
    ours = cls.from_config(config)
    if layer.built:
        _copy(layer, ours)
    return ours


def to_keras(layer):
    """See `MultiHeadAttention.to_keras`."""
    config = layer.get_config()
    for name, plain in OURS.items():
        del config[name]
        value = getattr(layer, name)
        if value != plain and type(value) is not plain:
            hint = ""
            if name == "causal":
                hint = " Pass `use_causal_mask=True` to each call instead."
            raise ValueError(
                f"Keras's attention has no `{name}`. Received: a layer with "
                f"{name}={value!r}.{hint}"
            )
    if config["num_key_value_heads"] in (None, layer.num_heads):
        del config["num_key_value_heads"]
        if config["key_dim"] is None:
            config["key_dim"] = _key_dim(layer)
        theirs = KINDS[0].from_config(config)
    else:
        theirs = _grouped(layer, config)
    if layer.built:
        _copy(layer, theirs)
    return theirs


def _grouped(layer, config):
    if config["value_dim"] == config["key_dim"]:
        del config["value_dim"]
    for name in NOT_GROUPED:
        if config.pop(name, None) is not None:
            raise ValueError(
                f"keras.layers.GroupQueryAttention has no `{name}`. Received: "
                f"a layer with {name} and num_key_value_heads="
                f"{layer.num_key_value_heads}."
            )
    for theirs, ours in GROUPED.items():
        config[theirs] = config.pop(ours)
    if config["head_dim"] is None:
        config["head_dim"] = _key_dim(layer)
    return KINDS[1].from_config(config)


def _key_dim(layer):
    if not layer.built:
        raise ValueError(
            "Keras's attention needs `key_dim`, which this layer takes from "
            "its inputs. Received: a layer that is not built and has "
            "key_dim=None. Call it first, or set `key_dim`."
        )
    return layer.query_dense.kernel.shape[-1]


def _copy(source, target):
    """Build `target` for the inputs of `source`, with the same weights."""
    pairs = {name: _projection(source, name) for name in PROJECTIONS}
    for name, projection in pairs.items():
        if getattr(projection, "quantization_mode", None) is not None:
            raise ValueError(
                f"The projection {name!r} of {source.name!r} is quantized "
                f"({projection.quantization_mode}). Convert the layer first, "
                "and quantize the result."
            )
    shapes = [
        (None, None, pairs[name].kernel.shape[0])
        for name in ("query", "value", "key")
    ]
    several = "value" in inspect.signature(target.call).parameters
    target.build(*shapes if several else shapes[:1])
    for name, projection in pairs.items():
        if projection is None:
            continue
        copy = _projection(target, name)
        copy.kernel.assign(projection.kernel)
        if projection.bias is not None:
            copy.bias.assign(projection.bias)


def _projection(layer, name):
    # Only one of Keras's two layers has public names for all projections.
    if isinstance(layer, KINDS):
        return getattr(layer, f"_{name}_dense", None)
    return getattr(layer, f"{name}_dense")
