"""What a dataset is once it is read: texts, label numbers, three splits."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Split:
    """One part of a corpus, N examples.

    Args:
        texts: N strings, as they stand in the dataset.
        labels: int32 (N,), each an index into `Corpus.label_names`.
        source: where the examples come from, in words for a report: "train",
            "train, 10 % held out", "validation", or the path of a file.
        positions: further integer features, name -> int32 (N,). Pronouns has
            "pronoun" and "referent", token positions from 0; others have none.
    """

    texts: list[str]
    labels: np.ndarray
    source: str
    positions: dict[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, indices, source: str | None = None) -> "Split":
        """The examples at `indices` (integers, (M,)), in that order.

        Args:
            indices: which examples.
            source: what to call the part. Defaults to this split's `source`.
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
    """A labelled text dataset, ready for a vectorizer.

    Args:
        name: the dataset as TFDS names it, or the path of the file.
        label_names: the classes that occur in training; a label is an index
            into them.
        train: learns the vocabulary and the weights.
        validation: chooses the best epoch.
        test: is evaluated once, at the end, and chooses nothing.
        text_column: the feature or column that held the texts.
        label_column: the feature or column that held the labels.
    """

    name: str
    label_names: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    text_column: str
    label_column: str
