"""Many short texts drawn as one shape.

Matplotlib spends about a millisecond on each of its text objects, and a
picture of eight heads has over a hundred labels. Here each text is turned into
its outline once, and all outlines of a picture are drawn in one go.
"""

import functools

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from keras_attn.plots.visible_text import font_families

# Half the height of a digit, in font sizes: what centres a text on a line.
_HALF_HEIGHT = 0.36


class Lettering:
    """Texts placed in pixels, x to the right and y downwards."""

    def __init__(self):
        self._outlines = []

    def write(self, text, x, y, pixels, align="left"):
        """Writes `text` along a row whose middle is `y`.

        Args:
            text: Printable characters, as `visible_text` gives.
            x: The left end, or with `align="right"` the right end.
            y: The middle of the row.
            pixels: The font size.
            align: `"left"` or `"right"`. Defaults to `"left"`.
        """
        right, up = _outline(text).vertices.T * pixels
        start = x if align == "left" else x - text_width(text, pixels)
        middle = y + _HALF_HEIGHT * pixels
        self._add(text, start + right, middle - up)

    def write_upwards(self, text, x, y, pixels):
        """Writes `text` along a column whose middle is `x`, ending at `y`."""
        right, up = _outline(text).vertices.T * pixels
        middle = x + _HALF_HEIGHT * pixels
        self._add(text, middle - up, y + text_width(text, pixels) - right)

    def patch(self, color):
        """All that was written, as one matplotlib patch."""
        outlines = Path.make_compound_path(*self._outlines)
        return PathPatch(outlines, facecolor=color, linewidth=0)

    def _add(self, text, x, y):
        vertices = np.column_stack([x, y])
        self._outlines.append(Path(vertices, _outline(text).codes))


def text_width(text, pixels):
    """The width in pixels of `text` at a font size in pixels."""
    return _outline(text).vertices[:, 0].max(initial=0.0) * pixels


@functools.lru_cache(maxsize=4096)
def _outline(text):
    """The outline of `text` at font size 1, from (0, 0) right and up."""
    font = FontProperties(family=font_families())
    # Not `TextPath`, which would read what stands between two "$" as a formula.
    vertices, codes = text_to_path.get_text_path(font, text, ismath=False)
    vertices = np.reshape(vertices, (-1, 2)) / text_to_path.FONT_SCALE
    return Path(vertices, np.asarray(codes, Path.code_type))
