"""The Attention tab of TensorBoard: event format, writer, server and page.

It uses neither TensorFlow nor Keras. TensorBoard imports
`tensorboard_plugin_attention.plugin` whenever it starts, so a slow import or an
error here would slow down or break TensorBoard.
"""

__all__ = ["AttentionWriter", "attention_html", "encode_attention"]

_HOMES = {
    "AttentionWriter": "tensorboard_plugin_attention.writer",
    "attention_html": "tensorboard_plugin_attention.html",
    "encode_attention": "tensorboard_plugin_attention.encode",
}


def __getattr__(name):
    # Imported on first use, because the tab needs none of them.
    import importlib

    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
