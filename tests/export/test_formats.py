"""The tables of formats and quantizations."""

import pytest

from keras_attn import export
from keras_attn.export.formats import (
    BOUNDS,
    FORMATS,
    QUANTIZATIONS,
    require_quantization,
)


def test_every_format_has_an_export_function():
    for name, format in FORMATS.items():
        function = getattr(export, f"export_{name}")
        assert format.export_function() is function


@pytest.mark.parametrize(
    "name, quantize, expected",
    [
        ("saved_model", None, "saved_model"),
        ("tflite", None, "model.tflite"),
        ("onnx", "float16", "model-float16.onnx"),
    ],
)
def test_file_names(name, quantize, expected):
    assert FORMATS[name].file_name(quantize) == expected


def test_every_file_name_is_different():
    names = {f.file_name(q) for f in FORMATS.values() for q in QUANTIZATIONS}
    assert len(names) == 1 + 2 * len(QUANTIZATIONS)


def test_bounds():
    """Users rely on these numbers: docs/exports.md lists them."""
    found = {
        key: {name: n for name, n in vars(bound).items() if n is not None}
        for key, bound in BOUNDS.items()
    }
    assert found == {
        None: {
            "equal_decisions": 1.0,
            "max_difference": 1e-5,
            "max_attention_difference": 1e-3,
        },
        "dynamic": {"equal_decisions": 0.995, "size_ratio": 0.3},
        "float16": {"equal_decisions": 0.998, "max_difference": 2e-3},
        "int8": {
            "equal_decisions": 0.99,
            "size_ratio": 0.3,
            "accuracy_points": 0.5,
        },
    }


@pytest.mark.parametrize("quantize", ["int4", "none", 8, []])
def test_unknown_quantizations(quantize):
    expected = r"one of None, 'dynamic', 'float16', 'int8'\. Received: quantize"
    with pytest.raises(ValueError, match=expected):
        require_quantization(quantize)
