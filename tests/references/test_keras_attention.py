"""Keras's own attention, with the same weights, gives the same as ours."""

import inspect

import keras
import numpy as np
import pytest

from keras_attn import layers
from keras_attn.ops.attention import attend, attention_weights
from tests.backend import gradients

BATCH, QUERIES, KEYS = 2, 5, 7
HEADS, KEY_DIM = 6, 3
QUERY_WIDTH, VALUE_WIDTH, KEY_WIDTH = 11, 13, 17

HAS_WINDOW = all(
    "sliding_window" in inspect.signature(layer).parameters
    for layer in (
        keras.layers.MultiHeadAttention,
        keras.layers.GroupQueryAttention,
    )
)


def needs_window(*values):
    """A row that is skipped where Keras has no `sliding_window`."""
    marks = pytest.mark.skipif(
        not HAS_WINDOW, reason="this Keras has no sliding_window"
    )
    return pytest.param(*values, marks=marks)


windows = pytest.mark.parametrize("window", [None, needs_window(3)])


def _pairs(*shape):
    """Some allowed pairs, always those of a query with its place and the last.

    So every query has a key, whatever other masks come on top.
    """
    allowed = np.random.default_rng(5).random(shape) < 0.4
    distance = np.arange(KEYS) - np.arange(QUERIES)[:, None]
    return allowed | (distance == 0) | (distance == -1)


# PAD tokens stand between others, or a causal mask would hide them as well.
VALUE_MASK = np.arange(KEYS) != np.array([[3], [1]])
KEY_MASK = np.arange(KEYS) != np.array([[1], [3]])
MASKS = {
    "no mask": {},
    "values": {"value_mask": VALUE_MASK},
    "keys": {"key_mask": KEY_MASK},
    "(T, S)": {"attention_mask": _pairs(QUERIES, KEYS)},
    "(B, T, S)": {"attention_mask": _pairs(BATCH, QUERIES, KEYS)},
    "(B, H, T, S)": {"attention_mask": _pairs(BATCH, HEADS, QUERIES, KEYS)},
    "all": {
        "value_mask": VALUE_MASK,
        "key_mask": KEY_MASK,
        "attention_mask": _pairs(BATCH, QUERIES, KEYS),
    },
}
every_mask = pytest.mark.parametrize("masks", MASKS.values(), ids=MASKS)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def vectors(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def queries_values_keys():
    return [
        vectors(BATCH, QUERIES, QUERY_WIDTH),
        vectors(BATCH, KEYS, VALUE_WIDTH, seed=1),
        vectors(BATCH, KEYS, KEY_WIDTH, seed=2),
    ]


def with_random_weights(layer, *shapes):
    """Biases too, which start at zero and would hide a difference."""
    layer.build(*shapes)
    rng = np.random.default_rng(4)
    layer.set_weights(
        [rng.normal(scale=0.25, size=w.shape) for w in layer.weights]
    )
    return layer


def copy_weights(source, target):
    """The heads of Keras's kernels have an axis of their own; ours have not."""
    pairs = zip(source.get_weights(), target.weights, strict=True)
    target.set_weights([array.reshape(w.shape) for array, w in pairs])


def of_keras(shared=None, window=None):
    """Keras's layer, with key and value heads of its own or shared ones."""
    options = {} if window is None else {"sliding_window": window}
    if shared is None:
        return keras.layers.MultiHeadAttention(HEADS, KEY_DIM, **options)
    return keras.layers.GroupQueryAttention(KEY_DIM, HEADS, shared, **options)


def same(actual, expected):
    np.testing.assert_allclose(array(actual), array(expected), atol=1e-6)


# Every mask with half of the combinations, in which every two of the three
# options meet.
@every_mask
@pytest.mark.parametrize(
    "shared, causal, window",
    [
        (None, False, None),
        (2, True, None),
        needs_window(None, True, 3),
        needs_window(2, False, 3),
    ],
)
def test_cross_attention(shared, causal, window, masks):
    inputs = queries_values_keys()
    shapes = [x.shape for x in inputs]
    theirs = with_random_weights(of_keras(shared, window), *shapes)
    options = {"key_dim": KEY_DIM, "num_key_value_heads": shared}
    ours = layers.MultiHeadAttention(
        HEADS, **options, causal=causal, sliding_window=window
    )
    ours.build(*shapes)
    copy_weights(theirs, ours)
    of_theirs = masks | {"use_causal_mask": causal}

    # Keras has a second way, without scores; ours has one.
    expected = theirs(*inputs, **of_theirs)
    same(ours(*inputs, **masks), expected)
    _, scores = theirs(*inputs, **of_theirs, return_attention_scores=True)
    y, w = ours(*inputs, **masks, return_attention_scores=True)
    same(y, expected)
    same(w, scores)

    if causal or window or masks:
        free = layers.MultiHeadAttention(HEADS, **options)
        free.build(*shapes)
        copy_weights(ours, free)
        assert np.abs(array(free(*inputs)) - array(y)).max() > 1e-2


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("shared", [None, 2])
def test_gradients_of_inputs_and_weights(shared, restricted):
    inputs, masks = queries_values_keys(), MASKS["all"] if restricted else {}
    shapes = [x.shape for x in inputs]
    theirs = with_random_weights(of_keras(shared), *shapes)
    ours = layers.MultiHeadAttention(
        HEADS, key_dim=KEY_DIM, num_key_value_heads=shared, causal=restricted
    )
    ours.build(*shapes)
    copy_weights(theirs, ours)
    for actual, expected in zip(
        of_a_loss(ours, inputs, masks),
        of_a_loss(theirs, inputs, masks | {"use_causal_mask": restricted}),
        strict=True,
    ):
        expected = expected.reshape(actual.shape)
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)


