import keras
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from keras_attn import ops
from tests.backend import gradients


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def float64_weights(scores, mask):
    scores = np.where(mask, scores.astype(np.float64), -np.inf)
    highest = scores.max(-1, keepdims=True)
    powers = np.exp(scores - np.where(np.isfinite(highest), highest, 0.0))
    total = powers.sum(-1, keepdims=True)
    return np.divide(powers, total, where=total > 0, out=np.zeros_like(powers))


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


def test_one_key_gets_all_the_weight():
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


def test_scaled_dot_scores_by_hand():
    query = np.array([[[[1.0, 2.0, 3.0, 4.0]]]], "float32")
    key = np.array([[[[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 2.0]]]], "float32")
    scores = array(ops.scaled_dot_scores(query, key))
    assert scores[0, 0].tolist() == [[5.0, 4.0]]


def test_heads_split_and_merge():
    x = np.arange(2 * 3 * 10, dtype="float32").reshape(2, 3, 10)
    heads = array(ops.split_heads(x, 5))
    assert heads.shape == (2, 5, 3, 2)
    assert heads[1, 4, 2].tolist() == x[1, 2, 8:].tolist()
    assert (array(ops.merge_heads(heads)) == x).all()
