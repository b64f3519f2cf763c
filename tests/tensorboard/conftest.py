"""Small models to watch, and a reader of what was written."""

import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing import event_accumulator

from tensorboard_plugin_attention.format import (
    PLUGIN_NAME,
    read_event,
    summary_metadata,
)

VOCABULARY = ("", "?", "the", "dog", "saw", "a", "cat")


class SplittingVectorizer:
    """Splits at spaces; keeps at most `longest` tokens; PAD 0, unknown 1."""

    longest = 100

    def tokenize(self, text):
        return text.split()

    def encode(self, texts):
        return [self._ids(self.tokenize(text)) for text in texts]

    def _ids(self, tokens):
        ids = [VOCABULARY.index(t) if t in VOCABULARY else 1 for t in tokens]
        return np.array(ids[: self.longest], "int32")


@pytest.fixture
def model():
    """ids (B, T) -> probabilities (B, 2), by one attention layer of 3 heads."""
    keras.utils.set_random_seed(0)
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(len(VOCABULARY), 5, mask_zero=True)(ids)
    x = keras.layers.MultiHeadAttention(3, 5, name="attention")(x, x)
    x = keras.layers.GlobalAveragePooling1D()(x)
    y = keras.layers.Dense(2, activation="softmax")(x)
    model = keras.Model(ids, y)
    model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
    return model


@pytest.fixture
def classifier(model):
    """The same with the attributes of our classifier."""
    model.vectorizer = SplittingVectorizer()
    model.labels = ("blame", "praise")
    return model


@pytest.fixture
def fit():
    """fit(model, *callbacks, **arguments) on two sentences."""

    def fit(model, *callbacks, **arguments):
        x, y = np.array([[2, 3, 4], [5, 6, 0]]), np.array([0, 1])
        arguments = {"epochs": 1, "verbose": 0} | arguments
        return model.fit(x, y, callbacks=list(callbacks), **arguments)

    return fit


@pytest.fixture
def read():
    """read(run folder) -> {tag: [(step, value)]}, as TensorBoard reads it.

    A value is a float; of a picture its pixels (height, width, 3); of an event
    for the Attention tab an `Event`.
    """

    def read(folder):
        events = event_accumulator.EventAccumulator(
            str(folder), size_guidance={"tensors": 0}
        ).Reload()
        return {
            tag: [
                (e.step, _value(events.SummaryMetadata(tag), e.tensor_proto))
                for e in events.Tensors(tag)
            ]
            for tag in events.Tags()["tensors"]
        }

    return read


def _value(metadata, proto):
    if metadata.plugin_data.plugin_name == PLUGIN_NAME:
        assert metadata == summary_metadata()
        return read_event(list(proto.string_val))
    value = tf.make_ndarray(proto)
    if value.ndim == 0:
        return float(value)
    width, height, image = value
    pixels = tf.io.decode_png(image).numpy()
    assert pixels.shape == (int(height), int(width), 3)
    return pixels


@pytest.fixture
def drawn(monkeypatch):
    """What each picture was drawn from, in their order."""
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
