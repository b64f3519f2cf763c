import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_attn import ops

BATCH, HEADS, QUERIES, KEYS, WIDTH, UNITS = 2, 3, 5, 7, 11, 13
SCALE = np.array([0.5, 2.0, 30.0])

seeds = st.integers(0, 10_000)


def array(tensor):
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))


def heads(seed=0, queries=QUERIES, keys=KEYS):
    rng = np.random.default_rng(seed)
    shapes = [(BATCH, HEADS, n, WIDTH) for n in (queries, keys)]
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


def kernels(seed=1):
    """Of the additive score: Wq, Wk, w."""
    rng = np.random.default_rng(seed)
    shapes = [(HEADS, WIDTH, UNITS)] * 2 + [(HEADS, UNITS)]
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


def matrices(seed=1):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(HEADS, WIDTH, WIDTH)).astype("float32")


FUNCTIONS = {
    "dot": ops.dot_scores,
    "scaled_dot": ops.scaled_dot_scores,
    "cosine": lambda q, k: ops.cosine_scores(q, k, SCALE),
    "bilinear": lambda q, k: ops.bilinear_scores(q, k, matrices()),
    "additive": lambda q, k: ops.additive_scores(q, k, *kernels()),
}


def one_pair(name, head, q, k):
    """The formula of one query and one key, in float64."""
    q, k = q.astype(np.float64), k.astype(np.float64)
    if name == "dot":
        return sum(q * k)
    if name == "scaled_dot":
        return sum(q * k) / np.sqrt(WIDTH)
    if name == "cosine":
        return SCALE[head] * sum(q * k) / np.sqrt(sum(q * q) * sum(k * k))
    if name == "bilinear":
        return q @ matrices()[head].astype(np.float64) @ k
    query_kernel, key_kernel, vector = (
        x[head].astype(np.float64) for x in kernels()
    )
    return vector @ np.tanh(q @ query_kernel + k @ key_kernel)


every_score = pytest.mark.parametrize("name", FUNCTIONS)


@every_score
def test_scores_follow_the_formula_in_float64(name):
    query, key = heads()
    expected = np.empty((BATCH, HEADS, QUERIES, KEYS))
    for b, h, t, s in np.ndindex(expected.shape):
        expected[b, h, t, s] = one_pair(name, h, query[b, h, t], key[b, h, s])
    scores = array(FUNCTIONS[name](query, key))
    bound = 1e-6 * np.abs(expected).max() * 2
    np.testing.assert_allclose(scores, expected, atol=bound)


@every_score
@pytest.mark.parametrize("queries, keys", [(1, 1), (1, 7), (5, 1)])
def test_a_pair_scores_the_same_among_few_and_among_many(name, queries, keys):
    query, key = heads()
    expected = array(FUNCTIONS[name](query, key))[:, :, :queries, :keys]
    scores = FUNCTIONS[name](query[:, :, :queries], key[:, :, :keys])
    np.testing.assert_allclose(array(scores), expected, atol=1e-5)


@every_score
@pytest.mark.parametrize("queries, keys", [(0, 0), (0, 7), (5, 0)])
def test_no_queries_or_no_keys_give_no_scores(name, queries, keys):
    scores = FUNCTIONS[name](*heads(queries=queries, keys=keys))
    assert tuple(scores.shape) == (BATCH, HEADS, queries, keys)


@every_score
@pytest.mark.parametrize(
    "dtype, bound", [("float16", 2**-8), ("bfloat16", 2**-5)]
)
def test_half_precision_follows_float32(name, dtype, bound):
    query, key = heads()
    expected = array(FUNCTIONS[name](query, key))
    scores = FUNCTIONS[name](
        keras.ops.cast(query, dtype), keras.ops.cast(key, dtype)
    )
    assert keras.backend.standardize_dtype(scores.dtype) == dtype
    np.testing.assert_allclose(
        array(scores), expected, atol=bound * np.abs(expected).max()
    )


def test_dot_scores_by_hand():
    query = np.array([[[[1.0, 2.0, 3.0, 4.0]]]], "float32")
    key = np.array([[[[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 2.0]]]], "float32")
    assert array(ops.dot_scores(query, key)).tolist() == [[[[10.0, 8.0]]]]
    scaled = array(ops.scaled_dot_scores(query, key))
    assert scaled.tolist() == [[[[5.0, 4.0]]]]


def test_cosine_scores_by_hand():
    query = np.array([[[[3.0, 4.0]]]], "float32")
    key = np.array([[[[6.0, 8.0], [-8.0, 6.0], [-0.3, -0.4]]]], "float32")
    scores = array(ops.cosine_scores(query, key, [5.0]))
    np.testing.assert_allclose(scores, [[[[5.0, 0.0, -5.0]]]], atol=1e-6)


def test_bilinear_scores_by_hand():
    """Rows belong to the query: the kernel takes its second column alone."""
    query = np.array([[[[2.0, 3.0]]]], "float32")
    key = np.array([[[[5.0, 7.0]]]], "float32")
    kernel = np.array([[[0.0, 0.0], [1.0, 0.0]]], "float32")
    scores = array(ops.bilinear_scores(query, key, kernel))
    assert scores.tolist() == [[[[15.0]]]]


