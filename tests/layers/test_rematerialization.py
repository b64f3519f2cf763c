"""Layers train inside `keras.RematScope` as they train outside of it."""

import keras
import numpy as np
import pytest

from keras_attn import layers

pytestmark = pytest.mark.skipif(
    keras.backend.backend() == "tensorflow",
    reason="Keras passes keyword arguments, which TensorFlow does not accept",
)
X, Y = np.random.default_rng(0).normal(size=(2, 4, 5, 6)).astype("float32")


def encoder():
    return layers.EncoderBlock(
        layers.MultiHeadSelfAttention(2), layers.FeedForward(7)
    )


def cross_attention():
    attention = layers.MultiHeadAttention(2)
    return lambda x: attention(x, x)


def weights_after_a_step(make):
    keras.utils.set_random_seed(3)
    x = keras.Input((5, 6))
    model = keras.Model(x, make()(x))
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    return before, model.get_weights()


@pytest.mark.parametrize(
    "make",
    [
        encoder,
        cross_attention,
        lambda: layers.LearnedPositionalEncoding(max_length=7),
    ],
    ids=["encoder", "attention", "learned positions"],
)
def test_one_step(make):
    before, expected = weights_after_a_step(make)
    with keras.RematScope("full"):
        _, found = weights_after_a_step(make)
    for e, f in zip(expected, found, strict=True):
        np.testing.assert_allclose(f, e, atol=1e-6)
    assert any((b != e).any() for b, e in zip(before, expected, strict=True))
