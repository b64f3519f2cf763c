"""Labeled texts as read from a file or from a TFDS dataset."""

from dataclasses import dataclass, field, replace

import numpy as np

from keras_attn.data.errors import DataError
from keras_attn.data.locations import Locations


@dataclass(frozen=True)
class Rows:
    """The rows of one split, in which labels are still names.

    Attributes:
        texts: List of N strings.
        labels: List of N strings, the names of the labels, in NFC. If a text
            may have several labels, N tuples of distinct strings.
        source: String, the name of the split, or the path of the file, and
            what was left out.
        locations: `Locations` of the N rows.
        positions: Dictionary from the names of further integer features to
            int32 arrays of shape `(N,)`.
    """

    texts: list[str]
    labels: list[str] | list[tuple[str, ...]]
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

    def keep_labels(self, chosen, others):
        """Return all rows with some of their labels, and mention the others.

        Args:
            chosen: The labels to keep, where a text may have several.
            others: String, describes the others, such as `"other labels"`.
        """
        kept = [
            tuple(label for label in labels if label in chosen)
            for labels in self.labels
        ]
        left_out = sum(map(len, self.labels)) - sum(map(len, kept))
        if not left_out:
            return self
        source = f"{self.source}, {left_out:,} {others} left out"
        return replace(self, labels=kept, source=source)

    @property
    def multi_label(self):
        """Whether a text may have any number of labels."""
        return bool(self.labels) and isinstance(self.labels[0], tuple)

    def all_labels(self):
        """Return the labels of all rows in one list."""
        if self.multi_label:
            return [label for labels in self.labels for label in labels]
        return self.labels


@dataclass(frozen=True)
class Request:
    """What a user asks to be read from a dataset.

    Attributes:
        text: String, the name of the text column or feature. `None`: it is
            determined from names and types.
        pair: String, the column with the second text of each pair. `None`: the
            texts are single texts.
        label: String, the name of the label column or feature. `None`: it is
            determined from names and types.
        label_separator: String, what separates the labels of one text. `None`:
            each text has exactly one label.
        tokens: `"words"` or `"characters"`, what the texts will be split into.
    """

    text: str | None = None
    pair: str | None = None
    label: str | None = None
    label_separator: str | None = None
    tokens: str = "words"

    @property
    def multi_label(self):
        """Whether a text may have any number of labels."""
        return self.label_separator is not None


@dataclass(frozen=True)
class Columns:
    """Which columns of a dataset contain the texts and the labels.

    Attributes:
        text: String, the name of the text column or feature.
        pair: String, the column with the second text of each pair, or `None`.
        label: String, the name of the label column or feature.
        label_names: Tuple of all labels in the order in which the dataset
            declares them. `None` if it does not declare any.
    """

    text: str
    label: str
    label_names: tuple[str, ...] | None = None
    pair: str | None = None

    @property
    def texts(self):
        """The columns with texts: one, or two for pairs."""
        return (self.text,) if self.pair is None else (self.text, self.pair)

    def require_different(self, dataset, unit, advice):
        """Raise a `DataError` if one column has two roles.

        Args:
            dataset: The name of the dataset or the path of the file.
            unit: String, `"column"` or `"feature"`.
            advice: String, what to do.
        """
        roles = {}
        for role in ("text", "pair", "label"):
            name = getattr(self, role)
            if name is not None and roles.setdefault(name, role) != role:
                raise DataError(
                    f"{dataset}: {unit} {name!r} was given for both the "
                    f"{roles[name]} and the {role}. {advice}"
                )


def split_labels(text, separator):
    """Return the labels in a string: a tuple without duplicates and blanks."""
    parts = (part.strip() for part in text.split(separator))
    return tuple(dict.fromkeys(filter(None, parts)))
