"""Arguments and inputs that blocks refuse, in words that say why."""

import keras
import pytest

from keras_attn import layers
from tests.layers.blocks.samples import (
    LENGTH,
    MEMORY,
    decoder,
    encoder,
    feed_forward,
    vectors,
)


@pytest.mark.parametrize("make", [encoder, decoder])
@pytest.mark.parametrize(
    "options, message",
    [
        ({"epsilon": -1}, "`epsilon` must be .* above 0. .*epsilon=-1"),
        ({"epsilon": "small"}, "epsilon='small'"),
        ({"epsilon": float("nan")}, "epsilon=nan"),
        ({"norm_first": "yes"}, "`norm_first` must be True or .*='yes'"),
    ],
)
def test_refuses_options_out_of_range(make, options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


def own(**options):
    return layers.MultiHeadSelfAttention(num_heads=3, **options)


def cross():
    return layers.MultiHeadAttention(num_heads=3)


@pytest.mark.parametrize(
    "make, message",
    [
        (
            lambda: layers.EncoderBlock("scaled_dot", "relu"),
            "`attention` must be a Keras layer .*MultiHeadSelfAttention`. "
            "Received: attention='scaled_dot'",
        ),
        (lambda: layers.EncoderBlock(8, 32), "Received: attention=8"),
        (lambda: layers.EncoderBlock(own(), 32), "Received: feed_forward=32"),
        (
            lambda: layers.EncoderBlock(feed_forward(), own()),
            "attention=<FeedForward.*takes no `mask`, .*Use `MultiHeadSelf",
        ),
        (
            lambda: layers.EncoderBlock(cross(), feed_forward()),
            "attention=<MultiHeadAttention.*needs `query`, `value`. Use "
            "`MultiHeadSelfAttention` here",
        ),
        (
            lambda: layers.EncoderBlock(
                keras.layers.MultiHeadAttention(2, 3), feed_forward()
            ),
            "needs `query`, `value`. Use `MultiHeadSelfAttention` here",
        ),
        (
            lambda: layers.EncoderBlock(own(), cross()),
            "`feed_forward` must .*needs `query`, `value`. Use `FeedForward`",
        ),
        (
            lambda: layers.DecoderBlock(cross(), cross(), feed_forward()),
            "`self_attention` must .*Use `MultiHeadSelfAttention` here",
        ),
        (
            lambda: layers.DecoderBlock(own(), own(), feed_forward()),
            "`cross_attention` must .*takes no `query_mask`, `value_mask`. Use "
            "`MultiHeadAttention` here",
        ),
        (
            lambda: layers.DecoderBlock(
                own(), keras.layers.Dense(6), feed_forward()
            ),
            "`cross_attention` must .*takes one tensor, `inputs`. Use",
        ),
    ],
)
def test_refuses_what_does_not_fit_its_place(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "make, shape, message",
    [
        (encoder, (5, 6), r"`x` must have the shape .*\(5, 6\).*x\[None\]"),
        (encoder, (1, 2, 5, 6), r"`x` must .*\(1, 2, 5, 6\).*Merge the axes"),
        (encoder, (None, 5, None), "width of `x`.*must be known"),
    ],
)
def test_refuses_inputs_that_are_not_tokens(make, shape, message):
    with pytest.raises(ValueError, match=message):
        make()(keras.KerasTensor(shape))


def test_a_decoder_names_the_memory_it_refuses():
    x = vectors(LENGTH)
    with pytest.raises(ValueError, match=r"`memory` must .*\(7, 6\)"):
        decoder()(x, vectors(MEMORY)[0])
    with pytest.raises(ValueError, match=r"same batch size.*value \(1, 7, 6\)"):
        decoder()(x, vectors(MEMORY)[:1])
