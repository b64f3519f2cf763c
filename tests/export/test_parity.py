"""What an export may change, and what it leaves where it fails."""

import keras
import numpy as np
import pytest

from keras_attn.export import (
    ParityError,
    export_onnx,
    export_saved_model,
    export_tflite,
    open_exported,
)
from keras_attn.export.formats import BOUNDS
from keras_attn.export.parity import batches, require_parity
from keras_attn.export.staging import staged
from keras_attn.export.tflite.quantization import require_calibration
from keras_attn.models import SentenceClassifier
from keras_attn.text import Vectorizer

EXPORTS = {
    "model": export_saved_model,
    "model.tflite": export_tflite,
    "model.onnx": export_onnx,
}


@pytest.mark.parametrize("name, export", EXPORTS.items())
def test_nothing_is_overwritten(classifier, tmp_path, name, export):
    path = tmp_path / name
    path.write_text("mine")
    with pytest.raises(FileExistsError, match=f"{name} exists"):
        export(classifier, path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    "export, ending", [(export_tflite, ".tflite"), (export_onnx, ".onnx")]
)
@pytest.mark.parametrize("name", ["model", "model.tflite.onnx.bin", "tflite"])
def test_a_file_is_only_made_where_it_can_be_opened(
    classifier, tmp_path, export, ending, name
):
    with pytest.raises(ValueError, match=f"must end in {ending}.*{name}"):
        export(classifier, tmp_path / "new" / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("export", EXPORTS.values())
def test_what_is_no_classifier_is_refused(tmp_path, export):
    with pytest.raises(TypeError, match="Received: Sequential"):
        export(keras.Sequential(), tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("name, export", EXPORTS.items())
def test_a_model_that_was_never_called_is_exported(tmp_path, name, export):
    model = SentenceClassifier(
        Vectorizer(["a", "b"]), ["x", "y"], 1, d_model=4, num_heads=2
    )
    assert export(model, tmp_path / name).equal_decisions == 1


def test_a_folder_that_is_no_saved_model_is_not_opened(tmp_path):
    with pytest.raises(ValueError, match="no format that is known"):
        open_exported(tmp_path)


def test_calibration_is_a_list():
    with pytest.raises(ValueError, match="must be a list of strings"):
        require_calibration("int8", "abc" * 100)


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), staged(tmp_path / "deep" / "a") as path:
        path.write_text("half")
        raise RuntimeError
    assert list((tmp_path / "deep").iterdir()) == []


P = np.array([[0.2, 0.8], [0.7, 0.3]])


def test_parity_measures_the_worst_of_all_batches():
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
def test_parity_refuses_what_differs(given, message):
    with pytest.raises(ParityError, match=message):
        require_parity("X", [[P, P]], [given])


def test_parity_refuses_another_decision_however_close():
    even = np.array([[0.5 + 1e-7, 0.5 - 1e-7]])
    with pytest.raises(ParityError, match="otherwise .* on 1 of 1 texts"):
        require_parity("X", [[even]], [[even[:, ::-1]]])


EVEN = np.tile([0.5 + 1e-7, 0.5 - 1e-7], (400, 1))
OTHERS = np.where(np.arange(400)[:, None] < 4, EVEN[:, ::-1], EVEN)  # 1 %


@pytest.mark.parametrize("quantize", [None, "float16", "dynamic"])
def test_decisions_that_a_quantization_may_not_change(quantize):
    with pytest.raises(ParityError, match="otherwise .* on 4 of 400 texts"):
        require_parity("X", [[EVEN]], [[OTHERS]], quantize)


@pytest.mark.parametrize("quantize", BOUNDS)
def test_a_miss_can_be_kept_and_measured(quantize):
    given = OTHERS + [0, 3e-3]
    parity = require_parity("X", [[OTHERS]], [[given]], quantize, True)
    assert parity.equal_decisions == 0.01
    assert parity.max_difference == pytest.approx(3e-3)


def test_int8_may_change_one_decision_of_a_hundred():
    parity = require_parity("X", [[EVEN]], [[OTHERS]], "int8")
    assert parity.equal_decisions == 0.99
    with pytest.raises(ParityError, match="99.0% must be equal"):
        require_parity("X", [[P]], [[P[::-1]]], "int8")


@pytest.mark.parametrize("quantize", BOUNDS)
def test_what_is_not_finite_misses_every_bound(quantize):
    with pytest.raises(ParityError, match="differs .* by inf"):
        require_parity("X", [[P]], [[P + [0, np.nan]]], quantize)


@pytest.mark.parametrize("count", [1, 3, 4, 29, 30, 31, 100])
def test_batches_hold_every_text_once(count):
    texts = [str(i) for i in range(count)]
    cut = batches(texts)
    assert sum(cut, []) == texts
    assert len(cut) > 1 or count <= 3
