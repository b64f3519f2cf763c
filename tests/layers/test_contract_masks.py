"""The contract of every layer: what a mask excludes changes nothing."""

import inspect

import keras
import numpy as np
import pytest

from tests.backend import gradients
from tests.layers.case import SIZES, array
from tests.layers.cases import with_mask, with_scores, with_tokens

# Padded to these sizes, which all tests share: JAX compiles for each shape.
SHORT = {"T": SIZES["T"] - 2, "S": SIZES["S"] - 2}


class Probe(keras.layers.Layer):
    """Stores the mask of its input."""

    def __init__(self):
        super().__init__()
        self.supports_masking = True

    def call(self, x, mask=None):
        self.mask = mask
        return x


@with_tokens
@pytest.mark.gradients
def test_padding_changes_neither_outputs_nor_gradients(case):
    """On either side, and whatever the vectors of the PAD tokens.

    The same texts are padded on the left, on the right and on both sides, as
    one batch.
    """
    layer = case.built()

    def outputs_and_gradients(inputs, masks):
        def loss(call, *inputs):
            y = case.real(case.call(call, inputs, masks), masks)
            return keras.ops.sum(keras.ops.sin(y))

        y = array(case.call(layer, inputs, masks))
        found = gradients(layer, inputs, loss)
        for i, x in enumerate(case.inputs):
            assert (found[i][~masks[x.length]] == 0).all()
            found[i] = found[i][masks[x.length]]
        return [y[masks["T"]] if case.keeps_tokens else y, *found]

    def padded(x, value):
        variants = [(2, 0), (0, 2), (1, 1)]
        axes = [((0, 0), sides, (0, 0))[: x.ndim] for sides in variants]
        return np.concatenate(
            [np.pad(x, sides, constant_values=value) for sides in axes]
        )

    short, masks = case.arrays(**SHORT), case.masks(missing=0, **SHORT)
    expected = outputs_and_gradients(short, masks)
    actual = outputs_and_gradients(
        [padded(x, 9.0) for x in short],
        {axis: padded(mask, False) for axis, mask in masks.items()},
    )
    of_texts = 1 + len(case.inputs)  # the output, and the inputs' gradients
    for i, (a, b) in enumerate(zip(expected, actual, strict=True)):
        three = np.tile(np.ravel(a), 3) if i < of_texts else 3 * np.ravel(a)
        np.testing.assert_allclose(np.ravel(b), three, rtol=1e-5, atol=2e-5)


@with_mask
def test_the_padding_test_would_notice_each_dropped_mask(case):
    layer = case.built()
    # PAD tokens in front, so that dropping the mask also changes positions.
    masks = {axis: mask[:, ::-1] for axis, mask in case.masks().items()}
    kept = case.real(case.call(layer, case.arrays(), masks), masks)
    for x in case.inputs:
        if x.mask == "query_mask":  # which only becomes the output's mask
            continue
        others = {a: mask for a, mask in masks.items() if a != x.length}
        dropped = case.call(layer, case.arrays(), others)
        difference = array(kept) - array(case.real(dropped, masks))
        assert np.abs(difference)[1].max() > 1e-5, x.mask


@with_tokens
def test_the_keras_mask_is_used_and_passed_on(case):
    layer, masks = case.built(), case.masks()
    inputs = [
        np.where(masks[i.length][..., None], x, np.float32(9.0))
        for i, x in zip(case.inputs, case.arrays(), strict=True)
    ]
    masking = keras.layers.Masking(mask_value=9.0)
    output = layer(*map(masking, inputs))
    explicit = case.call(layer, [array(masking(x)) for x in inputs], masks)
    expected = array(case.real(explicit, masks))
    np.testing.assert_allclose(
        array(case.real(output, masks)), expected, atol=1e-6
    )
    probe = Probe()
    probe(output)
    if case.keeps_tokens:
        assert (array(probe.mask) == masks["T"]).all()
    else:
        assert probe.mask is None

    symbols = case.symbols()
    symbolic = layer(*map(masking, symbols))
    has_mask = getattr(symbolic, "_keras_mask", None) is not None
    assert has_mask == case.keeps_tokens
    of_model = keras.Model(symbols, symbolic)(inputs)
    np.testing.assert_allclose(
        array(case.real(of_model, masks)), expected, atol=1e-6
    )


@with_mask
@pytest.mark.gradients
def test_a_text_without_real_tokens(case):
    """Its tokens attend to nothing, and no output or gradient is NaN."""
    layer = case.built()
    masks = {axis: np.zeros_like(m) for axis, m in case.masks().items()}
    output = case.call(layer, case.arrays(), masks)
    assert np.isfinite(array(output)).all()
    if not case.keeps_tokens:
        assert (array(output) == 0).all()

    def of_first_token(call, *inputs):
        y = case.call(call, inputs, masks)
        y = y[:, :1] if case.keeps_tokens else y
        return keras.ops.sum(keras.ops.sin(y))

    found = gradients(layer, case.arrays(), of_first_token)
    for gradient in found:
        assert gradient is None or np.isfinite(gradient).all()
    for x, gradient in zip(case.inputs, found, strict=False):
        itself = 1 if case.keeps_tokens and x.length == "T" else 0
        assert gradient is None or (gradient[:, itself:] == 0).all()


@with_scores
@pytest.mark.gradients
def test_scores_of_a_text_without_real_tokens_are_zero(case):
    layer = case.built()
    masks = {axis: np.zeros_like(m) for axis, m in case.masks().items()}

    def of_scores(call, *inputs):
        _, *scores = case.call(
            call, inputs, masks, return_attention_scores=True
        )
        return sum(keras.ops.sum(keras.ops.sin(s)) for s in scores)

    _, *scores = case.call(
        layer, case.arrays(), masks, return_attention_scores=True
    )
    assert all((array(s) == 0).all() for s in scores)
    for gradient in gradients(layer, case.arrays(), of_scores):
        assert gradient is None or (gradient == 0).all()


@with_scores
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_rows_of_scores_sum_to_one_and_exclude_pad_tokens(case, policy):
    keras.config.set_dtype_policy(policy)
    masks = case.masks()
    _, *scores = case.call(
        case.built(), case.arrays(), masks, return_attention_scores=True
    )
    for axes, weights in zip(case.scores, map(array, scores), strict=True):
        sums = weights.sum(-1)
        np.testing.assert_allclose(sums[0], np.ones_like(sums[0]), atol=1e-6)
        assert ((np.abs(sums[1] - 1) < 1e-6) | (sums[1] == 0)).all()
        pad = ~masks[axes[-1]][1]
        assert pad.any()
        assert (weights[1][..., pad] == 0).all()


@with_scores
def test_returning_scores_changes_nothing(case):
    layer = case.built()
    scores = layer(*case.arrays(), return_attention_scores=True)[1]
    sizes = tuple(scores.shape)[-2:]
    attention_masks = [None]
    if "attention_mask" in inspect.signature(layer.call).parameters:
        attention_masks = [np.ones(sizes), np.zeros(sizes), np.tri(*sizes)]
    for attention_mask in attention_masks:
        options = {}
        if attention_mask is not None:
            options = {"attention_mask": attention_mask.astype(bool)}
        plain = case.call(layer, case.arrays(), case.masks(), **options)
        options["return_attention_scores"] = True
        same, *_ = case.call(layer, case.arrays(), case.masks(), **options)
        np.testing.assert_allclose(array(plain), array(same), atol=1e-6)
