"""Encoder and decoder blocks, beyond the contract that all layers share."""

import keras
import numpy as np
import pytest

from keras_attn import layers
from tests.layers.blocks.samples import (
    BATCH,
    LENGTH,
    MEMORY,
    WIDTH,
    array,
    decoder,
    encoder,
    feed_forward,
    norm_first_or_last,
    vectors,
)


def shuffled_norms(block, *inputs):
    """Calls a block once, and gives its normalizations weights of their own."""
    block(*inputs)
    rng = np.random.default_rng(3)
    for weight in block.weights:
        if weight.path.endswith(("gamma", "beta")):
            weight.assign(rng.normal(size=weight.shape))


def layer_norm(x, norm, epsilon):
    """Ba et al., 2016, in float64."""
    x = np.float64(x)
    gamma, beta = map(np.float64, norm)
    mean = x.mean(axis=-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta


def composed(block, x, sublayers, norm_first):
    """The formula of the class, with the block's own sublayers."""
    weights = {w.path.removeprefix(f"{block.name}/"): w for w in block.weights}
    for name, sublayer in sublayers:
        norm = [array(weights[f"{name}_norm/{w}"]) for w in ("gamma", "beta")]
        if norm_first:
            read = layer_norm(x, norm, block.epsilon).astype("float32")
            x = x + array(sublayer(read))
        else:
            added = array(sublayer(np.float32(x)))
            x = layer_norm(x + added, norm, block.epsilon)
    return x


@norm_first_or_last
def test_encoder_is_the_composition_of_its_sublayers(norm_first):
    block = encoder(norm_first, epsilon=0.1)
    x, mask = vectors(LENGTH), np.array([[1] * 5, [1, 1, 1, 0, 0]], bool)
    shuffled_norms(block, x)
    expected = composed(
        block,
        x,
        [
            ("attention", lambda x: block.attention(x, mask=mask)),
            ("feed_forward", block.feed_forward),
        ],
        norm_first,
    )
    np.testing.assert_allclose(array(block(x, mask=mask)), expected, atol=1e-5)


@norm_first_or_last
def test_decoder_is_the_composition_of_its_sublayers(norm_first):
    block = decoder(norm_first, epsilon=0.1)
    x, memory = vectors(LENGTH), vectors(MEMORY, seed=1)
    memory_mask = np.arange(MEMORY) < np.array([[7], [2]])
    shuffled_norms(block, x, memory)
    expected = composed(
        block,
        x,
        [
            ("self_attention", block.self_attention),
            (
                "cross_attention",
                lambda x: block.cross_attention(
                    x, memory, value_mask=memory_mask
                ),
            ),
            ("feed_forward", block.feed_forward),
        ],
        norm_first,
    )
    output = block(x, memory, memory_mask=memory_mask)
    np.testing.assert_allclose(array(output), expected, atol=1e-5)


def test_post_norm_ends_with_a_normalization():
    """Each token has mean 0 and variance 1, as before any training."""
    y = array(encoder(norm_first=False)(vectors(LENGTH) * 100.0))
    np.testing.assert_allclose(y.mean(-1), 0.0, atol=1e-5)
    np.testing.assert_allclose(y.var(-1), 1.0, atol=1e-3)


@pytest.mark.slow
@norm_first_or_last
def test_asking_for_scores_changes_nothing(norm_first):
    x, memory = vectors(LENGTH), vectors(MEMORY, seed=1)
    nowhere = np.zeros((LENGTH, MEMORY), bool)
    for cross_attention_mask in (None, nowhere):
        options = {"cross_attention_mask": cross_attention_mask}
        block = decoder(norm_first)
        plain = block(x, memory, **options)
        asked, own, cross = block(
            x, memory, **options, return_attention_scores=True
        )
        np.testing.assert_allclose(array(plain), array(asked), atol=1e-6)
        assert own.shape == (BATCH, 3, LENGTH, LENGTH)
        assert cross.shape == (BATCH, 2, LENGTH, MEMORY)
        expected = 1.0 if cross_attention_mask is None else 0.0
        np.testing.assert_allclose(array(cross).sum(-1), expected, atol=1e-6)


@keras.saving.register_keras_serializable("tests")
class Echo(keras.layers.Layer):
    """An attention that remembers whether it was asked for scores."""

    asked = ()

    def call(self, x, mask=None, attention_mask=None, training=None, **options):
        return self._answer(x, **options)

    def _answer(self, x, return_attention_scores=False):
        self.asked = (*self.asked, return_attention_scores)
        scores = keras.ops.ones((BATCH, 1, LENGTH, LENGTH))
        return (x, scores) if return_attention_scores else x

    def compute_output_shape(self, input_shape):
        return input_shape


def test_attention_is_asked_for_scores_only_where_the_block_is():
    block = encoder(attention=Echo())
    y = block(vectors(LENGTH))
    asked, scores = block(vectors(LENGTH), return_attention_scores=True)
    assert block.attention.asked == (False, True)
    assert (array(y) == array(asked)).all() and (array(scores) == 1).all()


@pytest.mark.slow
def test_dropout_is_applied_in_training_only():
    for block, inputs in (
        (encoder(dropout=0.5), [vectors(LENGTH)]),
        (decoder(dropout=0.5), [vectors(LENGTH), vectors(MEMORY)]),
    ):
        plain = array(block(*inputs))
        assert (plain == array(block(*inputs, training=False))).all()
        assert np.abs(plain - array(block(*inputs, training=True))).max() > 0.01


def test_weights_of_a_decoder_have_the_names_of_its_parts():
    block = decoder(name="decoder")
    block.build((None, None, WIDTH), (None, None, 8))
    parts = list(dict.fromkeys(w.path.split("/")[1] for w in block.weights))
    assert parts == [
        "own",
        "cross",
        "feed_forward",
        "self_attention_norm",
        "cross_attention_norm",
        "feed_forward_norm",
    ]
    assert block.cross_attention.weights[2].shape == (8, 2, WIDTH // 2)


@pytest.mark.parametrize("make", [encoder, decoder])
@pytest.mark.parametrize("dropout", [1.0, -0.1, "much"])
def test_refuses_a_dropout_out_of_range(make, dropout):
    message = f"`dropout` must be .* below 1. Received: dropout={dropout!r}"
    with pytest.raises(ValueError, match=message):
        make(dropout=dropout)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"hidden_dim": 0}, "`hidden_dim` must be .*hidden_dim=0"),
        ({"hidden_dim": 5, "dropout": 1.5}, "`dropout` must .*dropout=1.5"),
    ],
)
def test_a_feed_forward_refuses_arguments_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        layers.FeedForward(**options)


