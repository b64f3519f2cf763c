"""Small blocks and vectors for the tests of blocks beside this file."""

import keras
import numpy as np
import pytest

from keras_attn import layers

BATCH, LENGTH, MEMORY, WIDTH = 2, 5, 7, 6
norm_first_or_last = pytest.mark.parametrize("norm_first", [True, False])


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def vectors(length, width=WIDTH, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(BATCH, length, width)).astype("float32")


def feed_forward():
    return layers.FeedForward(hidden_dim=11, name="feed_forward")


def encoder(norm_first=True, attention=None, **options):
    if attention is None:
        attention = layers.MultiHeadSelfAttention(num_heads=3)
    return layers.EncoderBlock(
        attention, feed_forward(), norm_first=norm_first, **options
    )


def decoder(norm_first=True, causal=True, **options):
    return layers.DecoderBlock(
        layers.MultiHeadSelfAttention(num_heads=3, causal=causal, name="own"),
        layers.MultiHeadAttention(num_heads=2, name="cross"),
        feed_forward(),
        norm_first=norm_first,
        **options,
    )
