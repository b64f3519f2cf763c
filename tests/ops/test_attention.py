import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_attn import ops
from keras_attn.ops.attention import merge_heads, split_heads
from tests.backend import gradients

BATCH, HEADS, QUERIES, KEYS, WIDTH, VALUE_WIDTH = 2, 3, 5, 7, 11, 13
MASKS = {
    "none": None,
    "(T, S)": np.random.default_rng(5).random((QUERIES, KEYS)) < 0.5,
    "(B, T, S)": np.random.default_rng(6).random((BATCH, QUERIES, KEYS)) < 0.5,
    "(B, 1, 1, S)": np.arange(KEYS) < np.array([[[[4]]], [[[0]]]]),
}


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def vectors(length, width, seed):
    rng = np.random.default_rng(seed)
    shape = (BATCH, HEADS, length, width)
    return rng.normal(size=shape).astype("float32")


def queries_keys_values():
    return (
        vectors(QUERIES, WIDTH, seed=0),
        vectors(KEYS, WIDTH, seed=1),
        vectors(KEYS, VALUE_WIDTH, seed=2),
    )


def float64_weights(scores, mask):
    scores = np.where(mask, scores.astype(np.float64), -np.inf)
    highest = scores.max(-1, keepdims=True)
    powers = np.exp(scores - np.where(np.isfinite(highest), highest, 0.0))
    total = powers.sum(-1, keepdims=True)
    return np.divide(powers, total, where=total > 0, out=np.zeros_like(powers))


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_attention_follows_float64(mask):
    query, key, value = queries_keys_values()
    allowed = np.ones((), bool) if mask is None else mask
    if allowed.ndim == 3:
        allowed = allowed[:, np.newaxis]
    scores = np.float64(query) @ np.float64(key).swapaxes(-1, -2)
    expected_weights = float64_weights(scores / np.sqrt(WIDTH), allowed)
    expected = expected_weights @ np.float64(value)
    output = ops.attention(query, key, value, mask)
    np.testing.assert_allclose(array(output), expected, atol=1e-6)
    same, weights = ops.attention(
        query, key, value, mask, return_attention_scores=True
    )
    assert (array(same) == array(output)).all()
    np.testing.assert_allclose(array(weights), expected_weights, atol=1e-6)


def test_attention_in_half_precision_has_float32_weights():
    halves = [keras.ops.cast(x, "bfloat16") for x in queries_keys_values()]
    output, weights = ops.attention(*halves, return_attention_scores=True)
    assert keras.backend.standardize_dtype(output.dtype) == "bfloat16"
    assert keras.backend.standardize_dtype(weights.dtype) == "float32"
    expected = array(ops.attention(*queries_keys_values()))
    actual = array(keras.ops.cast(output, "float32"))
    np.testing.assert_allclose(actual, expected, atol=0.05)


@pytest.mark.parametrize(
    "shapes, message",
    [
        (((5, 4), (7, 4), (7, 4)), r"shape \(B, H, length, width\)"),
        (((1, 2, 5, 4), (1, 2, 7, 3), (1, 2, 7, 3)), "same width K"),
        (((1, 2, 5, 4), (1, 2, 7, 4), (1, 2, 6, 4)), "same length S"),
    ],
)
def test_attention_rejects_shapes_that_do_not_fit(shapes, message):
    with pytest.raises(ValueError, match=message) as error:
        ops.attention(*(np.ones(shape, "float32") for shape in shapes))
    received = zip(("query", "key", "value"), shapes, strict=True)
    assert all(
        f"{name} {shape}" in str(error.value) for name, shape in received
    )


def test_attention_rejects_a_mask_that_does_not_broadcast():
    with pytest.raises(ValueError, match=r"must broadcast.*\(2, 3, 5, 7\)"):
        ops.attention(*queries_keys_values(), np.ones((KEYS, QUERIES), bool))


@given(seed=st.integers(0, 10_000), scale=st.sampled_from([0.1, 1.0, 300.0]))
def test_weights_follow_float64(seed, scale):
    rng = np.random.default_rng(seed)
    scores = (scale * rng.normal(size=(2, 3, 5, 7))).astype("float32")
    mask = rng.random((2, 1, 5, 7)) < 0.6
    weights = array(ops.attention_weights(scores, mask))
    np.testing.assert_allclose(
        weights, float64_weights(scores, mask), atol=1e-6
    )


def test_weights_by_hand():
    scores = np.log([[[[1.0, 2.0, 5.0]]]]).astype("float32")
    mask = np.array([[[[True, True, False]]]])
    weights = array(ops.attention_weights(scores, mask))
    np.testing.assert_allclose(weights[0, 0, 0], [1 / 3, 2 / 3, 0], atol=1e-6)


def test_weights_are_float32_and_sum_to_one_in_half_precision():
    scores = keras.ops.cast(np.zeros((1, 1, 1, 3)), "float16")
    weights = array(ops.attention_weights(scores))
    assert weights.dtype == np.float32
    np.testing.assert_allclose(weights.sum(), 1.0, atol=1e-7)


def test_a_single_key_has_all_the_weight():
    weights = ops.attention_weights(np.full((2, 3, 5, 1), -4.0, "float32"))
    assert (array(weights) == 1.0).all()


def test_a_row_with_nothing_to_attend_to_has_weight_and_gradient_zero():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(1, 1, 2, 3)).astype("float32")
    mask = np.array([[[[False] * 3, [True, False, True]]]])
    weights = ops.attention_weights(scores, mask)
    (gradient,) = gradients(
        keras.layers.Identity(),
        [scores],
        lambda _, x: keras.ops.sum(ops.attention_weights(x, mask) ** 2),
    )
    gradient = gradient[0, 0]
    assert (array(weights)[0, 0, 0] == 0).all()
    assert (gradient[0] == 0).all()
    assert np.isfinite(gradient).all()
    assert (gradient[1, [0, 2]] != 0).all()


def test_heads_are_split_and_merged():
    x = np.arange(2 * 3 * 10, dtype="float32").reshape(2, 3, 10)
    heads = array(split_heads(x, 5))
    assert heads.shape == (2, 5, 3, 2)
    assert heads[1, 4, 2].tolist() == x[1, 2, 8:].tolist()
    assert (array(merge_heads(heads)) == x).all()
