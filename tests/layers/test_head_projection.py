"""Projections into heads and out of them."""

import keras
import numpy as np
import pytest

from keras_attn.layers import MultiHeadAttention, MultiHeadSelfAttention
from keras_attn.layers.head_projection import MatrixInitializer

X = np.random.default_rng(0).normal(size=(2, 5, 12)).astype("float32")


def array(x):
    return keras.ops.convert_to_numpy(x)


@pytest.mark.parametrize("use_bias", [True, False])
def test_weights_of_old_files_have_joined_heads(use_bias):
    layer = MultiHeadSelfAttention(3, use_bias=use_bias)
    expected = array(layer(X))
    for name in ("query", "key", "value", "output"):
        projection = getattr(layer, f"{name}_dense")
        kernel = array(projection.kernel)
        kernel = kernel.reshape(12, 12)
        old = {"0": kernel}
        if use_bias:
            old["1"] = np.zeros(12, "float32")
        projection.kernel.assign(np.zeros_like(projection.kernel))
        projection.load_own_variables(old)
    np.testing.assert_array_equal(array(layer(X)), expected)


def test_weights_of_another_size_are_refused():
    layer = MultiHeadSelfAttention(3)
    layer(X)
    with pytest.raises(ValueError, match="must match"):
        layer.query_dense.load_own_variables(
            {"0": np.zeros((12, 11)), "1": np.zeros(12)}
        )


def test_initializers_receive_a_matrix_in_self_attention_only():
    shapes = []

    def note(shape, dtype=None):
        shapes.append(tuple(shape))
        return keras.ops.ones(shape, dtype)

    MultiHeadSelfAttention(3, 2, kernel_initializer=note)(X)
    assert shapes == [(12, 6)] * 3 + [(6, 12)]
    shapes.clear()
    MultiHeadAttention(3, 2, kernel_initializer=note)(X, X)
    assert shapes == [(12, 3, 2)] * 3 + [(3, 2, 12)]


def test_each_projection_has_an_initializer_of_its_own():
    initializer = keras.initializers.RandomNormal()
    layer = MultiHeadSelfAttention(3, kernel_initializer=initializer)
    layer(X)
    query, key = array(layer.query_dense.kernel), array(layer.key_dense.kernel)
    assert (query != key).all()


def test_the_matrix_initializer_survives_its_config():
    one = MatrixInitializer(keras.initializers.HeNormal(7), num_inputs=2)
    other = MatrixInitializer.from_config(one.get_config())
    same = array(keras.initializers.HeNormal(7)((6, 5)))
    for initializer in (one, other):
        values = array(initializer((2, 3, 5)))
        np.testing.assert_array_equal(values.reshape(6, 5), same)
