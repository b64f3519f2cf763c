"""A labeled text dataset: texts, numbered labels, and three splits."""

import dataclasses
import unicodedata
from dataclasses import dataclass, field

import numpy as np

from keras_attn.data.errors import DataError, listing
from keras_attn.data.locations import Locations
from keras_attn.text import TextError

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Split:
    """One part of a corpus, N examples.

    Attributes:
        texts: List of N strings, unchanged from the dataset. The two texts of
            a pair are joined by `keras_attn.text.join_pair`.
        labels: Int32 array of shape `(N,)`, indices into
            `Corpus.label_names`. If a text may have several labels, a boolean
            array of shape `(N, C)`, True where a text has a label.
        source: String for reports, where the examples come from: `"train"`,
            `"train, 10 % held out"`, `"validation"`, or the path of a file. It
            includes the number of examples that were left out, if any.
        positions: Dictionary from the names of further integer features to
            int32 arrays of shape `(N,)`. For `pronouns`, `"pronoun"` and
            `"referent"` are token positions from 0. Otherwise empty.
        locations: `Locations` of the examples, for error messages. Defaults
            to `None`: their numbers in this split.
    """

    texts: list[str]
    labels: np.ndarray
    source: str
    positions: dict[str, np.ndarray] = field(default_factory=dict)
    locations: Locations | None = None

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
            locations=self.locations and self.locations.take(indices),
        )

    def location(self, index):
        """Return where example `index`, from 0, is, for an error message."""
        if self.locations is None:
            return f"{self.source}, example {index}"
        return self.locations[index]

    def encode(self, vectorizer):
        """Encode the texts in their order.

        Args:
            vectorizer: `keras_attn.text.Vectorizer`.

        Returns:
            A generator of N `keras_attn.text.EncodedText`.

        Raises:
            TextError: If a text has no tokens or too many. The message names
                its file and line, or its split and number.
        """
        for index, text in enumerate(self.texts):
            try:
                encoded = vectorizer.encode_text(text)
            except TextError as error:
                where = f"{self.location(index)}: the text"
                raise TextError(error.problem, where) from None
            yield encoded


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
        pair_column: String, the feature or column with the second text of each
            pair. Defaults to `None`: single texts.
    """

    name: str
    label_names: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    text_column: str
    label_column: str
    pair_column: str | None = None

    @property
    def multi_label(self):
        """Whether a text may have any number of labels."""
        return self.train.labels.ndim == 2

    def with_labels(self, labels):
        """Return the corpus without examples of any other label.

        If a text may have several labels, only the other labels are left out.

        Args:
            labels: Sequence of strings, such as the labels of a model. They
                are compared in NFC.

        Returns:
            A `Corpus`. The source of each split includes the number of
            examples that were left out.

        Raises:
            DataError: If no example of a split is left.
        """
        known = {unicodedata.normalize("NFC", label) for label in labels}
        names = [name for name in self.label_names if name in known]
        if len(names) == len(self.label_names):
            return self
        if self.multi_label:
            columns = [name in known for name in self.label_names]
            if not any(columns):
                raise DataError(
                    f"{self.name}: no example has one of the labels of the "
                    f"model, {listing(labels)}. At least one is needed."
                )
            splits = {
                part: dataclasses.replace(
                    getattr(self, part),
                    labels=getattr(self, part).labels[:, columns],
                )
                for part in PARTS
            }
        else:
            number = np.array(
                [
                    names.index(name) if name in known else -1
                    for name in self.label_names
                ],
                np.int32,
            )
            splits = {
                part: _relabeled(getattr(self, part), number, labels)
                for part in PARTS
            }
        return dataclasses.replace(self, label_names=tuple(names), **splits)


def _relabeled(split, number, labels):
    """Return a split with label i renumbered to `number[i]`, -1 left out."""
    kept = np.flatnonzero(number[split.labels] >= 0)
    left_out = len(split) - len(kept)
    if not len(kept):
        raise DataError(
            f"{split.source}: no example has one of the labels of the model, "
            f"{listing(labels)}. At least one is needed."
        )
    source = f"{split.source}, {left_out:,} with unknown labels left out"
    part = split.take(kept, source if left_out else None)
    return dataclasses.replace(part, labels=number[part.labels])
