"""A labeled text dataset: texts, numbered labels, and three splits."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Split:
    """One part of a corpus, N examples.

    Attributes:
        texts: List of N strings, unchanged from the dataset.
        labels: Int32 array of shape `(N,)`, indices into
            `Corpus.label_names`.
        source: String for reports, where the examples come from: `"train"`,
            `"train, 10 % held out"`, `"validation"`, or the path of a file.
        positions: Dictionary from the names of further integer features to
            int32 arrays of shape `(N,)`. For `pronouns`, `"pronoun"` and
            `"referent"` are token positions from 0. Otherwise empty.
    """

    texts: list[str]
    labels: np.ndarray
    source: str
    positions: dict[str, np.ndarray] = field(default_factory=dict)

    def __len__(self):
        return len(self.texts)

    def take(self, indices, source=None):
        """Return the examples at `indices`, in that order.

        Args:
            indices: Integer array of shape `(M,)`.
            source: String, the source of the new split. Defaults to `None`:
                that of this split.

        Returns:
            A `Split` of M examples.
        """
        indices = np.asarray(indices, dtype=np.int64)
        return Split(
            texts=[self.texts[i] for i in indices],
            labels=self.labels[indices],
            source=self.source if source is None else source,
            positions={k: v[indices] for k, v in self.positions.items()},
        )


@dataclass(frozen=True)
class Corpus:
    """A labeled text dataset with three splits.

    Attributes:
        name: String, the TFDS name of the dataset, or the path of the file.
        label_names: Tuple of the labels that occur in training. A label is an
            index into it.
        train: `Split` to learn the vocabulary and the weights from.
        validation: `Split` to choose the best epoch with.
        test: `Split` to evaluate on, once, at the end.
        text_column: String, the feature or column with the texts.
        label_column: String, the feature or column with the labels.
    """

    name: str
    label_names: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    text_column: str
    label_column: str
