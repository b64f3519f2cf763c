"""Where examples come from: the lines of a file, or a split of a dataset."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Locations:
    """The origin of N examples, for error messages.

    Attributes:
        name: String, the path of the file, or the name of the split.
        unit: String, what the numbers count: `"line"` or `"example"`.
        numbers: Integer array of shape `(N,)`.

    Example:

    >>> Locations("reviews.csv", "line", np.array([2, 5]))[1]
    'reviews.csv, line 5'
    """

    name: str
    unit: str
    numbers: np.ndarray

    def __getitem__(self, index):
        return f"{self.name}, {self.unit} {self.numbers[index]}"

    def take(self, indices):
        """Return the locations of the examples at `indices`."""
        return Locations(self.name, self.unit, self.numbers[indices])
