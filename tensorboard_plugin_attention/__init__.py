"""Attention for TensorBoard: event format, writer, tab; no TensorFlow or Keras.

TensorBoard imports `tensorboard_plugin_attention.plugin` when it starts. An
error or a slow import there would be TensorBoard's, hence a package of its own.
"""

__all__ = ["AttentionWriter", "attention_html", "encode_attention"]

_HOMES = {
    "AttentionWriter": "tensorboard_plugin_attention.writer",
    "attention_html": "tensorboard_plugin_attention.html",
    "encode_attention": "tensorboard_plugin_attention.record",
}


def __getattr__(name):
    # Only when asked for: the tab needs none of them.
    import importlib

    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
