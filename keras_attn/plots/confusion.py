"""A confusion matrix as a picture."""

import numpy as np
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from keras_attn.plots.visible_text import font_families, visible_text

_CELL = 0.5  # inches
_LARGEST = 14  # inches, the side of the matrix
_MOST_NUMBERS = 40  # labels; in smaller cells, numbers are unreadable
_MOST_NAMES = 100
_LABEL_CHARACTERS = 24  # longer labels are shortened
_DPI = 100


def confusion_figure(counts, labels, title=""):
    """Draw a confusion matrix.

    Rows are true labels, columns predicted ones. The color of a cell is its
    share of the row, so that rare labels are as visible as frequent ones; the
    diagonal then shows the recall of each label. The number is the count.

    Args:
        counts: Array-like of shape `(C, C)`, numbers of texts by true label
            (row) and predicted label (column).
        labels: Sequence of C strings.
        title: String. Defaults to `""`.

    Returns:
        A `matplotlib.figure.Figure` with an Agg canvas.

    Raises:
        ValueError: If `counts` is not a square with one row per label.
    """
    counts = np.asarray(counts)
    if counts.shape != (len(labels), len(labels)):
        raise ValueError(
            "`counts` must have one row and one column per label. Received: "
            f"shape {counts.shape} for {len(labels)} labels."
        )
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = min(max(_CELL * len(labels), 2.5), _LARGEST)
    figure = Figure((side + 2.5, side + 2), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    image = axes.imshow(shares, colormaps["Blues"], vmin=0, vmax=1)
    font = {"family": font_families(), "size": 9 if side < _LARGEST else 6}
    _write_counts(axes, counts, shares, font)
    names = [visible_text(label, _LABEL_CHARACTERS) for label in labels]
    _write_names(axes, names, font)
    axes.set_xlabel("predicted label")
    axes.set_ylabel("true label")
    axes.set_title(visible_text(title), {"family": font_families(), "size": 10})
    scale = figure.colorbar(image, shrink=0.6)
    scale.set_label("share of the true label")
    return figure


def _write_counts(axes, counts, shares, font):
    if len(counts) > _MOST_NUMBERS:
        return
    for (row, column), count in np.ndenumerate(counts):
        if count:
            axes.text(
                column,
                row,
                f"{count:,}",
                font,
                color="white" if shares[row, column] > 0.5 else "black",
                ha="center",
                va="center",
            )


def _write_names(axes, names, font):
    if len(names) > _MOST_NAMES:
        return
    numbers = range(len(names))
    axes.set_xticks(numbers, names, rotation=90, fontdict=font)
    axes.set_yticks(numbers, names, fontdict=font)
    for name in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        name.set_parse_math(False)  # a label may contain "$"
