"""What the tokens of a block may see: the past, and no padding."""

import keras
import numpy as np
import pytest

from tests.layers.blocks.samples import (
    LENGTH,
    MEMORY,
    WIDTH,
    array,
    decoder,
    encoder,
    norm_first_or_last,
    vectors,
)


@pytest.mark.slow
@norm_first_or_last
def test_the_future_of_a_decoder_never_changes_its_past(norm_first):
    block = decoder(norm_first)
    x, memory = vectors(LENGTH), vectors(MEMORY, seed=1)
    expected = array(block(x, memory))
    for now in range(1, LENGTH):
        other = x.copy()
        other[:, now:] = 9.0 * vectors(LENGTH, seed=2)[:, now:]
        change = np.abs(array(block(other, memory)) - expected)
        assert change[:, :now].max() < 1e-6 and change[:, now:].max() > 1e-3


@pytest.mark.slow
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
