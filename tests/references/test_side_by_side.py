"""Our attention gives what Keras's gives, argument by argument."""

import inspect

import keras
import numpy as np
import pytest

from keras_attn.layers import MultiHeadAttention
from tests.references.side_by_side import ROWS

THEIRS = inspect.signature(keras.layers.MultiHeadAttention).parameters
OURS = inspect.signature(MultiHeadAttention).parameters


ON_JAX = keras.backend.backend() == "jax"


# JAX compiles each row twice.
@pytest.mark.parametrize(
    "row",
    ROWS,
    ids=[row.name for row in ROWS],
)
@(pytest.mark.long if ON_JAX else lambda test: test)
def test_a_row(row):
    if ON_JAX and "value_dim" in row.options:
        pytest.skip("Keras's layer fails on JAX if value_dim is not key_dim")
    if set(row.options) - set(THEIRS) - {"dtype"}:
        pytest.skip("this Keras does not have the argument")
    assert row.largest_difference() <= row.bound


def test_arguments_have_the_names_and_the_order_of_keras():
    names = [name for name in THEIRS if name != "kwargs"]
    assert [name for name in OURS if name in THEIRS][: len(names)] == names
    assert list(OURS)[: len(names)] == names
    for name in names[1:]:
        if name != "key_dim":  # which Keras requires
            assert OURS[name].default == THEIRS[name].default


def test_calls_have_the_names_and_the_order_of_keras():
    theirs, ours = (
        list(inspect.signature(cls.call).parameters)
        for cls in (keras.layers.MultiHeadAttention, MultiHeadAttention)
    )
    assert ours == theirs


def test_the_mask_of_a_query_reaches_weights_and_output():
    row = next(row for row in ROWS if row.name == "plain")
    theirs, ours = row.layers()
    query, value, key = row.inputs()
    query[:, 3:] = 9.0
    masking = keras.layers.Masking(mask_value=9.0)
    for layer in (theirs, ours):
        y = layer(masking(query), value, key)
        assert np.array(y._keras_mask).tolist() == [[1, 1, 1, 0, 0]] * 2
    y, weights = ours(masking(query), value, key, return_attention_scores=True)
    expected = theirs(query, value, key)
    y, weights, expected = map(
        keras.ops.convert_to_numpy, (y, weights, expected)
    )
    np.testing.assert_allclose(y[:, :3], expected[:, :3], atol=1e-6)
    assert (weights[:, :, 3:] == 0).all()
    assert (y[:, 3:] == ours.output_dense.bias.numpy()).all()


@pytest.mark.parametrize("axes", [0, 3, -1, (1, 1), (1, -3)])
def test_axes_that_cannot_be_attended_over(axes):
    x = np.zeros((2, 3, 5, 4), "float32")
    with pytest.raises(ValueError, match="`attention_axes` must be"):
        MultiHeadAttention(2, attention_axes=axes)(x, x)


def test_a_mask_with_too_many_axes_for_the_attention_axes():
    x = np.zeros((2, 3, 5, 4), "float32")
    layer = MultiHeadAttention(2, attention_axes=2)
    with pytest.raises(ValueError, match=r"must have 2 to 5 axes.*\(1, 1"):
        layer(x, x, attention_mask=np.ones((1, 1, 1, 1, 5, 5), bool))


def test_initial_kernels_are_those_of_keras():
    options = {"kernel_initializer": keras.initializers.GlorotUniform(5)}
    layers = [
        keras.layers.MultiHeadAttention(2, 3, **options),
        MultiHeadAttention(2, 3, **options),
    ]
    for layer in layers:
        layer.build((None, None, 7), (None, None, 5))
    pairs = zip(*(layer.get_weights() for layer in layers), strict=True)
    for theirs, ours in pairs:
        np.testing.assert_array_equal(ours, theirs)
