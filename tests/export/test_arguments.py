"""Arguments that the export functions refuse, whatever the format."""

import keras
import numpy as np
import pytest

from keras_attn.export import export_onnx, export_saved_model, export_tflite
from keras_attn.export.calibration import require_calibration
from keras_attn.export.requirements import require_float32
from keras_attn.export.staging import staged
from keras_attn.export.texts import as_texts, utf8
from keras_attn.models import SentenceClassifier
from keras_attn.text import Vectorizer
from tests.export.cases import (
    TEXTS,
    half_precision_classifier,
    small_classifier,
)

EXPORTS = {
    "model": export_saved_model,
    "model.tflite": export_tflite,
    "model.onnx": export_onnx,
}
QUANTIZING = [(export_tflite, ".tflite"), (export_onnx, ".onnx")]


@pytest.mark.parametrize("name, export", EXPORTS.items())
def test_an_existing_file_is_not_overwritten(exported, tmp_path, name, export):
    path = tmp_path / name
    path.write_text("mine")
    with pytest.raises(FileExistsError, match=f"{name} exists"):
        export(exported.model, path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("export, suffix", QUANTIZING)
@pytest.mark.parametrize("name", ["model", "model.tflite.onnx.bin", "tflite"])
def test_the_path_must_have_the_format_s_suffix(
    exported, tmp_path, export, suffix, name
):
    with pytest.raises(ValueError, match=f"must end in {suffix}.*{name}"):
        export(exported.model, tmp_path / "new" / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("export", EXPORTS.values())
def test_other_models_are_refused(tmp_path, export):
    with pytest.raises(TypeError, match="Received: Sequential"):
        export(keras.Sequential(), tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name, export", EXPORTS.items())
def test_other_backends_are_refused(tmp_path, monkeypatch, name, export):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    message = f"`{export.__name__}` needs Keras on TensorFlow.*backend='jax'"
    with pytest.raises(RuntimeError, match=message):
        export(None, tmp_path / name)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, export",
    [
        ("model.tflite", export_tflite),
        pytest.param("model", export_saved_model, marks=pytest.mark.long),
        pytest.param("model.onnx", export_onnx, marks=pytest.mark.long),
    ],
)
def test_a_model_that_was_never_called(request, tmp_path, name, export):
    """By default it is compared on texts made from the vocabulary."""
    if export is export_onnx:
        request.getfixturevalue("onnx_packages")
    model = SentenceClassifier(
        Vectorizer(["a", "b"]), ["x", "y"], 1, d_model=4, num_heads=2
    )
    parity = export(model, tmp_path / name)
    assert (parity.equal_decisions, parity.num_texts) == (1.0, 5)


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), staged(tmp_path / "deep" / "a") as path:
        path.write_text("half")
        raise RuntimeError
    assert list((tmp_path / "deep").iterdir()) == []


@pytest.mark.parametrize("texts", [(), ("a",), np.array(["a", "b"])])
def test_texts_may_be_any_iterable_of_strings(texts):
    assert as_texts("texts", texts) == list(texts)
    assert as_texts("texts", iter(texts)) == list(texts)
    assert as_texts("texts", None) == []


def test_lone_surrogates_become_the_replacement_character():
    text = "a\ud83d b\ude42 \U0001f642"
    assert utf8([text]) == ["a\ufffd b\ufffd \U0001f642".encode()]


@pytest.mark.parametrize("export", EXPORTS.values())
@pytest.mark.parametrize(
    "texts, message",
    [
        ("a dog", "`texts` must be a list of strings. Received: one string"),
        (["a", 1], "`texts` must be .*strings. Received: .*1 of type int"),
        ([None], "`texts` must be .*strings. Received: .*None of type None"),
    ],
)
def test_texts_must_be_a_list_of_strings(
    export, texts, message, exported, tmp_path
):
    with pytest.raises(ValueError, match=message):
        export(exported.model, tmp_path / "deep" / "model", texts)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("export, suffix", QUANTIZING)
@pytest.mark.parametrize(
    "quantize, calibration, message",
    [
        ("int4", None, "must be one of None, 'dynamic', .* Received: .*int4"),
        ("int8", None, "at least 100 training texts .* Received: 0"),
        ("int8", ["a"] * 99, "Received: 99"),
    ],
)
def test_quantization_and_calibration(
    export, suffix, exported, tmp_path, quantize, calibration, message
):
    path = tmp_path / "deep" / f"model{suffix}"
    with pytest.raises(ValueError, match=message):
        export(exported.model, path, quantize=quantize, calibration=calibration)
    assert not path.parent.exists()


def test_the_calibration_must_be_a_list():
    with pytest.raises(ValueError, match="must be a list of strings"):
        require_calibration("int8", "abc" * 100)


@pytest.mark.parametrize("export, suffix", QUANTIZING)
@pytest.mark.parametrize(
    "policy, dtype",
    [("mixed_float16", "float16"), ("mixed_bfloat16", "bfloat16")],
)
def test_half_precision_is_refused_in_one_line(
    export, suffix, policy, dtype, tmp_path, capfd
):
    model = half_precision_classifier(policy)
    message = (
        rf"needs .* in float32\. Received: SentenceClassifier .*in {dtype}"
    )
    with pytest.raises(ValueError, match=message) as caught:
        export(model, tmp_path / f"model{suffix}")
    assert "\n" not in str(caught.value)
    assert "flex op" not in capfd.readouterr().err  # from a converter
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_policy_of_the_file_decides_not_that_of_the_process(tmp_path):
    small_classifier().save(tmp_path / "float32.keras")
    half_precision_classifier("mixed_bfloat16").save(tmp_path / "half.keras")
    half = keras.models.load_model(tmp_path / "half.keras")
    with pytest.raises(ValueError, match="which computes in bfloat16"):
        export_tflite(half, tmp_path / "model.tflite")
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = keras.models.load_model(tmp_path / "float32.keras")
    require_float32(model, "export_tflite")


@pytest.mark.slow
@pytest.mark.parametrize(
    "policy",
    ["mixed_bfloat16", pytest.param("float16", marks=pytest.mark.long)],
)
def test_the_advice_about_half_precision_works(policy, tmp_path):
    model = half_precision_classifier(policy)
    with pytest.raises(ValueError, match="float32") as caught:
        export_tflite(model, tmp_path / "model.tflite")
    code = str(caught.value).partition("weights: ")[2].removesuffix(".")
    arguments = {
        name: getattr(model, name)
        for name in ("vectorizer", "labels", "num_layers", "d_model")
    }
    names = {
        "keras": keras,
        "model": model,
        "SentenceClassifier": SentenceClassifier,
        "same": arguments | {"num_heads": model.num_heads},
    }
    exec(code.replace("(...)", "(**same)"), names)
    require_float32(names["exact"], "export_tflite")
    theirs, ours = model.classify(TEXTS), names["exact"].classify(TEXTS)
    for a, b in zip(theirs, ours, strict=True):
        assert a.probabilities == pytest.approx(b.probabilities, abs=0.05)


@pytest.mark.long
def test_other_backends_need_no_tensorflow_for_the_refusal(new_process):
    new_process("""
import os, sys
os.environ["KERAS_BACKEND"] = "jax"
heavy = ("tensorflow", "ai_edge_litert", "onnx", "onnxruntime", "tf2onnx")
sys.modules |= dict.fromkeys(heavy)
import keras_attn.export
try:
    keras_attn.export.export_tflite(None, "model.tflite")
except RuntimeError as error:
    assert "needs Keras on TensorFlow" in str(error)
else:
    raise AssertionError
""")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*does not have a `quantize` method")
def test_a_quantized_model_is_refused_in_one_line(tmp_path):
    model = small_classifier()
    model.quantize("int8", filters="head")
    for export in (export_tflite, export_onnx):
        with pytest.raises(
            ValueError,
            match=rf"`{export.__name__}` needs a model that is not quantized"
            r"\. Received: \w+ '\w+', quantized to int8\. .*before it was "
            "quantized",
        ):
            export(model, tmp_path / "model")
    assert not list(tmp_path.iterdir())
