"""Labeled texts as read from a file or from a TFDS dataset."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Rows:
    """The rows of one split, in which labels are still names.

    Attributes:
        texts: List of N strings.
        labels: List of N strings, the names of the labels.
        source: String, the name of the split, or the path of the file.
        positions: Dictionary from the names of further integer features to
            int32 arrays of shape `(N,)`.
        lines: For a file, list of N integers, the line on which each row
            starts, from 1. Otherwise `None`.
    """

    texts: list[str]
    labels: list[str]
    source: str
    positions: dict[str, np.ndarray] = field(default_factory=dict)
    lines: list[int] | None = None

    def location(self, index):
        """Return where row `index`, from 0, is, for an error message."""
        if self.lines is None:
            return f"{self.source}, example {index}"
        return f"{self.source}, line {self.lines[index]}"


@dataclass(frozen=True)
class Columns:
    """Which columns of a dataset contain the texts and the labels.

    Attributes:
        text: String, the name of the text column or feature.
        label: String, the name of the label column or feature.
        label_names: Tuple of all labels in the order in which the dataset
            declares them. `None` if it does not declare any.
    """

    text: str
    label: str
    label_names: tuple[str, ...] | None = None
