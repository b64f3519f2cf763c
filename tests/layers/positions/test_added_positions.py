"""What all layers that add positions to token vectors have in common."""

from functools import partial

import keras
import numpy as np
import pytest

from keras_attn import layers

ADDED = [
    layers.PositionalEncoding,
    partial(layers.PositionalEncoding, layout="concatenated"),
    partial(layers.LearnedPositionalEncoding, max_length=13),
]
added = pytest.mark.parametrize("make", ADDED, ids=["sin", "sin-cos", "table"])


def array(tensor):
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))


def tokens(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@added
@pytest.mark.parametrize("as_tensor", [False, True])
def test_step_by_step_as_all_at_once(make, as_tensor):
    layer = make()
    x = tokens(2, 5, 7)
    whole = array(layer(x))
    for step in range(5):
        start = keras.ops.convert_to_tensor(step) if as_tensor else step
        token = array(layer(x[:, step : step + 1], start_index=start))
        np.testing.assert_allclose(token[:, 0], whole[:, step], atol=1e-6)


@added
def test_start_index_moves_counted_tokens_too(make):
    layer = make()
    x = tokens(1, 5, 7)
    mask = np.array([[False, True, False, True, True]])
    output = layer(x, mask=mask, start_index=4)
    expected = layer(x, positions=[4, 4, 4, 5, 6])
    np.testing.assert_allclose(array(output), array(expected), atol=1e-6)


@added
def test_given_positions_take_the_place_of_the_counting(make):
    layer = make()
    x = tokens(2, 3, 7)
    codes = array(layer(np.zeros((1, 12, 7), "float32")))[0]
    mask = np.array([[False, True, True]] * 2)
    for positions in (np.array([5, 0, 5]), np.array([[2, 1, 0], [3, 3, 9]])):
        output = array(layer(x, mask=mask, positions=positions, start_index=2))
        np.testing.assert_allclose(output, x + codes[positions + 2], atol=1e-6)


@added
def test_positions_may_be_an_input_of_a_model(make):
    x = keras.Input((None, 6))
    positions = keras.Input((None,), dtype="int32")
    layer = make()
    model = keras.Model([x, positions], layer(x, positions=positions))
    inputs = [tokens(2, 3, 6), np.array([[0, 1, 2], [4, 3, 2]], "int32")]
    np.testing.assert_allclose(
        array(model(inputs)),
        array(layer(inputs[0], positions=inputs[1])),
        atol=1e-6,
    )


@added
@pytest.mark.parametrize(
    "positions, seen",
    [
        (np.zeros(4, int), r"\(4,\)"),
        (np.zeros((3, 3), int), r"\(3, 3\)"),
        (np.zeros((1, 1, 3), int), r"\(1, 1, 3\)"),
        (np.zeros((), int), r"\(\)"),
    ],
)
def test_refuses_positions_of_a_wrong_shape(make, positions, seen):
    message = rf"shape \(T,\) or \(B, T\), here \(3,\) or \(2, 3\).*{seen}"
    with pytest.raises(ValueError, match=message):
        make()(tokens(2, 3, 7), positions=positions)


@added
def test_refuses_positions_that_half_precision_would_round(make):
    with pytest.raises(ValueError, match="must be integers. .* float32"):
        make()(tokens(1, 1, 7), positions=np.zeros(1, "float32"))


@added
def test_a_start_index_of_numpy_is_an_integer(make):
    layer = make()
    x = tokens(1, 2, 7)
    moved = array(layer(x, start_index=np.int64(3)))
    assert (moved == array(layer(x, start_index=3))).all()


@added
@pytest.mark.parametrize("start_index", [1.5, [1, 2], [1]])
def test_refuses_a_start_index_that_is_no_integer(make, start_index):
    with pytest.raises(ValueError, match="scalar integer tensor. Received: st"):
        make()(tokens(1, 1, 7), start_index=start_index)


@added
@pytest.mark.parametrize("length", [0, 1])
def test_short_lengths_with_and_without_mask(make, length):
    layer = make()
    x = tokens(2, length, 7)
    mask = np.ones((2, length), bool)
    assert array(layer(x)).shape == x.shape
    assert (array(layer(x, mask=mask)) == array(layer(x))).all()


@added
def test_dropout_follows_the_addition(make):
    layer = make(dropout=0.5)
    x = np.ones((2, 5, 7), "float32")
    dropped = array(layer(x, training=True))
    kept = dropped != 0
    assert 0.2 < kept.mean() < 0.8
    expected = 2 * array(layer(x, training=False))
    np.testing.assert_allclose(dropped[kept], expected[kept], rtol=1e-5)


@pytest.mark.parametrize("dropout", [-0.1, 1.0, "much"])
@added
def test_refuses_a_rate_of_dropout_out_of_range(make, dropout):
    with pytest.raises(ValueError, match="dropout"):
        make(dropout=dropout)


@added
@pytest.mark.parametrize(
    "mask, message",
    [
        (np.ones((2, 4), bool), r"\(B, T\) = \(2, 5\).*shape=\(2, 4\)"),
        (np.ones((3, 5), bool), r"shape=\(3, 5\)"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(make, mask, message):
    layer = make()
    x = np.ones((2, 5, 3), "float32")
    with pytest.raises(ValueError, match=message):
        layer(x, mask=mask)
    with pytest.raises(ValueError, match=r"`x` must have the shape .*\(5, 3\)"):
        layer(x[0])
