"""Does an exported file say what the model says, on a whole test split?"""

import keras
import numpy as np

from keras_attn.data import LengthBatches
from keras_attn.export import BOUNDS, open_exported
from keras_attn.runs.metrics import true_labels


class Reference:
    """A test split of N texts, and what the Keras model says of it.

    Args:
        model: `SentenceClassifier`.
        corpus: `keras_attn.data.Corpus`.

    Attributes:
        texts: N strings.
        ids: N int32 arrays `(T,)`.
        truth: Integers `(N,)`, numbers of the model's labels.
        commonest: Integer, the label that is most frequent in training.
        probabilities: Float32 `(N, C)`.

    Raises:
        DataError: If the corpus has a label that the model does not know.
        ValueError: If a text is empty or too long.
    """

    def __init__(self, model, corpus):
        self.texts = corpus.test.texts
        self.ids = model.vectorizer.encode(self.texts)
        self.truth = true_labels(model, corpus, corpus.test)
        trained = true_labels(model, corpus, corpus.train)
        self.commonest = int(np.bincount(trained).argmax())
        self._batches = LengthBatches(self.ids)
        logits = model.predict(self._batches, verbose=0)
        softmax = keras.ops.convert_to_numpy(keras.ops.softmax(logits, axis=-1))
        self.probabilities = self._in_order(softmax)
        self.accuracy = float(np.mean(self.decisions == self.truth))

    @property
    def decisions(self):
        """The most probable label of each text: integers `(N,)`."""
        return self.probabilities.argmax(-1)

    def probabilities_of(self, opened):
        """What an opened export says: float32 `(N, C)`.

        Args:
            opened: As `keras_attn.export.open_exported` gives it.
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
        ordered = np.empty_like(rows)
        ordered[self._batches.order] = rows
        return ordered


def prove(reference, path, size_float32=None):
    """Measures an exported file against the Keras model.

    Args:
        reference: `Reference`.
        path: `Path` of the file or folder.
        size_float32: Bytes of the file in float32 of the same format.
            Defaults to the file's own size.

    Returns:
        A dictionary that can be written as JSON: `max_difference` of a
        probability, `equal_decisions` as a share, `accuracy`,
        `accuracy_points` (the difference of the accuracy, in points), `size`
        in bytes, `size_ratio`, and `ops` and `weights`, from names and types
        to counts.
    """
    opened = open_exported(path)
    found = reference.probabilities_of(opened)
    decisions = found.argmax(-1)
    accuracy = float(np.mean(decisions == reference.truth))
    difference = np.abs(found.astype(np.float64) - reference.probabilities)
    return {
        # A NaN is as far away as a probability can be.
        "max_difference": float(np.nan_to_num(difference, nan=1.0).max()),
        "equal_decisions": float(np.mean(decisions == reference.decisions)),
        "accuracy": accuracy,
        "accuracy_points": 100 * (accuracy - reference.accuracy),
        "size": opened.size,
        "size_ratio": opened.size / (size_float32 or opened.size),
        "ops": opened.ops,
        "weights": opened.weights,
    }


def misses(figures, quantize):
    """Which bounds a file misses, each in words; none if it keeps them.

    Args:
        figures: Dictionary, as of `prove`.
        quantize: Key of `keras_attn.export.BOUNDS`.

    Returns:
        A list of strings.
    """
    bound = BOUNDS[quantize]
    found = []
    if figures["equal_decisions"] < bound.equal_decisions:
        found.append(
            f"{figures['equal_decisions']:.2%} equal decisions, at least "
            f"{bound.equal_decisions:.1%} are needed"
        )
    for name, form in _MOST.items():
        most = getattr(bound, name)
        if most is not None and abs(figures[name]) > most:
            words = name.replace("_", " ")
            found.append(
                f"{words} {figures[name]:{form}}, at most {most:{form}} is "
                "allowed"
            )
    return found


_MOST = {
    "max_difference": ".1e",
    "max_attention_difference": ".1e",
    "size_ratio": ".1%",
    "accuracy_points": ".2f",
}
