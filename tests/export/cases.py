"""Small classifiers, and ids and texts for them."""

from types import SimpleNamespace

import keras
import numpy as np
import tensorflow as tf

from keras_attn.export import bundle
from keras_attn.export.tflite import metadata
from keras_attn.layers import AttentionPooling
from keras_attn.models import Decision, SentenceClassifier
from keras_attn.text import Vectorizer

TEXTS = ["A good dog!", "who's there?", "x", "very bad " * 23]
WORDS = [f"{a}{b}" for a in "abcdefghijk" for b in "lmnopqrstuv"]
LONG_AND_SHORT = [" ".join(WORDS[i : 3 * i + 1]) for i in range(40)]
ABOUT = {"name": "dogs", "description": "praise or not", "version": "3"}
SUBLAYERS = [
    ("learned", "bilinear", "max"),
    ("relative_bias", "additive", "first"),
    ("rotary", "cosine", "attention"),
    ("alibi", "dot", "mean"),
]


def unicode_classifier():
    """A classifier of two layers and an attention pooling, never trained."""
    keras.utils.set_random_seed(3)
    learned = ["a good dog ! who's very bad , the 2 old cats", "我 ünï"]
    model = SentenceClassifier(
        Vectorizer.learn(learned, max_length=23),
        ["good", "très mal", "odd"],
        d_model=15,
        num_heads=5,
        feed_forward_dim=7,
        pooling=AttentionPooling(num_hops=2, name="pooling"),
    )
    model.build((None, None))
    # Only the bias of the head matters for a text without tokens.
    model.get_layer("head").bias.assign(np.linspace(-0.5, 0.7, 3))
    return model


def small_classifier(**settings):
    """A classifier of one layer, never trained."""
    keras.utils.set_random_seed(1)
    settings = {"d_model": 12, "num_heads": 3, "num_layers": 1} | settings
    model = SentenceClassifier(Vectorizer(WORDS), ["good", "bad"], **settings)
    model.build((None, None))
    return model


def trained_classifier():
    """A classifier that knows which half of a vocabulary a text is from.

    Returns:
        The model and 700 texts of 2 to 12 words.
    """
    keras.utils.set_random_seed(5)
    rng = np.random.default_rng(5)
    texts, labels = [], rng.integers(0, 2, 700)
    for label in labels:
        words = WORDS[label * 60 : label * 60 + 60]
        texts.append(" ".join(rng.choice(words, rng.integers(2, 13))))
    model = SentenceClassifier(
        Vectorizer(WORDS), ["front", "back"], num_layers=1, d_model=60
    )
    ids = keras.utils.pad_sequences(model.vectorizer.encode(texts))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    model.fit(ids, labels, epochs=3, verbose=0)
    return model, texts


def half_precision_classifier(policy):
    """A classifier built under `policy`; the policy is float32 again after."""
    keras.config.set_dtype_policy(policy)
    try:
        return small_classifier()
    finally:
        keras.config.set_dtype_policy("float32")


def random_ids(model, batch, length, seed=0):
    """A batch whose last text ends in padding."""
    rng = np.random.default_rng(seed)
    shape = (batch, length)
    ids = rng.integers(1, model.vectorizer.num_ids, shape, np.int32)
    ids[-1, 1 + length // 2 :] = 0
    return ids


def assert_same_outputs(model, file, shapes):
    """Compares an exported model that takes ids with the original."""
    for batch, length in shapes:
        ids = random_ids(model, batch, length, seed=length)
        logits, maps = model.explain(ids)
        expected = keras.ops.softmax(logits)
        found = file.explain(ids)
        for probabilities in found["probabilities"], file.probabilities(ids):
            np.testing.assert_allclose(probabilities, expected, atol=1e-5)
        assert len(found) == 1 + len(maps)
        for i, weights in enumerate(maps):
            np.testing.assert_allclose(
                found[f"attention_{i}"], weights, atol=1e-5
            )


def with_vocabulary(exported, path, vectorizer):
    """Writes the TFLite file with another vocabulary; returns `path`."""
    model = SimpleNamespace(
        vectorizer=vectorizer, decision=Decision(), labels=exported.model.labels
    )
    files = bundle.files(model)
    path.write_bytes(metadata.with_files(exported.plain, files, **ABOUT))
    return path


class _KeepsMask(keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True


@keras.saving.register_keras_serializable("tests")
class Digamma(_KeepsMask):
    """A layer that neither TFLite nor ONNX supports."""

    def call(self, x, mask=None):
        return tf.math.digamma(keras.ops.exp(x))


@keras.saving.register_keras_serializable("tests")
class Rounded(_KeepsMask):
    """A layer with a dtype that ONNX's operators do not support."""

    def call(self, x, mask=None):
        ones = keras.ops.ones(x.shape[-1], "bfloat16")
        return keras.ops.cast(keras.ops.cast(x, "bfloat16") * ones, x.dtype)


@keras.saving.register_keras_serializable("tests")
class Sliced(_KeepsMask):
    """A layer written in a common way that TFLite does not support."""

    def call(self, x, mask=None):
        return x * keras.ops.cast(mask, x.dtype)[..., None]
