"""Many short texts drawn as one shape.

Matplotlib needs about a millisecond for each of its text objects, and a figure
of eight heads has over a hundred labels. Here each text is converted to its
outline once, and all outlines of a figure are drawn together.
"""

import functools

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from keras_attn.plots.visible_text import font_families

# Half the height of a digit, relative to the font size. Centers text on a line.
_HALF_HEIGHT = 0.36


class Lettering:
    """Texts at positions in pixels, with x to the right and y down."""

    def __init__(self):
        self._outlines = []

    def write(self, text, x, y, pixels, align="left"):
        """Write `text` horizontally, centered on `y`.

        Args:
            text: String of printable characters, from `visible_text`.
            x: Number, the left end, or the right end if `align` is `"right"`.
            y: Number, the middle of the line.
            pixels: Number, the font size.
            align: String, `"left"` or `"right"`. Defaults to `"left"`.
        """
        right, up = _outline(text).vertices.T * pixels
        start = x if align == "left" else x - text_width(text, pixels)
        middle = y + _HALF_HEIGHT * pixels
        self._add(text, start + right, middle - up)

    def write_upwards(self, text, x, y, pixels):
        """Write `text` upwards, centered on `x` and ending at `y`."""
        right, up = _outline(text).vertices.T * pixels
        middle = x + _HALF_HEIGHT * pixels
        self._add(text, middle - up, y + text_width(text, pixels) - right)

    def patch(self, color):
        """Return everything written as one matplotlib patch."""
        outlines = Path.make_compound_path(*self._outlines)
        return PathPatch(outlines, facecolor=color, linewidth=0)

    def _add(self, text, x, y):
        vertices = np.column_stack([x, y])
        self._outlines.append(Path(vertices, _outline(text).codes))


def text_width(text, pixels):
    """Return the width in pixels of `text` at a font size in pixels."""
    return _outline(text).vertices[:, 0].max(initial=0.0) * pixels


@functools.lru_cache(maxsize=4096)
def _outline(text):
    """Return the outline of `text` at font size 1, from (0, 0) right and up."""
    font = FontProperties(family=font_families())
    # `TextPath` would read text between two "$" as a formula.
    vertices, codes = text_to_path.get_text_path(font, text, ismath=False)
    vertices = np.reshape(vertices, (-1, 2)) / text_to_path.FONT_SCALE
    return Path(vertices, np.asarray(codes, Path.code_type))
