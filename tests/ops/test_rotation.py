import keras
import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_attn import ops

LAYOUTS = ("interleaved", "concatenated")
both_layouts = pytest.mark.parametrize("layout", LAYOUTS)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def vectors(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def turned(x, positions, base=10000.0, layout="interleaved"):
    """The rotation in complex float64: a + ib times e^(i angle)."""
    half = x.shape[-1] // 2
    angles = np.asarray(positions, np.float64)[..., None] * (
        base ** (-np.arange(half) / half)
    )
    x = x.astype(np.float64)
    if layout == "interleaved":
        z = (x[..., ::2] + 1j * x[..., 1::2]) * np.exp(1j * angles)
        return np.stack([z.real, z.imag], axis=-1).reshape(x.shape)
    z = (x[..., :half] + 1j * x[..., half:]) * np.exp(1j * angles)
    return np.concatenate([z.real, z.imag], axis=-1)


@both_layouts
@pytest.mark.parametrize("width", [2, 6, 14])
@pytest.mark.parametrize("base", [10.0, 10000.0])
def test_follows_complex_float64(width, base, layout):
    x = vectors(2, 3, 7, width)
    positions = np.array([0, 1, 2, 257, 5000, 60_001, 65_536])
    ours = array(ops.rotary_embedding(x, positions, base, layout))
    np.testing.assert_allclose(
        ours, turned(x, positions, base, layout), atol=2e-5
    )


def test_a_quarter_of_a_turn():
    x = np.array([[1, 2, 3, 4]], "float32")
    positions = np.array([np.pi / 2])
    neighbours = array(ops.rotary_embedding(x, positions, base=1.0))
    np.testing.assert_allclose(neighbours, [[-2, 1, -4, 3]], atol=1e-6)
    halves = ops.rotary_embedding(x, positions, 1.0, layout="concatenated")
    np.testing.assert_allclose(array(halves), [[-3, -4, 1, 2]], atol=1e-6)


@both_layouts
def test_position_0_changes_nothing(layout):
    x = vectors(5, 4)
    zeros = np.zeros(5, "int32")
    assert (array(ops.rotary_embedding(x, zeros, layout=layout)) == x).all()


@pytest.mark.slow
@both_layouts
@given(
    query=st.integers(0, 30_000),
    key=st.integers(0, 30_000),
    moved=st.integers(0, 30_000),
)
def test_scores_depend_on_distance_only(layout, query, key, moved):
    x, y = vectors(1, 10, seed=1), vectors(1, 10, seed=2)

    def score(query, key):
        a = array(ops.rotary_embedding(x, [query], layout=layout))
        b = array(ops.rotary_embedding(y, [key], layout=layout))
        return float((a * b).sum())

    there = score(query + moved, key + moved)
    np.testing.assert_allclose(there, score(query, key), atol=1e-4)


@both_layouts
def test_scores_do_depend_on_distance(layout):
    x = vectors(1, 10)
    near = array(ops.rotary_embedding(x, [1], layout=layout))
    far = array(ops.rotary_embedding(x, [5], layout=layout))
    assert abs((x * near).sum() - (x * far).sum()) > 0.1


@both_layouts
def test_positions_of_each_sentence(layout):
    x = vectors(2, 3, 5, 4)
    positions = np.array([[0, 1, 2, 3, 4], [7, 8, 9, 10, 11]])
    ours = ops.rotary_embedding(x, positions[:, None], layout=layout)
    for i in range(2):
        alone = ops.rotary_embedding(x[i], positions[i], layout=layout)
        np.testing.assert_allclose(array(ours)[i], array(alone), atol=1e-6)


@both_layouts
@pytest.mark.parametrize(
    "dtype, bound", [("bfloat16", 2.0**-8), ("float16", 2.0**-11)]
)
def test_half_precision_is_rounded_once(dtype, bound, layout):
    """Off by half a unit in the last place, not by angles in half precision."""
    positions = np.arange(60_000, 60_011)
    numpy_dtype = getattr(ml_dtypes, dtype, None) or np.float16
    x = vectors(11, 8).astype(numpy_dtype)
    tensor = keras.ops.cast(x.astype("float32"), dtype)
    output = ops.rotary_embedding(tensor, positions, layout=layout)
    assert keras.backend.standardize_dtype(output.dtype) == dtype
    expected = turned(x.astype("float32"), positions, layout=layout)
    error = np.abs(array(keras.ops.cast(output, "float32")) - expected)
    assert (error <= bound * np.abs(expected) + 1e-5).all()


@both_layouts
@pytest.mark.parametrize("length", [0, 1])
def test_short_lengths(length, layout):
    x = vectors(2, 3, length, 4)
    y = ops.rotary_embedding(x, np.arange(length), layout=layout)
    assert tuple(y.shape) == (2, 3, length, 4)


def test_refuses_an_odd_width():
    with pytest.raises(ValueError, match="must be even. Received: K=5"):
        ops.rotary_embedding(vectors(3, 5), np.arange(3))


def test_refuses_an_unknown_layout():
    with pytest.raises(ValueError, match="Did you mean 'concatenated'"):
        ops.rotary_embedding(vectors(3, 4), np.arange(3), layout="concatenate")
