import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_attn import ops
from keras_attn.ops.pooling import blank_padding, hop_weights, pool_hops

NAN, INF = np.nan, np.inf
POOLS = {
    "mean": ops.masked_mean,
    "max": ops.masked_max,
    "first": ops.first_token,
}
every_pool = pytest.mark.parametrize("name", POOLS)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def reference(name, x, mask):
    """Sentence by sentence in float64: the real tokens, then NumPy."""
    rows = []
    for tokens, real in zip(np.float64(x), mask, strict=True):
        tokens = tokens[real]
        if len(tokens) == 0:
            rows.append(np.zeros(x.shape[-1]))
        elif name == "mean":
            rows.append(tokens.mean(axis=0))
        elif name == "max":
            rows.append(tokens.max(axis=0))
        else:
            rows.append(tokens[0])
    return np.stack(rows)


def tokens(shape, seed):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@st.composite
def sentences(draw):
    """Token vectors (B, T, D), and any mask at all of (B, T)."""
    # Few shapes: JAX compiles each anew.
    batch, length = draw(st.sampled_from([(2, 0), (3, 1), (2, 5)]))
    bits = draw(
        st.lists(
            st.booleans(), min_size=batch * length, max_size=batch * length
        )
    )
    seed = draw(st.integers(0, 99))
    x = tokens((batch, length, 5), seed)
    return x, np.array(bits, bool).reshape(batch, length)


@every_pool
@given(sentence=sentences())
def test_equals_the_reference(name, sentence):
    x, mask = sentence
    np.testing.assert_allclose(
        array(POOLS[name](x, mask)), reference(name, x, mask), atol=1e-6
    )
    everywhere = np.ones_like(mask)
    np.testing.assert_allclose(
        array(POOLS[name](x)), reference(name, x, everywhere), atol=1e-6
    )


@pytest.mark.parametrize(
    "name, expected",
    [("mean", [2.0, 15.0]), ("max", [3.0, 20.0]), ("first", [1.0, 20.0])],
)
def test_of_the_real_tokens_only(name, expected):
    x = np.array([[[7, 99], [1, 20], [99, 0], [3, 10]]], "float32")
    mask = np.array([[False, True, False, True]])
    assert array(POOLS[name](x, mask)).tolist() == [expected]


def test_the_largest_may_be_negative():
    x = np.array([[[-3.0], [-1.0], [0.0]]], "float32")
    mask = np.array([[True, True, False]])
    assert array(ops.masked_max(x, mask)).tolist() == [[-1.0]]


@every_pool
def test_no_real_token_gives_zero(name):
    x = np.ones((1, 3, 2), "float32")
    nothing = np.zeros((1, 3), bool)
    assert array(POOLS[name](x, nothing)).tolist() == [[0.0, 0.0]]
    assert array(POOLS[name](x[:, :0], nothing[:, :0])).tolist() == [[0, 0]]
    assert array(POOLS[name](x[:, :0])).tolist() == [[0.0, 0.0]]


@every_pool
def test_what_stands_at_a_pad_token_stays_out(name):
    x = np.array([[[NAN], [2.0], [NAN], [INF], [-INF]]], "float32")
    mask = np.array([[False, True, False, False, False]])
    assert array(POOLS[name](x, mask)).tolist() == [[2.0]]


def test_a_real_nan_is_not_hidden():
    x = np.array([[[NAN], [2.0]]], "float32")
    assert np.isnan(array(ops.masked_max(x, np.ones((1, 2), bool)))).all()


def test_blank_padding():
    x = np.array([[[NAN, 1.0], [2.0, 3.0]]], "float32")
    blank = array(blank_padding(x, np.array([[False, True]])))
    assert blank.tolist() == [[[0.0, 0.0], [2.0, 3.0]]]
    assert array(blank_padding(x[:, 1:])).tolist() == [[[2.0, 3.0]]]


@every_pool
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_the_dtype_stays(name, dtype):
    x = keras.ops.cast(tokens((2, 3, 5), seed=0), dtype)
    mask = np.array([[True, False, True], [False, True, True]])
    output = POOLS[name](x, mask)
    assert keras.backend.standardize_dtype(output.dtype) == dtype
    exact = reference(name, array(keras.ops.cast(x, "float32")), mask)
    np.testing.assert_allclose(
        array(keras.ops.cast(output, "float32")), exact, rtol=2**-8
    )


def test_long_sums_in_half_precision_do_not_stop_growing():
    x = keras.ops.cast(np.ones((1, 5000, 1)), "bfloat16")
    assert float(ops.masked_mean(x)[0, 0]) == 1.0


def test_hop_weights_are_a_softmax_over_the_real_tokens():
    scores = np.log([[[1.0, 5.0], [3.0, 5.0], [9.0, 9.0]]])
    weights = array(hop_weights(scores, np.array([[True, True, False]])))
    expected = [[[[0.25, 0.75, 0.0]], [[0.5, 0.5, 0.0]]]]
    np.testing.assert_allclose(weights, expected, atol=1e-6)
    everywhere = array(hop_weights(scores))
    np.testing.assert_allclose(everywhere.sum(-1), [[[1.0], [1.0]]], atol=1e-6)
    nothing = hop_weights(scores, np.zeros((1, 3), bool))
    assert (array(nothing) == 0).all()


def test_hops_stand_one_after_the_other():
    weights = np.array([[[[1.0, 0.0]], [[0.5, 0.5]], [[0.0, 1.0]]]], "float32")
    x = np.array([[[2.0, 4.0], [6.0, 8.0]]], "float32")
    assert array(pool_hops(weights, x)).tolist() == [[2, 4, 4, 6, 6, 8]]


@every_pool
@pytest.mark.parametrize(
    "mask, received",
    [
        (np.ones((2, 4), bool), r"\(2, 3\). Received: .*shape=\(2, 4\)"),
        (np.ones((2, 1), bool), r"\(2, 3\). Received: .*shape=\(2, 1\)"),
        (np.ones(3, bool), r"Received: shape=\(3,\)"),
        (np.ones((2, 3, 1), bool), r"shape=\(2, 3, 1\)"),
    ],
)
def test_refuses_a_mask_that_is_none(name, mask, received):
    with pytest.raises(ValueError, match=f"True at real tokens.*{received}"):
        POOLS[name](np.ones((2, 3, 5), "float32"), mask)
