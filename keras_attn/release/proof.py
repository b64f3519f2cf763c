"""Compares exported files with the Keras model on a whole test split."""

import numpy as np

from keras_attn.export import open_exported
from keras_attn.export.formats import BOUNDS
from keras_attn.runs.classification.predictions import (
    predict_split,
    true_labels,
)


class Reference:
    """A test split and the Keras model's predictions for it.

    N is the number of texts and C the number of labels. Each text is encoded
    once, here.

    Args:
        model: `SentenceClassifier`.
        corpus: `keras_attn.data.Corpus`.

    Attributes:
        texts: List of N strings.
        ids: List of N int32 arrays `(T,)`.
        num_truncated: Integer, number of texts longer than the model reads.
        decision: `keras_attn.models.Decision` of the model.
        truth: Booleans `(N, C)`, True where a text has a label.
        most_frequent: Integer, the most frequent label of the training split.
        probabilities: Float32 `(N, C)`.
        accuracy: Float in [0, 1], of the Keras model: the share of texts whose
            labels are all right.

    Raises:
        DataError: If the corpus has a label that the model does not know.
        ValueError: If a text has no tokens or too many.
    """

    def __init__(self, model, corpus):
        found = predict_split(model, corpus, corpus.test)
        self.texts = corpus.test.texts
        self.ids = [text.ids for text in found.encoded]
        self.num_truncated = sum(text.truncated for text in found.encoded)
        self.decision = model.decision
        self.truth = found.truth
        self.probabilities = found.probabilities
        self.accuracy = found.accuracy
        training_labels = true_labels(model, corpus, corpus.train)
        self.most_frequent = int(training_labels.sum(axis=0).argmax())
        self._batches = found.batches

    @property
    def decided(self):
        """The labels that the model gives to each text: booleans `(N, C)`."""
        return self.decision.decide(self.probabilities)

    def probabilities_of(self, opened):
        """Predict the test split with an exported file: float32 `(N, C)`.

        Args:
            opened: Return value of `keras_attn.export.open_exported`.
        """
        order, found, start = self._batches.order, [], 0
        for number in range(len(self._batches)):
            (ids,) = self._batches[number]
            rows = order[start : start + len(ids)]
            start += len(ids)
            texts = [self.texts[row] for row in rows]
            found.append(
                opened.probabilities(texts if opened.takes == "texts" else ids)
            )
        return self._in_order(np.concatenate(found))

    def _in_order(self, rows):
        """Undo the order of the batches."""
        ordered = np.empty_like(rows)
        ordered[self._batches.order] = rows
        return ordered


def prove(reference, path, size_float32=None):
    """Measure how closely an exported file matches the Keras model.

    Args:
        reference: `Reference`.
        path: `Path` of the file or folder.
        size_float32: Integer, bytes of the float32 file of the same format.
            Defaults to the file's own size.

    Returns:
        Dictionary that can be written as JSON: `max_difference` of a
        probability, `equal_decisions` as a share, `accuracy`,
        `accuracy_points` (difference of the accuracy in percentage points),
        `size` in bytes, `size_ratio`, and `ops` and `weights`, dictionaries
        from names and types to counts.
    """
    opened = open_exported(path)
    found = reference.probabilities_of(opened)
    decided = reference.decision.decide(found)
    accuracy = _share_of_equal_rows(decided, reference.truth)
    difference = np.abs(found.astype(np.float64) - reference.probabilities)
    return {
        # A NaN counts as the largest possible difference of a probability.
        "max_difference": float(np.nan_to_num(difference, nan=1.0).max()),
        "equal_decisions": _share_of_equal_rows(decided, reference.decided),
        "accuracy": accuracy,
        "accuracy_points": 100 * (accuracy - reference.accuracy),
        "size": opened.size,
        "size_ratio": opened.size / (size_float32 or opened.size),
        "ops": opened.ops,
        "weights": opened.weights,
    }


def _share_of_equal_rows(a, b):
    return float(np.mean(np.all(a == b, axis=-1)))


_MAXIMA = {
    "max_difference": ".1e",
    "max_attention_difference": ".1e",
    "size_ratio": ".1%",
    "accuracy_points": ".2f",
}


def missed_bounds(measured, quantize):
    """Describe each bound that a file misses.

    Args:
        measured: Dictionary returned by `prove`, with
            `max_attention_difference` added.
        quantize: Key of `keras_attn.export.formats.BOUNDS`.

    Returns:
        List of strings, empty if the file stays within all its bounds.
    """
    bound = BOUNDS[quantize]
    missed = []
    if measured["equal_decisions"] < bound.equal_decisions:
        missed.append(
            f"{measured['equal_decisions']:.2%} equal decisions, at least "
            f"{bound.equal_decisions:.1%} is required"
        )
    for name, form in _MAXIMA.items():
        maximum = getattr(bound, name)
        if maximum is not None and abs(measured[name]) > maximum:
            missed.append(
                f"{name.replace('_', ' ')} {measured[name]:{form}}, at most "
                f"{maximum:{form}} is allowed"
            )
    return missed
