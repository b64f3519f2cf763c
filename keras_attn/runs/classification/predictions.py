"""The probabilities that a classifier gives to one split of a dataset."""

import functools
import unicodedata
from dataclasses import dataclass

import keras
import numpy as np

from keras_attn.data import DataError, LengthBatches
from keras_attn.data.labels import label_matrix
from keras_attn.models import Decision
from keras_attn.text import EncodedText


@dataclass(frozen=True)
class Predictions:
    """N texts, their labels, and what a model predicts for them.

    Attributes:
        encoded: List of N `EncodedText`.
        batches: `LengthBatches` of their ids.
        logits: Float32 array of shape `(N, C)`.
        truth: Boolean array of shape `(N, C)`, the labels of each text.
        decision: `keras_attn.models.Decision` of the model.
    """

    encoded: list[EncodedText]
    batches: LengthBatches
    logits: np.ndarray
    truth: np.ndarray
    decision: Decision

    @functools.cached_property
    def probabilities(self):
        """Float32 array of shape `(N, C)`."""
        logits = keras.ops.convert_to_tensor(self.logits)
        return keras.ops.convert_to_numpy(self.decision.probabilities(logits))

    @functools.cached_property
    def decided(self):
        """Which labels the model gives to each text: bool `(N, C)`."""
        return self.decision.decide(self.probabilities)

    @property
    def is_multi_label(self):
        """Whether a text may have several labels."""
        return self.decision.is_multi_label

    @property
    def accuracy(self):
        """The share of texts whose labels are all right."""
        return float(np.mean(np.all(self.decided == self.truth, axis=-1)))


def predict_split(model, corpus, part, verbose=0):
    """Predict one split of a dataset.

    Args:
        model: `SentenceClassifier`.
        corpus: `keras_attn.data.Corpus`.
        part: `keras_attn.data.Split` of the corpus.
        verbose: As in `keras.Model.predict`. Defaults to `0`.

    Returns:
        `Predictions`.

    Raises:
        DataError: If the corpus has a label that the model does not know.
        ValueError: If a text has no tokens or too many.
    """
    truth = true_labels(model, corpus, part)
    encoded = list(part.encode(model.vectorizer))
    batches = LengthBatches([text.ids for text in encoded])
    logits = np.empty((len(part), len(model.labels)), np.float32)
    logits[batches.order] = model.predict(batches, verbose=verbose)
    return Predictions(encoded, batches, logits, truth, model.decision)


def true_labels(model, corpus, part):
    """Which of the model's labels each text of a split has: bool `(N, C)`.

    Args:
        model: `SentenceClassifier`.
        corpus: `keras_attn.data.Corpus`.
        part: `keras_attn.data.Split` of the corpus.

    Raises:
        DataError: If the corpus has a label that the model does not know.
    """
    # Labels of files are read in NFC. Those of an older model may be in NFD.
    known = {
        unicodedata.normalize("NFC", label): i
        for i, label in enumerate(model.labels)
    }
    for name in corpus.label_names:
        if name not in known:
            raise DataError(
                f"The model does not know the label {name!r}. Its labels are "
                f"{', '.join(model.labels)}. To leave out texts with other "
                "labels, pass `--drop_unknown_labels`."
            )
    truth = np.zeros((len(part), len(model.labels)), bool)
    columns = [known[name] for name in corpus.label_names]
    truth[:, columns] = label_matrix(part.labels, len(corpus.label_names))
    return truth
