"""Attention in TensorBoard: pictures and curves, by ordinary callbacks."""

from keras_attn.tensorboard.attention_maps import AttentionMaps
from keras_attn.tensorboard.figures import attention_figure
from keras_attn.tensorboard.referent_attention import ReferentAttention

__all__ = [
    "AttentionMaps",
    "ReferentAttention",
    "attention_figure",
]
