"""Masks in graphs of several attention layers."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_attn.layers import MultiHeadSelfAttention
from keras_attn.ops import row_chunks

pytestmark = pytest.mark.tensorflow


@pytest.mark.slow
def test_each_call_and_each_chunk_reads_its_own_mask(monkeypatch):
    """TensorFlow 2.21 on x86 may fuse a product of matrices and a sum.

    The fused operator read the masks of other calls: with the masks added to
    the scores, the outputs below differed by 0.5.
    """
    monkeypatch.setattr(row_chunks, "_LARGEST_MATRIX", 2 * 4 * 97 * 512)
    monkeypatch.setattr(row_chunks, "_LARGEST_CHUNK", 2 * 4 * 97 * 512)
    batch, length, width = 2, 512, 64
    layers = [MultiHeadSelfAttention(4) for _ in range(3)]
    for layer in layers:
        layer.build((batch, length, width))
    x = keras.random.normal((batch, length, width), seed=1)
    lengths = np.array([[length, 384], [307, length], [31, 257]])
    masks = tf.constant(np.arange(length) < lengths[..., None])

    def outputs(x):
        calls = []
        for layer, mask in zip(layers, tf.unstack(masks), strict=True):
            x = layer(x, mask=mask)
            calls.append(x)
        return calls

    compiled = tf.function(outputs)
    for _ in range(2):
        for got, expected in zip(compiled(x), outputs(x), strict=True):
            np.testing.assert_allclose(got, expected, atol=1e-5)
