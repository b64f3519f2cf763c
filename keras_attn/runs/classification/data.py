"""A corpus, encoded for training."""

import dataclasses
from dataclasses import dataclass

import numpy as np

from keras_attn.data import Corpus, LengthBatches
from keras_attn.runs.classification.report import (
    duplicates,
    label_counts,
    report_lines,
)
from keras_attn.runs.task import TaskData
from keras_attn.text import UNK_ID, Vectorizer
from keras_attn.text.spacing import are_unspaced

PARTS = ("train", "validation", "test")
# The share of unknown words in validation above which there is a warning.
MAX_UNKNOWN_WORDS = 0.2


@dataclass(frozen=True)
class EncodedSplit:
    """The texts of one split as ids.

    Attributes:
        ids: List of N int32 arrays of shape `(T,)`.
        num_cut: Integer, how many texts have more tokens than the model reads.
        keys: List of N integers, equal for texts with equal tokens.
    """

    ids: list[np.ndarray]
    num_cut: int
    keys: list[int]

    @property
    def unknown_share(self):
        """The share of tokens that are not in the vocabulary."""
        return float(np.mean(np.concatenate(self.ids) == UNK_ID))


@dataclass(frozen=True)
class ClassificationData(TaskData):
    """A corpus, its vocabulary and its token ids.

    Attributes:
        corpus: `keras_attn.data.Corpus`.
        vectorizer: `Vectorizer`, learned on the training split.
        splits: Dictionary from the name of each split to an `EncodedSplit`.
        warnings: List of strings, what the user should know before training.
    """

    corpus: Corpus
    vectorizer: Vectorizer
    splits: dict[str, EncodedSplit]
    warnings: tuple[str, ...] = ()

    @property
    def num_examples(self):
        return len(self.splits["train"].ids)

    @property
    def num_tokens(self):
        return sum(self.lengths("train"))

    def lengths(self, part):
        """The number of tokens of each text of a split, a list."""
        return [len(row) for row in self.splits[part].ids]

    def batches(self, part, settings, seed=None):
        labels = getattr(self.corpus, part).labels
        return LengthBatches(
            self.splits[part].ids,
            labels,
            weights=(
                balanced_weights(labels)
                if settings.class_weights == "balanced" and labels.ndim == 1
                else None
            ),
            batch_size=settings.batch_size,
            tokens_per_batch=settings.tokens_per_batch,
            seed=seed,
        )

    def label_weights(self):
        """Weights of training texts with and without each of C labels.

        Texts with a label and texts without it get the same share of the loss.

        Returns:
            A pair of lists of C floats.
        """
        labels = self.corpus.train.labels  # bool (N, C)
        counts = labels.sum(axis=0)
        both = np.stack([counts, len(labels) - counts])
        # A label that all texts have, or none, is not made heavier.
        weights = np.where(
            both.all(0), len(labels) / np.maximum(2 * both, 1), 1
        )
        return weights.tolist()

    def completed(self, settings):
        return settings.model_copy(update={"tokens": self.vectorizer.tokens})

    def summary(self):
        return [f"warning: {line}" for line in self.warnings] + report_lines(
            self.corpus, self.vectorizer, self.description()
        )

    def description(self):
        corpus = self.corpus
        splits = {part: getattr(corpus, part) for part in PARTS}
        return {
            "labels": list(corpus.label_names),
            "split_sizes": {part: len(s) for part, s in splits.items()},
            "split_sources": {part: s.source for part, s in splits.items()},
            "label_counts": label_counts(corpus),
            "unknown_tokens": {
                part: split.unknown_share for part, split in self.splits.items()
            },
            "texts_cut": sum(split.num_cut for split in self.splits.values()),
            "duplicates": duplicates(
                corpus, {part: s.keys for part, s in self.splits.items()}
            ),
        }


def balanced_weights(labels):
    """A weight for each text, such that all labels have the same total.

    The mean weight is 1.

    Args:
        labels: Integer array of shape `(N,)`.

    Returns:
        A float array of shape `(N,)`.
    """
    _, group, counts = np.unique(
        labels, return_inverse=True, return_counts=True
    )
    return (len(labels) / (len(counts) * counts))[group]


def encode_corpus(corpus, settings):
    """Learn a vocabulary on the training split, and encode all splits.

    If `settings.tokens` is not set, tokens are words. If more than 20 % of the
    words in validation are then unknown, there is a warning. If the texts have
    no spaces between words as well, each character is a token instead: almost
    every text would be one unknown word.

    Args:
        corpus: `keras_attn.data.Corpus`.
        settings: `Settings`.

    Returns:
        `ClassificationData`.

    Raises:
        ValueError: If no token is frequent enough for the vocabulary.
        TextError: If a text has no tokens or too many.
    """
    data = _encoded(corpus, settings, settings.tokens or "words")
    unknown = data.splits["validation"].unknown_share
    if settings.tokens is not None or unknown <= MAX_UNKNOWN_WORDS:
        return data
    found = f"{unknown:.0%} of the words in validation are unknown"
    if not are_unspaced(corpus.validation.texts):
        advice = "More training texts or a smaller --min_count may help."
        return _warned(data, f"{found}. {advice}")
    return _warned(
        _encoded(corpus, settings, "characters"),
        f"{found}, and there are no spaces between words. Each character is a "
        "token instead (--tokens characters). To keep words, pass "
        "--tokens words.",
    )


def _warned(data, warning):
    return dataclasses.replace(data, warnings=(warning,))


def _encoded(corpus, settings, tokens):
    vectorizer = Vectorizer.learn(
        corpus.train.texts,
        max_tokens=settings.vocabulary_size,
        min_count=settings.min_count,
        max_length=settings.max_length,
        tokens=tokens,
        pairs=corpus.pair_column is not None,
    )
    splits = {p: _split(vectorizer, getattr(corpus, p)) for p in PARTS}
    return ClassificationData(corpus, vectorizer, splits)


def _split(vectorizer, split):
    ids, keys, num_cut = [], [], 0
    for encoded in split.encode(vectorizer):
        ids.append(encoded.ids)
        keys.append(hash(tuple(encoded.tokens)))
        num_cut += encoded.truncated
    return EncodedSplit(ids, num_cut, keys)
