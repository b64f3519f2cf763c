"""Layers inside layers: given by name, checked, shared, and quantized."""

from keras_attn.layers.sublayers.lookup import from_name
from keras_attn.layers.sublayers.quantization import QuantizableSublayers
from keras_attn.layers.sublayers.requirements import (
    require_cross_attention,
    require_feed_forward,
    require_self_attention,
)
from keras_attn.layers.sublayers.sharing import (
    deserialize_sublayer,
    own,
    serialize_sublayer,
)

__all__ = [
    "QuantizableSublayers",
    "deserialize_sublayer",
    "from_name",
    "own",
    "require_cross_attention",
    "require_feed_forward",
    "require_self_attention",
    "serialize_sublayer",
]
