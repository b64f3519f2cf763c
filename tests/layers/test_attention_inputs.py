"""Inputs that no attention fits are refused, in words that say why."""

import keras
import numpy as np
import pytest

from keras_attn.layers import MultiHeadAttention, MultiHeadSelfAttention
from keras_attn.layers.attention_sizes import require_attention_shapes

X = np.ones((2, 5, 16), "float32")
MEMORY = np.ones((2, 4, 16), "float32")
FIRST_AND_LATER = pytest.mark.parametrize("built", [False, True])


def refused(layer, inputs, message, built):
    if built:
        layer.build(*(shape for shape in ((None, None, 16),) * len(inputs)))
    with pytest.raises(ValueError, match=message):
        layer(*inputs)


@FIRST_AND_LATER
@pytest.mark.parametrize(
    "inputs, message",
    [
        (
            (X, MEMORY[:1]),
            r"same batch size. .*query \(2, 5, 16\), value \(1, 4, 16\)",
        ),
        ((X[:1], MEMORY), "same batch size.*keras.ops.repeat"),
        ((X, MEMORY, MEMORY[:1]), r"same batch size.*key \(1, 4, 16\)"),
        ((X, MEMORY, MEMORY[:, :3]), r"must be equal.*key \(2, 3, 16\)"),
        ((X[0], MEMORY), r"`query` must .*\(B, T, D\).*\(5, 16\)"),
        ((X, MEMORY[0]), r"`value` must .*\(B, T, D\).*\(4, 16\)"),
        ((X, MEMORY, MEMORY[0]), r"must be equal.*key \(4, 16\)"),
        ((X[None], MEMORY), r"numbers of axes.*\(1, 2, 5, 16\).*\(2, 4, 16\)"),
    ],
)
def test_queries_values_and_keys_that_do_not_fit(inputs, message, built):
    refused(MultiHeadAttention(2), inputs, message, built)


@pytest.mark.parametrize("output_shape", [0, (3, 0), (), "wide", 1.5])
def test_an_output_shape_that_is_none(output_shape):
    message = r"Invalid `output_shape`: .*\. Expected a positive integer"
    with pytest.raises(ValueError, match=message):
        MultiHeadAttention(2, output_shape=output_shape)


def test_a_mask_with_too_few_axes_for_two_attended_axes():
    layer = MultiHeadAttention(2, key_dim=3, attention_axes=(1, 2))
    x = np.ones((2, 3, 5, 16), "float32")
    with pytest.raises(ValueError, match=r"4 to 6 axes .*\(3, 5\)"):
        layer(x, x, attention_mask=np.ones((3, 5), bool))


@pytest.mark.parametrize("size", [1, 3])
def test_symbolic_inputs_that_do_not_fit(size):
    layer = MultiHeadAttention(2)
    x, memory = keras.Input((5, 16), 2), keras.Input((4, 16), size)
    layer.build(x.shape, (2, 4, 16))
    with pytest.raises(ValueError, match="same batch size"):
        layer(x, memory)


class UnknownRank:
    """The shape of a TensorFlow tensor of which not even the rank is known."""

    rank = None


def test_an_unknown_rank_passes():
    require_attention_shapes(UnknownRank(), UnknownRank())


def test_unknown_sizes_pass():
    query, value = keras.Input((None, 16)), keras.Input((4, 16), 2)
    key = keras.Input((None, 16))
    assert MultiHeadAttention(2)(query, value, key).shape == (None, None, 16)


@FIRST_AND_LATER
@pytest.mark.parametrize(
    "x, message",
    [
        (X[0], r"`x` must have the shape \(B, T, D\).*\(5, 16\).*x\[None\]"),
        (X[None], r"`x` must have the shape .*\(1, 2, 5, 16\).*Merge the axes"),
        ({"x": X}, r"`x` must be one tensor .*structure \(dict\)"),
        ([X, X], r"`x` must be one tensor .*structure \(list\)"),
        (None, "`x` must be one tensor .*Received: None"),
    ],
)
def test_self_attention_of_what_is_not_tokens(x, message, built):
    refused(MultiHeadSelfAttention(2), (x,), message, built)


@pytest.mark.parametrize(
    "layer, inputs, name",
    [
        (MultiHeadSelfAttention(2), [(None, None)], "x"),
        (MultiHeadAttention(2), [(None, None), (None, 16)], "query"),
        (MultiHeadAttention(2), [(None, 16), (None, None)], "value"),
    ],
)
def test_a_width_that_is_not_known(layer, inputs, name):
    message = f"The width of `{name}`, its last axis, must be known"
    with pytest.raises(ValueError, match=message):
        layer(*map(keras.Input, inputs))
