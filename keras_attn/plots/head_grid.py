"""The layout of the heads in a figure, in pixels, without drawing."""

import dataclasses
import functools
import math

_COLUMNS = 4  # heads in a row, at most
_GAP = 12  # between two heads
_NUMBER = 16  # height of the strip above each head with its number
_MAP = 300  # the preferred side of a map
_CELL = (11, 22)  # smallest cell with a label; largest cell
_LABELLED = 64  # tokens; longer maps get smaller cells and fewer labels
_NARROWEST = 48  # the width that a head's number needs


@dataclasses.dataclass(frozen=True)
class HeadGrid:
    """A grid of heads with square cells and at most four heads per row.

    Cells are whole pixels wide, so that all have the same width, unless a map
    has so many tokens that a cell is smaller than one pixel.

    Attributes:
        num_heads: H, at least 1.
        num_queries: T, at least 1.
        num_keys: S, at least 1.
    """

    num_heads: int
    num_queries: int
    num_keys: int

    @functools.cached_property
    def rows(self):
        return math.ceil(self.num_heads / _COLUMNS)

    @functools.cached_property
    def columns(self):
        """The fewest columns for the number of rows: 6 heads are 3 by 2."""
        return math.ceil(self.num_heads / self.rows)

    @functools.cached_property
    def cell(self):
        """The side of a cell."""
        longest = max(self.num_queries, self.num_keys)
        smallest, greatest = _CELL
        if longest > _LABELLED:
            side = smallest * _LABELLED / longest
            return math.floor(side) if side >= 1 else side
        side = min(max(_MAP // longest, smallest), greatest)
        return max(side, math.ceil(_NARROWEST / self.num_keys))

    @property
    def label_every(self):
        """The n for which labeling every n-th token avoids overlaps."""
        return math.ceil(_CELL[0] / self.cell)

    @property
    def label_pixels(self):
        """The font size of a label."""
        return min(max(self.cell - 2, 9), 12)

    @property
    def map_width(self):
        return self.cell * self.num_keys

    @property
    def map_height(self):
        return self.cell * self.num_queries

    @property
    def width(self):
        return self.columns * (self.map_width + _GAP) - _GAP

    @property
    def height(self):
        return self.rows * (_NUMBER + self.map_height + _GAP) - _GAP

    def corner(self, head):
        """The top left corner (x, y) of a head's map in the grid."""
        row, column = divmod(head, self.columns)
        return (
            column * (self.map_width + _GAP),
            row * (_NUMBER + self.map_height + _GAP) + _NUMBER,
        )

    def starts_row(self, head):
        return head % self.columns == 0

    def ends_column(self, head):
        """Whether there is no head below this one."""
        return head + self.columns >= self.num_heads
