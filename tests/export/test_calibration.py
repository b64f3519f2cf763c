"""What every format that can be quantized asks of its calibration."""

import pytest

from keras_attn.export import export_onnx, export_tflite
from tests.export.cases import WORDS


@pytest.fixture(params=[export_tflite, export_onnx])
def export(request):
    if request.param is export_onnx:
        request.getfixturevalue("onnx_packages")
    return request.param


@pytest.mark.parametrize(
    "quantize, calibration, message",
    [
        ("int4", None, "must be one of None, 'dynamic', .* Received: .*int4"),
        ("int8", None, "at least 100 training texts .* Received: 0"),
        ("int8", ["a"] * 99, "Received: 99"),
    ],
)
def test_what_cannot_be_quantized(
    export, classifier, tmp_path, quantize, calibration, message
):
    path = tmp_path / "deep" / "model"
    with pytest.raises(ValueError, match=message):
        export(classifier, path, quantize=quantize, calibration=calibration)
    assert not path.parent.exists()


@pytest.mark.slow
def test_int8_learns_from_the_calibration(export, trained, tmp_path):
    """The calibration is used: another one gives another file."""
    model, texts = trained
    made = set()
    for name, calibration in (("a", texts[:100]), ("b", [WORDS[0]] * 100)):
        path = tmp_path / f"{name}.{export.__name__.removeprefix('export_')}"
        export(model, path, texts, "int8", calibration, keep_miss=True)
        made.add(path.read_bytes())
    assert len(made) == 2
