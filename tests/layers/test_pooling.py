"""Pooling layers, beyond the contract that all layers share."""

import keras
import numpy as np
import pytest

from keras_attn import layers
from keras_attn.layers.pooling import NAMES, get_pooling
from tests.backend import gradients

every_pooling = pytest.mark.parametrize("name", NAMES)
BATCH, LENGTH, WIDTH = 2, 5, 3


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def tokens(length=LENGTH, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(BATCH, length, WIDTH)).astype("float32")


def gradient(pool, x, mask):
    """d sum(sin(pool(x))) / dx."""

    def loss(call, x):
        return keras.ops.sum(keras.ops.sin(call(x, mask=mask)))

    return gradients(pool, [x], loss)[0]


def softmax(scores):
    e = np.exp(scores - scores.max())
    return e / e.sum()


@pytest.mark.parametrize("num_hops", [1, 4])
def test_attention_pooling_is_the_formula(num_hops):
    pool = layers.AttentionPooling(num_hops, hidden_dim=7)
    x, mask = tokens(), np.array([[1, 1, 0, 1, 0], [0, 0, 1, 0, 0]], bool)
    output, weights = pool(x, mask=mask, return_attention_scores=True)
    w1, w2 = map(np.float64, pool.get_weights())
    assert w1.shape == (WIDTH, 7) and w2.shape == (7, num_hops)
    assert weights.shape == (BATCH, num_hops, 1, LENGTH)
    for b in range(BATCH):
        real = np.float64(x[b][mask[b]])
        hops = np.apply_along_axis(softmax, 0, np.tanh(real @ w1) @ w2)
        np.testing.assert_allclose(
            array(output[b]), (hops.T @ real).ravel(), atol=1e-6
        )
        np.testing.assert_allclose(
            array(weights[b])[:, 0, mask[b]], hops.T, atol=1e-6
        )
        assert (array(weights[b])[:, 0, ~mask[b]] == 0).all()


def test_attention_pooling_hides_as_wide_as_its_input():
    pool = layers.AttentionPooling(num_hops=2)
    pool.build((None, None, 7))
    assert [w.shape for w in pool.weights] == [(7, 7), (7, 2)]
    assert pool.get_config()["hidden_dim"] is None


def test_attention_pooling_gives_weights_before_dropout():
    pool = layers.AttentionPooling(num_hops=2, dropout=0.5)
    plain, weights = pool(tokens(), return_attention_scores=True)
    dropped, same = pool(tokens(), training=True, return_attention_scores=True)
    assert (array(weights) == array(same)).all()
    assert np.abs(array(plain) - array(dropped)).max() > 1e-3


@every_pooling
def test_without_a_real_token_output_and_gradient_are_zero(name):
    pool = get_pooling(name)
    mask = np.array([[False] * LENGTH, [True] * LENGTH])
    output = array(pool(tokens(), mask=mask))
    assert (output[0] == 0).all() and (output[1] != 0).all()
    slopes = gradient(pool, tokens(), mask)
    assert (slopes[0] == 0).all() and np.isfinite(slopes).all()
    assert np.abs(slopes[1]).max() > 0.01


@every_pooling
def test_what_stands_at_a_pad_token_stays_out(name):
    pool = get_pooling(name)
    mask = np.array([[True, False, True, True, False]] * BATCH)
    expected = array(pool(tokens(), mask=mask))
    wild = np.where(mask[..., None], tokens(), np.float32(np.nan))
    np.testing.assert_allclose(array(pool(wild, mask=mask)), expected)
    assert np.isfinite(gradient(pool, wild, mask)).all()


@every_pooling
@pytest.mark.parametrize("length", [0, 1])
def test_lengths_without_a_choice(name, length):
    x = tokens(length=length)
    expected = x[:, 0] if length else np.zeros((BATCH, WIDTH))
    for mask in (None, np.ones((BATCH, length), bool)):
        pooled = get_pooling(name)(x, mask=mask)
        np.testing.assert_allclose(array(pooled), expected, atol=1e-6)


def test_by_name_layer_or_config():
    assert {name: type(get_pooling(name)) for name in NAMES} == {
        "mean": layers.MaskedMeanPooling,
        "max": layers.MaskedMaxPooling,
        "first": layers.FirstTokenPooling,
        "attention": layers.AttentionPooling,
    }
    pool = get_pooling("attention", num_hops=3, name="pooling")
    assert (pool.num_hops, pool.name) == (3, "pooling")
    assert get_pooling(pool) is pool
    config = keras.saving.serialize_keras_object(pool)
    assert get_pooling(config).get_config() == pool.get_config()


def test_refuses_a_name_that_is_none():
    with pytest.raises(ValueError, match="attenton.*Did you mean 'attention'"):
        get_pooling("attenton")


@pytest.mark.parametrize(
    "options, message",
    [
        ({"num_hops": 0}, "`num_hops` must be a positive integer.*num_hops=0"),
        ({"num_hops": 1.5}, "Received: num_hops=1.5"),
        ({"hidden_dim": -2}, "`hidden_dim` must be a positive.*hidden_dim=-2"),
        ({"dropout": 1.0}, "`dropout` must be .* below 1. .*dropout=1.0"),
        ({"dropout": -0.1}, "Received: dropout=-0.1"),
    ],
)
def test_attention_pooling_refuses_arguments_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        layers.AttentionPooling(**options)


@every_pooling
@pytest.mark.parametrize("built", [False, True])
@pytest.mark.parametrize(
    "x, message",
    [
        (tokens()[0], r"`x` must have the shape \(B, T, D\).*\(5, 3\)"),
        (tokens()[None], r"`x` must have the shape .*\(1, 2, 5, 3\)"),
        ({"x": tokens()}, r"`x` must be one tensor .*structure \(dict\)"),
        (None, "`x` must be one tensor .*Received: None"),
    ],
)
def test_refuses_what_is_not_tokens(name, x, message, built):
    pool = get_pooling(name)
    if built:
        pool.build((None, None, WIDTH))
    with pytest.raises(ValueError, match=message):
        pool(x)


@every_pooling
def test_refuses_symbolic_vectors(name):
    with pytest.raises(ValueError, match=r"`x` must .*\(None, 3\)"):
        get_pooling(name)(keras.Input((WIDTH,)))


def test_attention_pooling_refuses_an_unknown_width():
    with pytest.raises(ValueError, match="width of `x`.*must be known"):
        layers.AttentionPooling()(keras.Input((None, None)))


@every_pooling
def test_zero_is_the_false_of_a_mask_of_numbers(name):
    pooling, x = get_pooling(name), tokens()
    mask = np.arange(LENGTH) >= np.array([[1], [2]])
    expected = array(pooling(x, mask=mask))
    assert (array(pooling(x, mask=mask.astype("int32"))) == expected).all()
    assert (array(pooling(x)) != expected).any()
