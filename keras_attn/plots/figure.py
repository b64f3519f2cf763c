"""The attention heads of a layer as small heat maps in one figure.

Everything is placed in pixels on a single axes that fills the figure. Each cell
is an exact square, labels take only the space they need, and drawing is several
times faster than with separate axes and ticks for each head.
"""

import math
import textwrap
from typing import NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from keras_attn.plots.head_grid import HeadGrid
from keras_attn.plots.lettering import Lettering, text_width
from keras_attn.plots.visible_text import visible_text

_DPI = 72  # so that a point is a pixel
_MARGIN = 10  # pixels, around everything
_SPACE = 5  # pixels, between a label and what it labels
_NARROWEST = 420  # pixels, so that the title has room
_TITLE, _LINE = 13, 19  # pixels, font size and line height of the title
_SMALL = 11  # pixels, font size of head numbers and color scale
_SCALE = (10, 40, 120)  # pixels: width, minimum and maximum height
_TOKEN_CHARACTERS = 14  # longer tokens are shortened to this
_INK = "#222222"
# Makes NaN weights stand out.
_COLORS = colormaps["viridis"].with_extremes(bad="red")


def attention_figure(weights, query_tokens, key_tokens=None, title=""):
    """Draw the attention heads of one layer for one text.

    There is one heat map per head, with the head's number above it, counted
    from 0 as in the array. Query tokens are along the left of the grid and key
    tokens along the bottom. The color scale always runs from 0 to 1, so figures
    are comparable. NaN is red.

    Shapes: H heads, T query length, S key length.

    Args:
        weights: Array-like of shape `(H, T, S)`, attention weights in [0, 1].
        query_tokens: T strings. Characters that cannot be drawn are escaped.
        key_tokens: S strings. Defaults to `None`: the query tokens.
        title: String, wrapped to the width of the figure. Defaults to `""`.

    Returns:
        A `matplotlib.figure.Figure` at 72 dots per inch with an Agg canvas.
        Call its `savefig`, or make it the last line of a notebook cell.
        `pyplot` and its global state are not used.

    Raises:
        ValueError: If `weights` does not have shape `(H, T, S)` with at least
            one head and one token, or if the numbers of tokens are not T and S.

    Example:

    >>> attention_figure(maps["encoder_block_0/attention"][0], tokens)
    """
    key_tokens = query_tokens if key_tokens is None else key_tokens
    weights = _checked(weights, query_tokens, key_tokens)
    queries = [visible_text(token, _TOKEN_CHARACTERS) for token in query_tokens]
    keys = [visible_text(token, _TOKEN_CHARACTERS) for token in key_tokens]
    grid = HeadGrid(*weights.shape)
    page = _page(grid, queries, keys, title)
    axes, letters = _pixel_axes(page), Lettering()
    for number, line in enumerate(page.title):
        letters.write(line, _MARGIN, _MARGIN + (number + 0.5) * _LINE, _TITLE)
    for head, head_weights in enumerate(weights):
        x, y = grid.corner(head)
        x, y = page.left + x, page.top + y
        _draw_cells(axes, head_weights, x, y, grid.map_width, grid.map_height)
        letters.write(f"head {head}", x, y - _SMALL + 2, _SMALL)
        if grid.starts_row(head):
            _write_queries(letters, grid, queries, page.left - _SPACE, y)
        if grid.ends_column(head):
            _write_keys(letters, grid, keys, x, y + grid.map_height + _SPACE)
    _draw_scale(axes, letters, page.scale)
    return _finished(axes, letters, page)


class _Page(NamedTuple):
    """The layout, in whole pixels from the top left corner."""

    title: list  # its lines
    left: int  # of the grid
    top: int
    scale: tuple  # left, top, width and height of the color scale
    width: int
    height: int


def _page(grid, queries, keys, title):
    side = max(text_width(text, grid.label_pixels) for text in queries)
    below = max(text_width(text, grid.label_pixels) for text in keys)
    left = math.ceil(_MARGIN + side + _SPACE)
    scale_left = left + grid.width + 2 * _SPACE
    right = scale_left + _SCALE[0] + 3 * _SMALL + _MARGIN
    width = math.ceil(max(right, _NARROWEST))
    lines = _wrapped(title, width - 2 * _MARGIN)
    top = _MARGIN + _LINE * len(lines)
    scale_top = top + grid.corner(0)[1]
    scale_height = max(min(grid.map_height, _SCALE[2]), _SCALE[1])
    bottom = max(top + grid.height + _SPACE + below, scale_top + scale_height)
    scale = (scale_left, scale_top, _SCALE[0], scale_height)
    return _Page(lines, left, top, scale, width, math.ceil(bottom + _MARGIN))


def _checked(weights, query_tokens, key_tokens):
    weights = np.asarray(weights, "float32")
    expected = (len(query_tokens), len(key_tokens))
    if weights.ndim != 3 or weights.shape[1:] != expected or not weights.size:
        raise ValueError(
            "`weights` must have shape (heads, queries, keys), with no axis "
            f"of length 0. Received: shape {weights.shape} for {expected[0]} "
            f"query tokens and {expected[1]} key tokens."
        )
    return weights


def _pixel_axes(page):
    """Create an axes that fills its figure, in pixels from the top left."""
    size = (page.width / _DPI, page.height / _DPI)
    figure = Figure(figsize=size, dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    return axes


def _draw_cells(axes, values, x, y, width, height):
    axes.imshow(
        values,
        cmap=_COLORS,
        vmin=0.0,
        vmax=1.0,
        aspect="auto",
        interpolation="nearest",
        extent=(x, x + width, y + height, y),
    )


def _finished(axes, letters, page):
    # `add_patch` would measure every curve of every letter.
    axes.add_artist(letters.patch(_INK))
    # Last, because each image moves the limits to its own edges.
    axes.set(xlim=(0, page.width), ylim=(page.height, 0))
    return axes.figure


def _write_queries(letters, grid, tokens, x, y):
    for position in range(0, len(tokens), grid.label_every):
        middle = y + (position + 0.5) * grid.cell
        token = tokens[position]
        letters.write(token, x, middle, grid.label_pixels, align="right")


def _write_keys(letters, grid, tokens, x, y):
    for position in range(0, len(tokens), grid.label_every):
        middle = x + (position + 0.5) * grid.cell
        letters.write_upwards(tokens[position], middle, y, grid.label_pixels)


def _draw_scale(axes, letters, box):
    """Draw the color scale, with 1 at the top."""
    shades = np.linspace(1.0, 0.0, 256)[:, None]
    _draw_cells(axes, shades, *box)
    left, top, width, height = box
    for value in (0.0, 0.5, 1.0):
        middle = top + (1.0 - value) * height
        letters.write(f"{value:g}", left + width + _SPACE, middle, _SMALL)


def _wrapped(title, room):
    """Wrap a title into lines of at most about `room` pixels."""
    lines = []
    for line in filter(None, title.split("\n")):
        line = visible_text(line)
        # The mean character width is that of this line, since scripts differ.
        # The factor allows for words wider than the mean.
        characters = 0.93 * room * len(line) / text_width(line, _TITLE)
        lines += textwrap.wrap(line, max(int(characters), 1))
    return lines
