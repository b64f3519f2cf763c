"""PyTorch's encoder and decoder layers give the same as our blocks."""

from functools import partial

import numpy as np
import pytest

from keras_attn import layers
from tests.references.of_torch import (
    BATCH,
    HEADS,
    KEYS,
    QUERIES,
    WIDTH,
    array,
    not_allowed,
    of_decoder,
    of_encoder,
    padding,
    same,
    same_gradients,
    torch,
    vectors,
    with_random_weights,
)

HIDDEN = 19
# PAD tokens between real ones, so that a causal mask does not hide them all;
# the first is real, because PyTorch says NaN of a row without any.
X_MASK = np.array([[True, False, True, True, False], [True] * 5])
MEMORY_MASK = np.arange(KEYS) != np.array([[2], [0]])
PAST = np.tri(QUERIES, dtype=bool)
PAIRS = np.random.default_rng(5).random((BATCH, QUERIES, KEYS)) < 0.6
PAIRS[:, :, 1] = True

norm_first_or_last = pytest.mark.parametrize("norm_first", [True, False])
relu_or_gelu = pytest.mark.parametrize("activation", ["relu", "gelu"])


def of_torch(cls, activation, norm_first):
    options = {"activation": activation, "norm_first": norm_first}
    return with_random_weights(
        cls(WIDTH, HEADS, HIDDEN, batch_first=True, **options)
    )


def each_mask_matters(block, inputs, masks, real):
    """Whether the output of real tokens would show that one was dropped."""
    output = array(block(*inputs, **masks))
    for name in masks:
        others = {k: mask for k, mask in masks.items() if k != name}
        change = array(block(*inputs, **others)) - output
        assert np.abs(change[real]).max() > 1e-2, name


@norm_first_or_last
@relu_or_gelu
@pytest.mark.parametrize(
    "masks",
    [{}, {"mask": X_MASK}, {"mask": X_MASK, "attention_mask": PAST}],
    ids=["no mask", "padding", "causal"],
)
def test_encoder_block(masks, activation, norm_first):
    x = vectors(QUERIES)
    theirs = of_torch(torch.nn.TransformerEncoderLayer, activation, norm_first)
    ours = layers.EncoderBlock(
        layers.MultiHeadSelfAttention(HEADS),
        layers.FeedForward(HIDDEN, activation),
        epsilon=1e-5,
        norm_first=norm_first,
    )
    ours.build(x.shape)
    ours.set_weights(of_encoder(theirs))
    options = {
        "src_key_padding_mask": padding(masks.get("mask")),
        "src_mask": not_allowed(masks.get("attention_mask")),
    }
    tensor = torch.tensor(x, requires_grad=True)
    expected = theirs(tensor, **options)
    with torch.no_grad():  # which takes a fused way of its own
        fused = theirs(tensor, **options)
    real = masks.get("mask", np.ones_like(X_MASK))
    y = array(ours(x, **masks))
    same(y[real], expected[torch.tensor(real)])
    same(y[real], fused[torch.tensor(real)])
    each_mask_matters(ours, [x], masks, real)
    weights = partial(of_encoder, theirs)
    same_gradients(ours, [x], masks, [tensor], expected, weights, real)


@pytest.mark.slow
@norm_first_or_last
@relu_or_gelu
@pytest.mark.parametrize("masked", [False, True])
def test_decoder_block(masked, activation, norm_first):
    inputs = [vectors(QUERIES), vectors(KEYS, seed=1)]
    theirs = of_torch(torch.nn.TransformerDecoderLayer, activation, norm_first)
    ours = layers.DecoderBlock(
        layers.MultiHeadSelfAttention(HEADS),
        layers.MultiHeadAttention(HEADS),
        layers.FeedForward(HIDDEN, activation),
        epsilon=1e-5,
        norm_first=norm_first,
    )
    ours.build(*(x.shape for x in inputs))
    ours.set_weights(of_decoder(theirs))
    masks, options, real = {}, {}, np.ones_like(X_MASK)
    if masked:
        masks = {
            "x_mask": X_MASK,
            "memory_mask": MEMORY_MASK,
            "attention_mask": PAST,
            "cross_attention_mask": PAIRS,
        }
        options = {
            "tgt_key_padding_mask": padding(X_MASK),
            "memory_key_padding_mask": padding(MEMORY_MASK),
            "tgt_mask": not_allowed(PAST),
            "memory_mask": not_allowed(PAIRS),
        }
        real = X_MASK
    tensors = [torch.tensor(x, requires_grad=True) for x in inputs]
    expected = theirs(*tensors, **options)
    y = array(ours(*inputs, **masks))
    same(y[real], expected[torch.tensor(real)])
    each_mask_matters(ours, inputs, masks, real)
    weights = partial(of_decoder, theirs)
    same_gradients(ours, inputs, masks, tensors, expected, weights, real)