class Narrowing(layers.MultiHeadSelfAttention):
    def compute_output_spec(self, x, **options):
        return keras.KerasTensor((*x.shape[:-1], 1))


class Widening(layers.MultiHeadAttention):
    def compute_output_spec(self, query, value, **options):
        return keras.KerasTensor((*query.shape[:-1], 8))


def test_refuses_what_the_residual_cannot_add():
    """Which sublayer it is, how wide it reads and how wide it writes."""
    x, memory = vectors(LENGTH), vectors(MEMORY)
    wide = keras.layers.Dense(8)
    attention = layers.MultiHeadSelfAttention(num_heads=3)
    with pytest.raises(
        ValueError, match=r"`feed_forward` must keep .*width 6 in.*8\) out of"
    ):
        layers.EncoderBlock(attention, wide)(x)
    with pytest.raises(ValueError, match="`attention` must keep the width"):
        layers.EncoderBlock(Narrowing(num_heads=3), feed_forward())(x)
    with pytest.raises(ValueError, match="`cross_attention` must keep"):
        layers.DecoderBlock(attention, Widening(num_heads=3), wide)(x, memory)
    with pytest.raises(ValueError, match=r"`feed_forward`.*shape \(2, 6\)"):
        layers.EncoderBlock(attention, layers.MaskedMeanPooling())(x)
