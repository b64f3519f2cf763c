"""Small models to log, and what was written and drawn of them."""

import types

import keras
import numpy as np
import pytest

from keras_attn.text import EncodedText
from tests.tensorboard.event_reader import read_run

VOCABULARY = ("", "?", "the", "dog", "saw", "a", "cat")


class SplittingVectorizer:
    """Splits at spaces; keeps at most `longest` tokens; PAD 0, unknown 1."""

    longest = 100

    def encode_text(self, text):
        tokens = text.split()
        ids = [VOCABULARY.index(t) if t in VOCABULARY else 1 for t in tokens]
        return EncodedText(
            np.array(ids[: self.longest], "int32"),
            tokens[: self.longest],
            len(tokens) > self.longest,
            text,
        )


@pytest.fixture
def model():
    """ids (B, T) -> probabilities (B, 2), with one attention layer of 3 heads.

    It trains eagerly, which takes less time than to trace a graph.
    """
    keras.utils.set_random_seed(0)
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(len(VOCABULARY), 5, mask_zero=True)(ids)
    x = keras.layers.MultiHeadAttention(3, 5, name="attention")(x, x)
    x = keras.layers.GlobalAveragePooling1D()(x)
    y = keras.layers.Dense(2, activation="softmax")(x)
    model = keras.Model(ids, y)
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    return model


@pytest.fixture
def classifier(model):
    """The same model with the attributes of `SentenceClassifier`."""
    model.vectorizer = SplittingVectorizer()
    model.labels = ("blame", "praise")
    return model


@pytest.fixture
def fit():
    """fit(model, *callbacks, **arguments) on two texts."""

    def fit(model, *callbacks, **arguments):
        x, y = np.array([[2, 3, 4], [5, 6, 0]]), np.array([0, 1])
        arguments = {"epochs": 1, "verbose": 0} | arguments
        return model.fit(x, y, callbacks=list(callbacks), **arguments)

    return fit


@pytest.fixture
def log():
    """log(model, callback, epochs=0): what `fit` calls, without training."""

    def log(model, callback, epochs=0):
        callback.set_model(model)
        callback.on_train_begin()
        callback.on_epoch_begin(0)
        for epoch in range(epochs):
            callback.on_epoch_end(epoch)
        callback.on_train_end()

    return log


@pytest.fixture
def read():
    """read(run folder) -> {tag: [(step, value)]}; see `read_run`."""
    return read_run


@pytest.fixture
def drawn(monkeypatch):
    """What each picture was drawn from, in order."""
    from keras_attn.tensorboard import attention_images

    pictures, draw = [], attention_images.attention_figure

    def record(weights, rows, columns, title):
        pictures.append(
            types.SimpleNamespace(
                weights=weights, rows=rows, columns=columns, title=title
            )
        )
        return draw(weights, rows, columns, title)

    monkeypatch.setattr(attention_images, "attention_figure", record)
    return pictures


@pytest.fixture
def events(read, tmp_path):
    """events() -> [(step, Event)] of the run that a path gets."""
    return lambda: read(tmp_path / "attention")["attention"]
