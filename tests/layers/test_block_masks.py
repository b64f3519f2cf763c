"""What the tokens of a block may see: the past, and no padding."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.layers.blocks import (
    BATCH,
    LENGTH,
    MEMORY,
    WIDTH,
    array,
    decoder,
    encoder,
    norm_first_or_last,
    vectors,
)


@norm_first_or_last
@given(data=st.data())
def test_the_future_of_a_decoder_never_changes_its_past(norm_first, data):
    block = decoder(norm_first)
    now = data.draw(st.integers(1, LENGTH - 1))
    x, memory = vectors(LENGTH), vectors(MEMORY, seed=1)
    other = x.copy()
    other[:, now:] = 9.0 * vectors(LENGTH, seed=2)[:, now:]
    change = np.abs(array(block(x, memory)) - array(block(other, memory)))
    assert change[:, :now].max() < 1e-6 and change[:, now:].max() > 1e-3


def test_causality_is_the_choice_of_the_self_attention():
    x, memory = vectors(LENGTH), vectors(MEMORY, seed=1)
    other = x.copy()
    other[:, -1] = 9.0
    free = decoder(causal=False)
    change = np.abs(array(free(x, memory)) - array(free(other, memory)))
    assert change[:, 0].max() > 1e-4
    causal = np.tri(LENGTH, dtype=bool)
    masked = array(free(x, memory, attention_mask=causal))
    twin = decoder(causal=True)
    twin(x, memory)
    twin.set_weights(free.get_weights())
    np.testing.assert_allclose(array(twin(x, memory)), masked, atol=1e-6)


@norm_first_or_last
@pytest.mark.parametrize("sides", [(0, 3), (4, 0), (2, 1)])
def test_padding_of_tokens_and_memory_changes_nothing(norm_first, sides):
    block = decoder(norm_first)
    x, memory = vectors(LENGTH), vectors(MEMORY, seed=1)
    widths = ((0, 0), sides, (0, 0))

    def padded(x):
        real = np.ones(x.shape[:2], bool)
        return np.pad(x, widths, constant_values=9.0), np.pad(real, widths[:2])

    expected = block(x, memory, return_attention_scores=True)
    (x, x_mask), (memory, memory_mask) = padded(x), padded(memory)
    masks = {"x_mask": x_mask, "memory_mask": memory_mask}
    actual = block(x, memory, **masks, return_attention_scores=True)
    np.testing.assert_allclose(
        array(actual[0])[x_mask].reshape(expected[0].shape),
        array(expected[0]),
        atol=1e-5,
    )
    for weights, keys in zip(actual[1:], masks.values(), strict=True):
        assert (array(weights)[..., ~keys[0]] == 0).all()
    for dropped in masks:
        kept = {name: m for name, m in masks.items() if name != dropped}
        if sides[0] == 0 and dropped == "x_mask":
            continue  # PAD tokens are in the future of all others
        change = array(block(x, memory, **kept)) - array(actual[0])
        assert np.abs(change[x_mask]).max() > 1e-3, dropped


def test_a_decoder_finds_the_masks_of_embeddings():
    """Keras fills `x_mask` and `memory_mask`, eagerly and in a model."""
    tokens = keras.layers.Embedding(11, WIDTH, mask_zero=True)
    words = keras.layers.Embedding(13, WIDTH, mask_zero=True)
    block = decoder()
    ids = np.array([[0, 3, 9, 4, 0], [0, 0, 4, 7, 2]])
    memory_ids = np.array([[5, 1, 12, 0, 0, 0, 0], [8, 3, 3, 6, 2, 1, 0]])
    output = block(tokens(ids), words(memory_ids))
    x, memory = array(tokens(ids)), array(words(memory_ids))
    masks = {"x_mask": ids > 0, "memory_mask": memory_ids > 0}
    expected = array(block(x, memory, **masks))
    assert (array(output) == expected).all()
    assert (array(output._keras_mask) == (ids > 0)).all()

    inputs = [keras.Input((None,)), keras.Input((None,))]
    symbolic = block(tokens(inputs[0]), words(inputs[1]))
    assert symbolic._keras_mask is not None
    model = keras.Model(inputs, symbolic)
    np.testing.assert_allclose(
        array(model([ids, memory_ids])), expected, atol=1e-6
    )
    for name in masks:
        other = array(block(x, memory, **{name: masks[name]}))
        assert np.abs(other - expected)[ids > 0].max() > 1e-4


def test_an_encoder_keeps_the_padding_mask_beside_an_attention_mask():
    """Keras fills `mask` only where there is no other tensor."""
    tokens = keras.layers.Embedding(11, WIDTH, mask_zero=True)
    ids = np.array([[3, 9, 4, 0, 0], [0, 0, 4, 7, 2]])
    block = encoder()
    allowed = np.ones((LENGTH, LENGTH), bool)
    output = block(tokens(ids), attention_mask=allowed)
    expected = array(block(array(tokens(ids)), mask=ids > 0))
    np.testing.assert_allclose(
        array(output)[ids > 0], expected[ids > 0], atol=1e-6
    )
    unmasked = array(block(array(tokens(ids))))
    assert np.abs(unmasked - expected)[ids > 0].max() > 1e-4
    assert (array(output._keras_mask) == (ids > 0)).all()


@norm_first_or_last
@pytest.mark.parametrize("length, memory_length", [(0, 7), (1, 1), (5, 0)])
def test_short_and_empty_sentences(norm_first, length, memory_length):
    block = decoder(norm_first)
    x, memory = vectors(length), vectors(memory_length, seed=1)
    y = array(block(x, memory))
    assert y.shape == x.shape and np.isfinite(y).all()
    masks = {"x_mask": np.ones((BATCH, length), bool)}
    masks["memory_mask"] = np.zeros((BATCH, memory_length), bool)
    assert np.isfinite(array(block(x, memory, **masks))).all()
    assert array(encoder(norm_first)(x)).shape == x.shape