def of_a_loss(layer, inputs, options):
    """Its gradients: those of the inputs, then those of the weights."""

    def loss(call, *inputs):
        return keras.ops.sum(keras.ops.sin(call(*inputs, **options)))

    return gradients(layer, inputs, loss)


def test_each_mask_alone_makes_a_difference():
    """So that none of them could be dropped beside the others."""
    inputs = queries_values_keys()
    layer = with_random_weights(
        layers.MultiHeadAttention(HEADS, key_dim=KEY_DIM),
        *(x.shape for x in inputs),
    )
    together = array(layer(*inputs, **MASKS["all"]))
    for name in MASKS["all"]:
        others = {k: mask for k, mask in MASKS["all"].items() if k != name}
        assert np.abs(array(layer(*inputs, **others)) - together).max() > 1e-2


@windows
@pytest.mark.parametrize("causal", [False, True])
def test_self_attention_to_a_padded_sentence(causal, window):
    """Masks come with the tensors, those of queries too.

    A PAD query attends to nothing in Keras, and in ours as a real one does:
    nobody reads it, and a mean over nothing is then no special case.
    """
    x = vectors(BATCH, KEYS, QUERY_WIDTH)
    real = VALUE_MASK
    x[~real] = 9.0
    masking = keras.layers.Masking(mask_value=9.0)
    theirs = with_random_weights(of_keras(window=window), x.shape, x.shape)
    ours = layers.MultiHeadSelfAttention(
        HEADS, key_dim=KEY_DIM, causal=causal, sliding_window=window
    )
    ours.build(x.shape)
    copy_weights(theirs, ours)
    tokens = masking(x)
    expected, scores = theirs(
        tokens, tokens, use_causal_mask=causal, return_attention_scores=True
    )
    y, w = ours(masking(x), return_attention_scores=True)
    same(array(y)[real], array(expected)[real])
    rows = np.moveaxis(array(w), 1, 2)[real]
    same(rows, np.moveaxis(array(scores), 1, 2)[real])
    to_pad = np.moveaxis(array(w), 3, 1)[~real]
    assert (to_pad == 0).all()
    assert (array(y._keras_mask) == real).all()
    unmasked = array(ours(array(masking(x))))
    assert np.abs(unmasked - array(y))[real].max() > 1e-2


@pytest.mark.parametrize("shared", [None, 2])
def test_queries_that_may_attend_to_nothing(shared):
    """Keras gives them the mean of all values, or 0 if asked for scores: D7.

    Ours gives 0 before the bias of the output, asked or not; all other
    queries are as in Keras.
    """
    inputs = queries_values_keys()
    shapes = [x.shape for x in inputs]
    theirs = with_random_weights(of_keras(shared), *shapes)
    ours = layers.MultiHeadAttention(
        HEADS, key_dim=KEY_DIM, num_key_value_heads=shared
    )
    ours.build(*shapes)
    copy_weights(theirs, ours)
    allowed = _pairs(BATCH, QUERIES, KEYS)
    allowed[0, 1] = allowed[1, 3:] = False
    some = allowed.any(-1)
    expected, scores = theirs(
        *inputs, attention_mask=allowed, return_attention_scores=True
    )
    asked, w = ours(
        *inputs, attention_mask=allowed, return_attention_scores=True
    )
    bias = ours.get_weights()[-1]
    for y in (asked, ours(*inputs, attention_mask=allowed)):
        same(array(y)[some], array(expected)[some])
        assert (array(y)[~some] == bias).all()
    weights = np.moveaxis(array(w), 1, 2)  # (B, T, H, S)
    same(weights[some], np.moveaxis(array(scores), 1, 2)[some])
    assert (weights[~some] == 0).all()


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("mask", [None, VALUE_MASK], ids=["free", "masked"])
@pytest.mark.parametrize("score", ["dot", "additive"])
def test_scores_of_the_layers_with_one_head(score, mask, causal):
    """`Attention` and `AdditiveAttention`, which have no projections."""
    query = vectors(BATCH, QUERIES, QUERY_WIDTH)
    key = vectors(BATCH, KEYS, QUERY_WIDTH, seed=1)
    value = vectors(BATCH, KEYS, VALUE_WIDTH, seed=2)
    inputs, masks = [query, value, key], [None, mask]
    one = np.eye(QUERY_WIDTH, dtype="float32")[None]
    if score == "dot":
        theirs, ours = keras.layers.Attention(), layers.DotProductScore()
    else:
        theirs, ours = keras.layers.AdditiveAttention(), layers.AdditiveScore()
    theirs.build([x.shape for x in inputs])
    query, key = query[:, None], key[:, None]
    ours.build(query.shape, key.shape)
    if score == "additive":
        scale = vectors(QUERY_WIDTH, seed=3)
        theirs.set_weights([scale])
        ours.set_weights([one, one, scale[None]])
    expected, scores = theirs(
        inputs,
        mask=masks,
        use_causal_mask=causal,
        return_attention_scores=True,
    )
    allowed = np.tri(QUERIES, KEYS, dtype=bool) if causal else True
    if mask is not None:
        allowed = allowed & mask[:, None, None]
    allowed = np.broadcast_to(allowed, (BATCH, 1, QUERIES, KEYS))
    weights = attention_weights(ours(query, key), allowed)
    same(array(weights)[:, 0], scores)
    same(array(attend(weights, value[:, None]))[:, 0], expected)