def test_additive_scores_by_hand():
    query = np.array([[[[2.0]]]], "float32")
    key = np.array([[[[3.0], [-2.0]]]], "float32")
    kernel = np.array([[[0.1, 1.0]]], "float32")
    vector = np.array([[10.0, 1.0]], "float32")
    scores = array(ops.additive_scores(query, key, kernel, kernel, vector))
    expected = [[[[10 * np.tanh(0.5) + np.tanh(5.0), 0.0]]]]
    np.testing.assert_allclose(scores, expected, atol=1e-6)


@pytest.mark.slow
@given(
    seed=seeds,
    of_query=st.sampled_from([1e-3, 0.3, 7.0, 1e4]),
    of_key=st.sampled_from([1e-3, 0.3, 7.0, 1e4]),
)
def test_a_cosine_does_not_depend_on_lengths(seed, of_query, of_key):
    query, key = heads(seed)
    expected = array(ops.cosine_scores(query, key, SCALE))
    scores = ops.cosine_scores(
        np.float32(of_query) * query, np.float32(of_key) * key, SCALE
    )
    np.testing.assert_allclose(array(scores), expected, atol=3e-5)


@given(seed=seeds)
def test_a_cosine_is_within_its_scale_and_one_with_itself(seed):
    query, _ = heads(seed)
    scores = array(ops.cosine_scores(query, query, SCALE))
    bound = SCALE[:, np.newaxis, np.newaxis] * (1 + 1e-6)
    assert (np.abs(scores) <= bound).all()
    itself = np.diagonal(scores, axis1=2, axis2=3)
    np.testing.assert_allclose(
        itself, np.broadcast_to(SCALE[:, np.newaxis], itself.shape), rtol=1e-6
    )


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_cosine_of_long_vectors_in_half_precision(dtype):
    """Whose squares float16 cannot hold, nor their dot product."""
    query = keras.ops.cast(np.full((1, 1, 1, WIDTH), 30_000.0), dtype)
    key = keras.ops.cast(np.full((1, 1, 1, WIDTH), -60_000.0), dtype)
    score = array(ops.cosine_scores(query, key, [10.0])).item()
    assert score == pytest.approx(-10.0, rel=0.01)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_a_cosine_with_the_zero_vector_is_zero(dtype):
    query, key = (keras.ops.cast(x, dtype) for x in heads())
    nothing = keras.ops.zeros_like(query)
    assert (array(ops.cosine_scores(nothing, key, SCALE)) == 0).all()
    nothing = keras.ops.zeros_like(key)
    assert (array(ops.cosine_scores(query, nothing, SCALE)) == 0).all()


@given(seed=seeds)
def test_scaled_is_dot_over_the_root_of_the_width(seed):
    query, key = heads(seed)
    np.testing.assert_allclose(
        array(ops.scaled_dot_scores(query, key)),
        array(ops.dot_scores(query, key)) / np.sqrt(WIDTH),
        atol=1e-5,
    )


def test_a_scaled_dot_product_holds_where_the_dot_product_overflows():
    query = keras.ops.cast(np.full((1, 1, 1, 1024), 40.0), "float16")
    score = array(ops.scaled_dot_scores(query, query)).item()
    assert score == pytest.approx(40 * 40 * 32, rel=1e-3)  # of 1,638,400


@given(seed=seeds)
def test_a_bilinear_form_of_the_identity_is_the_dot_product(seed):
    query, key = heads(seed)
    identity = np.broadcast_to(np.eye(WIDTH, dtype="float32"), (HEADS, 11, 11))
    np.testing.assert_allclose(
        array(ops.bilinear_scores(query, key, identity)),
        array(ops.dot_scores(query, key)),
        atol=1e-5,
    )


@given(seed=seeds)
def test_a_bilinear_form_turned_round(seed):
    query, key = heads(seed)
    kernel = matrices(seed)
    there = array(ops.bilinear_scores(query, key, kernel))
    back = ops.bilinear_scores(key, query, np.swapaxes(kernel, 1, 2))
    np.testing.assert_allclose(np.swapaxes(array(back), 2, 3), there, atol=1e-4)


@given(seed=seeds)
def test_additive_scores_with_queries_and_keys_in_each_others_place(seed):
    query, key = heads(seed)
    query_kernel, key_kernel, vector = kernels(seed)
    there = ops.additive_scores(query, key, query_kernel, key_kernel, vector)
    back = ops.additive_scores(key, query, key_kernel, query_kernel, vector)
    np.testing.assert_allclose(
        np.swapaxes(array(back), 2, 3), array(there), atol=1e-5
    )


@given(seed=seeds, size=st.sampled_from([1.0, 1e4]))
def test_additive_scores_are_bounded_by_their_vector(seed, size):
    query, key = heads(seed)
    scores = ops.additive_scores(np.float32(size) * query, key, *kernels())
    bound = np.abs(kernels()[2]).sum(-1)[:, np.newaxis, np.newaxis]
    assert (np.abs(array(scores)) <= bound * (1 + 1e-6)).all()


@every_score
def test_heads_do_not_see_each_other(name):
    query, key = heads()
    expected = array(FUNCTIONS[name](query, key))
    query[:, 1] = 9.0
    key[:, 1] = -9.0
    scores = array(FUNCTIONS[name](query, key))
    assert np.abs(scores - expected)[:, 1].min() > 1e-3
    np.testing.assert_array_equal(scores[:, [0, 2]], expected[:, [0, 2]])
