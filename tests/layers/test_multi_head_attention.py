"""Multi-head attention against formulas, and its own arguments."""

import keras
import numpy as np
import pytest

from keras_attn.layers import MultiHeadAttention, MultiHeadSelfAttention

BATCH, QUERIES, KEYS, WIDTH = 2, 5, 7, 6


def array(x):
    return keras.ops.convert_to_numpy(x)


def vectors(length, width=WIDTH, seed=0, batch=BATCH):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(batch, length, width)).astype("float32")


def softmax(scores, allowed):
    scores = np.where(allowed, scores, -np.inf)
    largest = np.max(scores, -1, keepdims=True)
    exp = np.exp(scores - np.where(np.isfinite(largest), largest, 0))
    total = exp.sum(-1, keepdims=True)
    return np.divide(exp, total, out=np.zeros_like(exp), where=total > 0)


def expected(layer, query, value, key, allowed):
    """The formula in float64, from the layer's own weights."""
    weights = {w.path.split("/", 1)[1]: array(w) for w in layer.weights}
    weights = {name: w.astype("float64") for name, w in weights.items()}

    def heads(x, name):
        parts = np.einsum("btd,dhk->bhtk", x, weights[f"{name}/kernel"])
        parts += weights[f"{name}/bias"][:, None]
        return parts.repeat(layer.num_heads // parts.shape[1], axis=1)

    q, k, v = heads(query, "query"), heads(key, "key"), heads(value, "value")
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    w = softmax(scores, np.broadcast_to(allowed, scores.shape))
    y = np.einsum("bhtk,hkd->btd", w @ v, weights["output/kernel"])
    return y + weights["output/bias"], w


def allowed_pairs(causal, window, num_queries=QUERIES, num_keys=KEYS):
    distance = np.arange(num_keys)[None] - np.arange(num_queries)[:, None]
    allowed = np.ones_like(distance, bool)
    if causal:
        allowed &= distance <= 0
    if window:
        allowed &= np.abs(distance) < window
    return allowed


@pytest.mark.parametrize("shared", [None, 1, 3])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("window", [None, 1, 2, 11])
def test_the_formula_with_unequal_sizes(shared, causal, window):
    layer = MultiHeadAttention(
        3,
        key_dim=5,
        num_key_value_heads=shared,
        causal=causal,
        sliding_window=window,
    )
    query, value = vectors(QUERIES), vectors(KEYS, width=4, seed=1)
    key = vectors(KEYS, width=11, seed=2)
    value_mask = np.array([[True] * 7, [True] * 3 + [False] * 4])
    key_mask = np.array([[False] + [True] * 6, [True] * 7])
    pairs = np.random.default_rng(3).random((BATCH, QUERIES, KEYS)) < 0.8
    output, weights = layer(
        query,
        value,
        key,
        value_mask=value_mask,
        key_mask=key_mask,
        attention_mask=pairs,
        return_attention_scores=True,
    )
    allowed = (value_mask & key_mask)[:, None, None] & pairs[:, None]
    allowed = allowed & allowed_pairs(causal, window)
    y, w = expected(layer, query, value, key, allowed)
    np.testing.assert_allclose(array(weights), w, atol=1e-6)
    np.testing.assert_allclose(array(output), y, atol=1e-6)


def test_self_attention_is_attention_of_x_to_x():
    x, mask = vectors(QUERIES), np.array([[True] * 5, [True] * 2 + [False] * 3])
    itself = MultiHeadSelfAttention(2, causal=True)
    y, w = itself(x, mask=mask, return_attention_scores=True)
    cross = MultiHeadAttention(2, causal=True)
    cross.build(x.shape, x.shape)
    cross.set_weights(itself.get_weights())
    y2, w2 = cross(x, x, value_mask=mask, return_attention_scores=True)
    assert (array(y) == array(y2)).all() and (array(w) == array(w2)).all()


def test_the_reference_example():
    """Width 100, 5 heads, ones, valid lengths 3 and 2: design, Formulas."""
    layer = MultiHeadSelfAttention(5, dropout=0.5, use_bias=False)
    mask = np.arange(4) < np.array([[3], [2]])
    y, w = layer(
        np.ones((2, 4, 100), "float32"), mask=mask, return_attention_scores=True
    )
    assert tuple(y.shape) == (2, 4, 100)
    assert all(weight.path.endswith("kernel") for weight in layer.weights)
    rows = np.where(mask, 1 / np.array([[3], [2]]), 0)
    expected_rows = np.broadcast_to(rows[:, None, None], (2, 5, 4, 4))
    np.testing.assert_allclose(array(w), expected_rows, atol=1e-7)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("window", [None, 1, 2, 3, 4, 5, 6])
def test_a_token_changes_only_those_that_see_it(causal, window):
    layer = MultiHeadSelfAttention(2, causal=causal, sliding_window=window)
    x = vectors(QUERIES)
    expected = array(layer(x))
    for changed in range(QUERIES):
        other = x.copy()
        other[:, changed] += 1.0
        difference = np.abs(array(layer(other)) - expected).max((0, 2))
        seen = allowed_pairs(causal, window, QUERIES, QUERIES)[:, changed]
        assert (difference[~seen] == 0).all()
        assert (difference[seen] > 1e-5).all()


@pytest.mark.parametrize("seed", range(5))
def test_keys_may_come_in_any_order_without_positions(seed):
    layer = MultiHeadAttention(2)
    query, value = vectors(QUERIES), vectors(KEYS, seed=1)
    order = np.random.default_rng(seed).permutation(KEYS)
    mask = np.array([[True] * 7, [True] * 4 + [False] * 3])
    y, w = layer(query, value, value_mask=mask, return_attention_scores=True)
    y2, w2 = layer(
        query,
        value[:, order],
        value_mask=mask[:, order],
        return_attention_scores=True,
    )
    np.testing.assert_allclose(array(y), array(y2), atol=1e-6)
    np.testing.assert_allclose(array(w)[..., order], array(w2), atol=1e-6)


def test_sentences_of_a_batch_do_not_meet():
    layer = MultiHeadSelfAttention(2, position="alibi")
    x = vectors(QUERIES, batch=3)
    together = array(layer(x))
    for row in range(3):
        alone = array(layer(x[row : row + 1]))[0]
        np.testing.assert_allclose(together[row], alone, atol=1e-6)


@pytest.mark.parametrize("position", ["rotary", "relative_bias", "alibi"])
def test_positions_by_name_make_order_matter(position):
    layer = MultiHeadSelfAttention(3, position=position)
    x = vectors(QUERIES)
    layer(x)
    for weight in layer.position.weights:  # T5's table starts near zero
        weight.assign(np.random.default_rng(0).normal(size=weight.shape))
    order = [1, 0, 2, 3, 4]
    difference = array(layer(x))[:, order] - array(layer(x[:, order]))
    assert np.abs(difference).max() > 1e-3


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"num_heads": 0}, "num_heads=0"),
        ({"num_heads": 2.0}, "num_heads=2.0"),
        ({"num_heads": 2, "key_dim": -1}, "key_dim=-1"),
        ({"num_heads": 3, "num_key_value_heads": 2}, "num_key_value_heads=2"),
        ({"num_heads": 3, "num_key_value_heads": 0}, "num_key_value_heads=0"),
        ({"num_heads": 2, "sliding_window": 0}, "positive integer.*window=0"),
        ({"num_heads": 2, "sliding_window": True}, "window=True"),
        ({"num_heads": 2, "dropout": 1.0}, "`dropout` must .* below 1.*1.0"),
        ({"num_heads": 2, "dropout": -0.1}, "`dropout` must be .*-0.1"),
        ({"num_heads": 2, "dropout": "0.1"}, "`dropout` must .*dropout='0.1'"),
        ({"num_heads": 2, "dropout": None}, "`dropout` must .*dropout=None"),
        ({"num_heads": 2, "use_bias": "no"}, "`use_bias` must .*use_bias='no'"),
        ({"num_heads": 2, "causal": "yes"}, "True or False.*causal='yes'"),
        ({"num_heads": 2, "score": "scaled_dots"}, "'scaled_dot'"),
        ({"num_heads": 2, "position": "rotray"}, "'rotary'"),
        ({"num_heads": 2, "position": keras.layers.Dense(1)}, "Dense"),
    ],
)
def test_arguments_out_of_range_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        MultiHeadAttention(**arguments)


