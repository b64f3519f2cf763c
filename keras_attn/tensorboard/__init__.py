"""Attention in TensorBoard: maps, curves and images, logged by callbacks.

Only `keras.callbacks.TensorBoard` and `tf.summary` writers need TensorFlow, and
only images need matplotlib.
"""

from keras_attn.tensorboard.attention_maps import AttentionMaps
from keras_attn.tensorboard.attention_summary import attention_summary
from keras_attn.tensorboard.referent_attention import ReferentAttention
from tensorboard_plugin_attention import attention_html

__all__ = [
    "AttentionMaps",
    "ReferentAttention",
    "attention_figure",
    "attention_html",
    "attention_summary",
]


def __getattr__(name):
    if name == "attention_figure":
        from keras_attn.plots import attention_figure

        return attention_figure
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
