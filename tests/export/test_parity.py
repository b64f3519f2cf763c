"""The comparison of an export with the model."""

import numpy as np
import pytest

from keras_attn.export import ParityError
from keras_attn.export.formats import BOUNDS
from keras_attn.export.parity import batches, require_parity

P = np.array([[0.2, 0.8], [0.7, 0.3]])


def test_parity_is_the_worst_of_all_batches():
    parity = require_parity(
        "X", [[P, P], [P[:1], P]], [[P, P + 5e-5], [P[:1] + 5e-6, P]]
    )
    assert parity.max_difference == pytest.approx(5e-6)
    assert parity.max_attention_difference == pytest.approx(5e-5)
    assert (parity.equal_decisions, parity.num_texts) == (1.0, 3)


@pytest.mark.parametrize(
    "given, message",
    [
        ([P + 2e-5, P], "by 2e-05 in a probability, on 2 texts"),
        ([P, P + 2e-3], "by 0.002 in an attention weight"),
        ([P * np.nan, P], "by inf in a probability"),
        ([P[:1], P], r"shape \(1, 2\)"),
    ],
)
def test_differences_above_the_bound(given, message):
    with pytest.raises(ParityError, match=message):
        require_parity("X", [[P, P]], [given])


def test_a_different_label_is_refused_however_close():
    even = np.array([[0.5 + 1e-7, 0.5 - 1e-7]])
    with pytest.raises(ParityError, match="different label .* on 1 of 1 texts"):
        require_parity("X", [[even]], [[even[:, ::-1]]])


EVEN = np.tile([0.5 + 1e-7, 0.5 - 1e-7], (400, 1))
OTHERS = np.where(np.arange(400)[:, None] < 4, EVEN[:, ::-1], EVEN)  # 1 %


@pytest.mark.parametrize("quantize", [None, "float16", "dynamic"])
def test_labels_that_a_quantization_must_not_change(quantize):
    with pytest.raises(
        ParityError, match="different label .* on 4 of 400 texts"
    ):
        require_parity("X", [[EVEN]], [[OTHERS]], quantize)


@pytest.mark.parametrize("quantize", BOUNDS)
def test_a_miss_can_be_kept_and_measured(quantize):
    given = OTHERS + [0, 3e-3]
    parity = require_parity("X", [[OTHERS]], [[given]], quantize, True)
    assert parity.equal_decisions == 0.01
    assert parity.max_difference == pytest.approx(3e-3)


def test_int8_may_change_one_label_of_a_hundred():
    parity = require_parity("X", [[EVEN]], [[OTHERS]], "int8")
    assert parity.equal_decisions == 0.99
    with pytest.raises(ParityError, match="At least 99.0% of the labels"):
        require_parity("X", [[P]], [[P[::-1]]], "int8")


@pytest.mark.parametrize("quantize", BOUNDS)
def test_nan_misses_every_bound(quantize):
    with pytest.raises(ParityError, match="differs .* by inf"):
        require_parity("X", [[P]], [[P + [0, np.nan]]], quantize)


@pytest.mark.parametrize("count", [1, 3, 4, 29, 30, 31, 100])
def test_batches_contain_every_text_once(count):
    texts = [str(i) for i in range(count)]
    cut = batches(texts)
    assert sum(cut, []) == texts
    assert len(cut) > 1 or count <= 3
