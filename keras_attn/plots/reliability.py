"""A reliability diagram: probabilities against how often they come true."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from keras_attn.plots.visible_text import font_families, visible_text

_DPI = 100
_SIZE = (5, 5.5)  # inches


def reliability_figure(calibration, title=""):
    """Draw a reliability diagram.

    Each bar is a bin of predictions: its height is the share of them that is
    right, and its dot is their mean probability. On the diagonal, both are the
    same. The bars below show how many predictions are in each bin.

    Args:
        calibration: Dictionary of `count`, `probability` and `accuracy`, lists
            with one number per bin, and `expected_calibration_error`.
        title: String. Defaults to `""`.

    Returns:
        A `matplotlib.figure.Figure` with an Agg canvas.
    """
    count = np.array(calibration["count"])
    edges = np.linspace(0, 1, len(count) + 1)
    figure = Figure(_SIZE, dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes, below = figure.subplots(
        2, sharex=True, gridspec_kw={"height_ratios": (4, 1)}
    )
    used = count > 0
    middles = (edges[:-1] + edges[1:]) / 2
    bars = {"width": 1 / len(count), "edgecolor": "white"}
    axes.bar(
        middles[used],
        np.array(calibration["accuracy"])[used],
        color="#4c78a8",
        label="share that is right",
        **bars,
    )
    axes.plot(
        middles[used],
        np.array(calibration["probability"])[used],
        "o",
        color="#e45756",
        label="mean probability",
    )
    axes.plot([0, 1], [0, 1], "--", color="#888888", linewidth=1)
    axes.set(xlim=(0, 1), ylim=(0, 1), ylabel="share that is right")
    axes.legend(loc="upper left", frameon=False)
    error = calibration["expected_calibration_error"]
    axes.set_title(
        f"{visible_text(title)}\nexpected calibration error {error:.3f}",
        {"family": font_families(), "size": 10},
    )
    below.bar(middles, count, color="#bbbbbb", **bars)
    below.set(xlabel="probability of the prediction", ylabel="predictions")
    return figure
