"""Attention in TensorBoard: maps, curves and pictures, by callbacks."""

from keras_attn.plots.attention_figure import attention_figure
from keras_attn.tensorboard.attention_maps import AttentionMaps
from keras_attn.tensorboard.referent_attention import ReferentAttention
from keras_attn.tensorboard.summary import attention_summary
from tensorboard_plugin_attention import attention_html

__all__ = [
    "AttentionMaps",
    "ReferentAttention",
    "attention_figure",
    "attention_html",
    "attention_summary",
]
