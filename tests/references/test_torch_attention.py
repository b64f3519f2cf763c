"""PyTorch's attention, with the same weights, gives the same as ours."""

from functools import partial

import keras
import numpy as np
import pytest

from keras_attn import layers, ops
from keras_attn.layers.scores import get_score
from keras_attn.ops.attention import attend
from tests.references.of_torch import (
    BATCH,
    HEADS,
    KEYS,
    QUERIES,
    WIDTH,
    array,
    not_allowed,
    of_attention,
    padding,
    same,
    same_gradients,
    torch,
    value_of,
    vectors,
    with_random_weights,
)

# PAD tokens stand between others, or a causal mask would hide them as well.
MASK = np.arange(KEYS) != np.array([[3], [1]])
# A query may always attend to its own place and to the last one: PyTorch may
# say NaN of one without a key.
PAIRS = np.random.default_rng(5).random((BATCH, QUERIES, KEYS)) < 0.4
PAIRS |= np.eye(QUERIES, KEYS, dtype=bool)
PAIRS |= np.eye(QUERIES, KEYS, -1, dtype=bool)
MASKS = {
    "no mask": {},
    "values": {"value_mask": MASK},
    "(T, S)": {"attention_mask": PAIRS[0]},
    "(B, T, S)": {"attention_mask": PAIRS},
    "both": {"value_mask": MASK, "attention_mask": PAIRS},
}


@pytest.mark.parametrize("masks", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("widths", [(WIDTH, WIDTH), (13, 17)])
def test_cross_attention(widths, causal, masks):
    """Twice: PyTorch joins projections where all widths are the same."""
    inputs = [
        vectors(QUERIES),
        vectors(KEYS, widths[0], seed=1),
        vectors(KEYS, widths[1], seed=2),
    ]
    theirs = with_random_weights(
        torch.nn.MultiheadAttention(
            WIDTH, HEADS, vdim=widths[0], kdim=widths[1], batch_first=True
        )
    )
    ours = layers.MultiHeadAttention(HEADS, causal=causal)
    ours.build(*(x.shape for x in inputs))
    ours.set_weights(of_attention(theirs))
    allowed = masks.get("attention_mask")
    if causal:
        past = np.tri(QUERIES, KEYS, dtype=bool)
        allowed = past if allowed is None else past & allowed
    options = {
        "key_padding_mask": padding(masks.get("value_mask")),
        "attn_mask": not_allowed(allowed),
    }
    query, value, key = (torch.tensor(x, requires_grad=True) for x in inputs)

    fused, _ = theirs(query, key, value, **options, need_weights=False)
    expected, scores = theirs(
        query, key, value, **options, average_attn_weights=False
    )
    y, w = ours(*inputs, **masks, return_attention_scores=True)
    same(w, scores)
    for output in (y, ours(*inputs, **masks)):
        same(output, expected)
        same(output, fused)
    if causal or masks:
        free = layers.MultiHeadAttention(HEADS)
        free.build(*(x.shape for x in inputs))
        free.set_weights(ours.get_weights())
        assert np.abs(array(free(*inputs)) - array(y)).max() > 1e-2
    same_gradients(
        ours,
        inputs,
        masks,
        (query, value, key),
        expected,
        partial(of_attention, theirs),
        real=True,
    )


def test_queries_that_may_attend_to_nothing():
    """PyTorch may say NaN; ours 0, before the bias of the output."""
    theirs = with_random_weights(
        torch.nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
    )
    ours = layers.MultiHeadSelfAttention(HEADS)
    x, allowed = vectors(KEYS), np.ones((BATCH, KEYS, KEYS), bool)
    ours.build(x.shape)
    ours.set_weights(of_attention(theirs))
    allowed[0, 1] = allowed[1, 3:] = False
    some = allowed.any(-1)
    tensor = torch.tensor(x)
    expected, _ = theirs(tensor, tensor, tensor, attn_mask=not_allowed(allowed))
    y = array(ours(x, attention_mask=allowed))
    same(y[some], expected[torch.tensor(some)])
    assert (y[~some] == value_of(theirs.out_proj.bias)).all()


@pytest.mark.parametrize("allowed", ["everywhere", "pairs", "causal"])
@pytest.mark.parametrize("score", ["scaled_dot", "dot"])
def test_scaled_dot_product_attention(score, allowed):
    """The formula alone, without projections."""
    rng = np.random.default_rng(0)
    query = rng.normal(size=(BATCH, HEADS, QUERIES, 11)).astype("float32")
    key = rng.normal(size=(BATCH, HEADS, KEYS, 11)).astype("float32")
    value = rng.normal(size=(BATCH, HEADS, KEYS, 13)).astype("float32")
    mask = PAIRS[:, None] if allowed == "pairs" else None
    expected = torch.nn.functional.scaled_dot_product_attention(
        *map(torch.tensor, (query, key, value)),
        attn_mask=None if mask is None else torch.tensor(mask),
        is_causal=allowed == "causal",
        scale=1.0 if score == "dot" else None,
    )
    if allowed == "causal":
        steps = keras.ops.arange(QUERIES), keras.ops.arange(KEYS)
        mask = ops.distance_mask(*steps, causal=True)
    if score == "scaled_dot":
        same(ops.attention(query, key, value, mask), expected)
    scores = get_score(score)(query, key)
    same(attend(ops.attention_weights(scores, mask), value), expected)
