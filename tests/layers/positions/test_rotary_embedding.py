from functools import partial

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_attn import layers

ROTARY = [
    layers.RotaryEmbedding,
    partial(layers.RotaryEmbedding, layout="concatenated"),
]
rotary = pytest.mark.parametrize("make", ROTARY, ids=["pairs", "halves"])
HALF = ["mixed_bfloat16", "mixed_float16"]


def array(tensor):
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))


def tokens(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@rotary
def test_rotary_counts_from_zero_or_takes_positions(make):
    layer = make()
    x = tokens(2, 3, 5, 4)
    plain = array(layer(x))
    np.testing.assert_allclose(
        plain, array(layer(x, positions=np.arange(5))), atol=1e-6
    )
    assert (plain[:, :, 0] == x[:, :, 0]).all()
    shifted = array(layer(x, start_index=np.int64(7)))
    both = np.array([[7, 8, 9, 10, 11]] * 2)
    np.testing.assert_allclose(
        shifted, array(layer(x, positions=both)), atol=1e-6
    )
    assert np.abs(shifted - plain).max() > 0.1


@rotary
def test_rotary_step_by_step_as_all_at_once(make):
    layer = make()
    x = tokens(2, 3, 5, 4)
    whole = array(layer(x))
    for step in range(5):
        start = keras.ops.convert_to_tensor(step)
        token = array(layer(x[:, :, step : step + 1], start_index=start))
        np.testing.assert_allclose(token[:, :, 0], whole[:, :, step], atol=1e-6)


@pytest.mark.slow
@rotary
@given(start_index=st.integers(0, 60_000))
def test_rotary_scores_depend_on_distance_only(make, start_index):
    layer = make()
    query, key = tokens(1, 2, 5, 6, seed=1), tokens(1, 2, 5, 6, seed=2)

    def scores(**options):
        turned = [array(layer(x, **options)) for x in (query, key)]
        return turned[0] @ turned[1].swapaxes(-1, -2)

    moved = scores(start_index=start_index)
    np.testing.assert_allclose(moved, scores(), atol=1e-4)


@rotary
@pytest.mark.parametrize("policy", HALF)
def test_rotary_in_half_precision(make, policy):
    x = tokens(1, 2, 300, 8)
    expected = array(make()(x, start_index=65_000))
    keras.config.set_dtype_policy(policy)
    output = make()(x, start_index=65_000)
    assert keras.backend.standardize_dtype(output.dtype) == policy[6:]
    bound = 2.0**-7 if policy == "mixed_bfloat16" else 2.0**-10
    # Two roundings, of x and of the result, at most 4 times a unit.
    np.testing.assert_allclose(array(output), expected, atol=4 * bound)


def test_rotary_refuses_an_odd_width():
    layer = layers.RotaryEmbedding()
    with pytest.raises(ValueError, match="must be even. Received: K=5"):
        layer.build((None, 2, None, 5))


@rotary
def test_rotary_refuses_what_are_no_positions(make):
    x = tokens(2, 3, 5, 4)
    with pytest.raises(ValueError, match=r"here \(5,\) or \(2, 5\)"):
        make()(x, positions=np.arange(4))
    with pytest.raises(ValueError, match="must be integers"):
        make()(x, positions=np.arange(5) / 2)
    with pytest.raises(ValueError, match="`start_index` must be an integer"):
        make()(x, start_index=np.arange(5))
