import keras
import pytest

from keras_attn.export import export_onnx, export_tflite
from keras_attn.models import SentenceClassifier
from tests.export.cases import TEXTS, half_classifier, small_classifier

EXPORTS = [(export_tflite, ".tflite"), (export_onnx, ".onnx")]


@pytest.mark.parametrize("export, ending", EXPORTS)
@pytest.mark.parametrize(
    "policy, dtype",
    [("mixed_float16", "float16"), ("mixed_bfloat16", "bfloat16")],
)
def test_half_precision_is_refused_in_one_line(
    export, ending, policy, dtype, tmp_path, capfd
):
    model = half_classifier(policy)
    message = (
        rf"needs .* in float32\. Received: SentenceClassifier .*in {dtype}"
    )
    with pytest.raises(ValueError, match=message) as caught:
        export(model, tmp_path / f"model{ending}")
    assert "\n" not in str(caught.value)
    assert "flex op" not in capfd.readouterr().err  # of a converter
    assert list(tmp_path.iterdir()) == []


def test_a_model_loaded_under_half_precision_is_refused(tmp_path):
    small_classifier().save(tmp_path / "model.keras")
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = keras.models.load_model(tmp_path / "model.keras")
    with pytest.raises(ValueError, match="which computes in bfloat16"):
        export_tflite(model, tmp_path / "model.tflite")


@pytest.mark.parametrize("policy", ["float16", "mixed_bfloat16"])
def test_the_cure_that_the_refusal_names(policy, tmp_path):
    model = half_classifier(policy)
    with pytest.raises(ValueError, match="float32") as caught:
        export_tflite(model, tmp_path / "model.tflite")
    cure = str(caught.value).partition("arguments: ")[2].removesuffix(".")
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
    exec(cure.replace("(...)", "(**same)"), names)
    parity = export_tflite(names["exact"], tmp_path / "model.tflite", TEXTS)
    assert parity.max_difference <= 1e-5
    theirs, ours = model.classify(TEXTS), names["exact"].classify(TEXTS)
    for a, b in zip(theirs, ours, strict=True):
        assert a.probabilities == pytest.approx(b.probabilities, abs=0.05)
