"""Layers, each registered with Keras and serializable."""

from keras_attn.layers.encoder_block import EncoderBlock
from keras_attn.layers.feed_forward import FeedForward
from keras_attn.layers.multi_head_self_attention import MultiHeadSelfAttention
from keras_attn.layers.pooling import MaskedMeanPooling
from keras_attn.layers.positional_encoding import PositionalEncoding
from keras_attn.layers.scores import ScaledDotProductScore

__all__ = [
    "EncoderBlock",
    "FeedForward",
    "MaskedMeanPooling",
    "MultiHeadSelfAttention",
    "PositionalEncoding",
    "ScaledDotProductScore",
]
