"""What the readers of files and of TFDS datasets hand to the pipeline."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Rows:
    """Examples as read, N of them, before labels are numbered.

    Args:
        texts: N strings.
        labels: N label names.
        source: the split's name, or the path of the file.
        positions: further integer features, name -> int32 (N,).
        lines: for a file, the line from 1 on which each row starts.
    """

    texts: list[str]
    labels: list[str]
    source: str
    positions: dict[str, np.ndarray] = field(default_factory=dict)
    lines: list[int] | None = None

    def where(self, index: int) -> str:
        """Names row `index` (from 0) in an error message."""
        if self.lines is None:
            return f"{self.source}, example {index}"
        return f"{self.source}, line {self.lines[index]}"


@dataclass(frozen=True)
class Source:
    """A dataset as read: its splits and the columns that were chosen.

    Args:
        name: the dataset's name or the path of the file.
        splits: "train" always; "validation" and "test" where they exist.
        text_column: the column or feature of the texts.
        label_column: the column or feature of the labels.
        label_order: every declared class in its declared order; None where
            nothing declares them and the labels that occur are sorted.
    """

    name: str
    splits: dict[str, Rows]
    text_column: str
    label_column: str
    label_order: tuple[str, ...] | None = None
