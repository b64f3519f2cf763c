"""Positions: what tells an attention layer where each token stands."""

from keras_attn.layers.positions.alibi_bias import AlibiBias
from keras_attn.layers.positions.in_attention import get_attention_position
from keras_attn.layers.positions.learned_positional_encoding import (
    LearnedPositionalEncoding,
)
from keras_attn.layers.positions.position_bias import PositionBias
from keras_attn.layers.positions.positional_encoding import PositionalEncoding
from keras_attn.layers.positions.relative_position_bias import (
    RelativePositionBias,
)
from keras_attn.layers.positions.rotary_embedding import RotaryEmbedding

__all__ = [
    "AlibiBias",
    "LearnedPositionalEncoding",
    "PositionBias",
    "PositionalEncoding",
    "RelativePositionBias",
    "RotaryEmbedding",
    "get_attention_position",
]
