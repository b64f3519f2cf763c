"""Plots of attention with matplotlib: `pip install "keras-attn[plots]"`."""

try:
    from keras_attn.plots.figure import attention_figure
except ModuleNotFoundError as error:
    if (error.name or "").split(".")[0] != "matplotlib":
        raise
    raise ImportError(
        'attention_figure needs matplotlib: pip install "keras-attn[plots]"'
    ) from None

__all__ = ["attention_figure"]
