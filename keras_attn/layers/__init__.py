"""Keras layers, all registered and serializable."""

from keras_attn.layers.decoder_block import DecoderBlock
from keras_attn.layers.encoder_block import EncoderBlock
from keras_attn.layers.feed_forward import FeedForward
from keras_attn.layers.multi_head_attention import MultiHeadAttention
from keras_attn.layers.multi_head_self_attention import MultiHeadSelfAttention
from keras_attn.layers.pooling import (
    AttentionPooling,
    FirstTokenPooling,
    MaskedMaxPooling,
    MaskedMeanPooling,
    Pooling,
)
from keras_attn.layers.positions import (
    AlibiBias,
    LearnedPositionalEncoding,
    PositionalEncoding,
    PositionBias,
    RelativePositionBias,
    RotaryEmbedding,
)
from keras_attn.layers.scores import (
    AdditiveScore,
    BilinearScore,
    CosineScore,
    DotProductScore,
    ScaledDotProductScore,
    Score,
)

__all__ = [
    "AdditiveScore",
    "AlibiBias",
    "AttentionPooling",
    "BilinearScore",
    "CosineScore",
    "DecoderBlock",
    "DotProductScore",
    "EncoderBlock",
    "FeedForward",
    "FirstTokenPooling",
    "LearnedPositionalEncoding",
    "MaskedMaxPooling",
    "MaskedMeanPooling",
    "MultiHeadAttention",
    "MultiHeadSelfAttention",
    "Pooling",
    "PositionBias",
    "PositionalEncoding",
    "RelativePositionBias",
    "RotaryEmbedding",
    "ScaledDotProductScore",
    "Score",
]
