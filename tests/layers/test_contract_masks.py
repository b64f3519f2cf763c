"""The contract of every layer: what a mask leaves out changes nothing."""

import inspect

import keras
import numpy as np
import pytest

from tests.backend import gradients
from tests.layers.case import array
from tests.layers.cases import with_mask, with_scores, with_tokens


class Probe(keras.layers.Layer):
    """Says which mask came in with its input."""

    def __init__(self):
        super().__init__()
        self.supports_masking = True

    def call(self, x, mask=None):
        self.mask = mask
        return x


@with_tokens
@pytest.mark.parametrize("left, right", [(4, 0), (0, 2), (3, 1)])
def test_padding_changes_neither_outputs_nor_gradients(case, left, right):
    """Wherever PAD tokens stand, and whatever vectors they have."""
    layer = case.built()
    short = case.arrays(T=3, S=5)
    widths = ((0, 0), (left, right))
    padded = [np.pad(x, (*widths, (0, 0)), constant_values=9.0) for x in short]
    masks = case.masks(missing=0, T=3, S=5)
    real = {axis: np.pad(mask, widths) for axis, mask in masks.items()}

    def outputs_and_gradients(inputs, masks):
        def loss(call, *inputs):
            y = case.real(case.call(call, inputs, masks), masks)
            return keras.ops.sum(keras.ops.sin(y))

        y = array(case.call(layer, inputs, masks))
        found = gradients(layer, inputs, loss)
        for i, x in enumerate(case.inputs):
            found[i] = found[i][masks[x.length]]
        return [y[masks["T"]] if case.keeps_tokens else y, *found]

    expected = outputs_and_gradients(short, masks)
    actual = outputs_and_gradients(padded, real)
    for a, b in zip(expected, actual, strict=True):
        np.testing.assert_allclose(
            np.ravel(a), np.ravel(b), rtol=1e-5, atol=1e-5
        )


@with_mask
def test_the_padding_test_would_notice_a_dropped_mask(case):
    layer = case.built()
    # PAD tokens in front, so that dropping the mask also moves positions.
    masks = {axis: mask[:, ::-1] for axis, mask in case.masks().items()}
    kept = case.real(case.call(layer, case.arrays(), masks), masks)
    dropped = case.real(layer(*case.arrays()), masks)
    assert np.abs(array(kept) - array(dropped))[1].max() > 1e-5


@with_tokens
def test_the_keras_mask_comes_in_and_goes_out_by_itself(case):
    layer, masks = case.built(), case.masks()
    inputs = [
        np.where(masks[i.length][..., None], x, np.float32(9.0))
        for i, x in zip(case.inputs, case.arrays(), strict=True)
    ]
    masking = keras.layers.Masking(mask_value=9.0)
    output = layer(*map(masking, inputs))
    explicit = case.call(layer, [array(masking(x)) for x in inputs], masks)
    np.testing.assert_allclose(
        array(case.real(output, masks)),
        array(case.real(explicit, masks)),
        atol=1e-6,
    )
    probe = Probe()
    probe(output)
    if case.keeps_tokens:
        assert (array(probe.mask) == masks["T"]).all()
    else:
        assert probe.mask is None


@with_mask
def test_a_sentence_without_a_real_token(case):
    """No token of it hears another, no weight hears of it, nothing is NaN."""
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
def test_scores_of_a_sentence_without_a_real_token_are_zero(case):
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
def test_rows_of_scores_sum_to_one_and_leave_pad_tokens_out(case, policy):
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
@pytest.mark.parametrize("allowed", ["all", "nobody", "past"])
def test_asking_for_scores_changes_nothing(case, allowed):
    layer = case.built()
    options = {}
    if "attention_mask" in inspect.signature(layer.call).parameters:
        scores = layer(*case.arrays(), return_attention_scores=True)[1]
        some = {"all": np.ones, "nobody": np.zeros, "past": np.tri}[allowed]
        sizes = tuple(scores.shape)[-2:]
        made = some(*sizes) if allowed == "past" else some(sizes)
        options["attention_mask"] = made.astype(bool)
    plain = case.call(layer, case.arrays(), case.masks(), **options)
    asked, *_ = case.call(
        layer,
        case.arrays(),
        case.masks(),
        **options,
        return_attention_scores=True,
    )
    np.testing.assert_allclose(array(plain), array(asked), atol=1e-6)