def test_a_width_that_heads_do_not_divide():
    with pytest.raises(ValueError, match="width=6, num_heads=4"):
        MultiHeadSelfAttention(4).build((None, None, 6))


@keras.saving.register_keras_serializable("tests")
class OneHeadScore(keras.layers.Layer):
    def call(self, query, key):
        return keras.ops.matmul(
            query[:, :1], keras.ops.transpose(key[:, :1], (0, 1, 3, 2))
        )


def test_a_score_of_a_wrong_shape_is_refused_when_it_is_built():
    layer = MultiHeadSelfAttention(2, score=OneHeadScore())
    with pytest.raises(ValueError, match="shape.*OneHeadScore.*2 heads"):
        layer.build((None, None, 6))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"value_mask": np.ones((2, 5), bool)}, r"\(2, 1, 1, 5\)"),
        ({"value_mask": np.ones((2, 7, 1), bool)}, r"\(B, S\).*\(2, 7, 1\)"),
        ({"query_mask": np.ones((2, 4), bool)}, r"`query_mask` .*\(2, 4\)"),
        ({"attention_mask": np.ones((7, 5), bool)}, r"\(1, 1, 7, 5\)"),
        ({"attention_mask": np.ones(7, bool)}, r"shape=\(7,\)"),
        ({"attention_mask": np.ones((2, 4, 5, 7), bool)}, r"\(2, 2, 5, 7\)"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(options, message):
    layer = MultiHeadAttention(2)
    with pytest.raises(ValueError, match=message):
        layer(vectors(QUERIES), vectors(KEYS), **options)
