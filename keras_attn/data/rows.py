"""Labeled texts as read from a file or from a TFDS dataset."""

from dataclasses import dataclass, field

import numpy as np

from keras_attn.data.locations import Locations


@dataclass(frozen=True)
class Rows:
    """The rows of one split, in which labels are still names.

    Attributes:
        texts: List of N strings.
        labels: List of N strings, the names of the labels, in NFC.
        source: String, the name of the split, or the path of the file, and
            what was left out.
        locations: `Locations` of the N rows.
        positions: Dictionary from the names of further integer features to
            int32 arrays of shape `(N,)`.
    """

    texts: list[str]
    labels: list[str]
    source: str
    locations: Locations
    positions: dict[str, np.ndarray] = field(default_factory=dict)

    def location(self, index):
        """Return where row `index`, from 0, is, for an error message."""
        return self.locations[index]

    def keep(self, chosen, reason):
        """Return only some of the rows, and mention the others in `source`.

        Args:
            chosen: N booleans, which rows to keep.
            reason: String, describes the others, such as `"without tokens"`.
        """
        indices = np.flatnonzero(np.asarray(chosen, bool))
        left_out = len(self.texts) - len(indices)
        if not left_out:
            return self
        return Rows(
            texts=[self.texts[i] for i in indices],
            labels=[self.labels[i] for i in indices],
            source=f"{self.source}, {left_out:,} {reason} left out",
            locations=self.locations.take(indices),
            positions={k: v[indices] for k, v in self.positions.items()},
        )


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
