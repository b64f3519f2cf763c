"""Quantized TFLite and ONNX files: bounds, types of weights, size."""

import collections

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from keras_attn.export import export_onnx, export_tflite, open_exported
from keras_attn.export.formats import BOUNDS
from tests.export.cases import (
    LONG_AND_SHORT,
    SUBLAYERS,
    TEXTS,
    WORDS,
    random_ids,
    small_classifier,
)

EXPORTS = {"tflite": export_tflite, "onnx": export_onnx}


@pytest.fixture(params=["tflite", pytest.param("onnx", marks=pytest.mark.long)])
def export(request):
    if request.param == "onnx":
        request.getfixturevalue("onnx_packages")
    return EXPORTS[request.param]


@pytest.fixture
def path(export, tmp_path):
    return tmp_path / f"model.{export.__name__.removeprefix('export_')}"


def types_of_large_weights(path):
    """How many weights of 1,024 numbers and more have each type."""
    if path.suffix == ".tflite":
        details = Interpreter(str(path)).get_tensor_details()
        types = [(d["dtype"].__name__, np.prod(d["shape"])) for d in details]
    else:
        import onnx

        weights = onnx.load(path).graph.initializer
        to_dtype = onnx.helper.tensor_dtype_to_np_dtype
        types = [(to_dtype(w.data_type).name, np.prod(w.dims)) for w in weights]
    return collections.Counter(kind for kind, size in types if size >= 1024)


def assert_types(path, quantize):
    """The embedding and the six matrices of the layer are quantized."""
    types = types_of_large_weights(path)
    eight_bits = "int8" if path.suffix == ".tflite" else "uint8"
    kind = {None: "float32", "float16": "float16"}.get(quantize, eight_bits)
    if path.suffix == ".onnx":
        assert types == {kind: 7}
        return
    assert types[kind] >= 7  # counted once per signature
    floats = [name for name in types if name not in (kind, "int32")]
    assert quantize is None or not floats or kind == "float16"


@pytest.mark.long
@pytest.mark.parametrize("quantize", [None, "dynamic", "float16"])
def test_a_trained_model(trained, export, path, quantize):
    model, texts = trained
    parity = export(model, path, texts[:400], quantize)
    assert parity.equal_decisions >= BOUNDS[quantize].equal_decisions
    assert parity.num_texts == 400
    assert_types(path, quantize)


@pytest.mark.long
def test_a_trained_model_in_int8(trained, export, path):
    model, texts = trained
    parity = export(model, path, texts[:400], "int8", texts[-100:])
    assert parity.equal_decisions >= BOUNDS["int8"].equal_decisions
    assert parity.num_texts == 400
    assert_types(path, "int8")


@pytest.mark.long
def test_another_calibration_gives_another_file(trained, export, path):
    model, texts = trained
    files = []
    for calibration in (texts[-100:], [WORDS[0]] * 100):
        file = path.with_stem(f"{len(files)}")
        export(model, file, texts[:5], "int8", calibration, keep_miss=True)
        files.append(file.read_bytes())
    assert files[0] != files[1]


@pytest.mark.long
@pytest.mark.parametrize("quantize", BOUNDS)
def test_equal_models_give_equal_bytes(trained, export, path, quantize):
    model, texts = trained
    made = set()
    for name in ("a", "b"):
        file = path.with_stem(name)
        export(model, file, texts, quantize, texts[:100])
        made.add(file.read_bytes())
    assert len(made) == 1


@pytest.mark.long
@pytest.mark.parametrize("quantize", ["dynamic", "int8"])
@pytest.mark.parametrize(
    "position, score, pooling", [*SUBLAYERS, (None, "scaled_dot", "mean")]
)
def test_every_sublayer(position, score, pooling, quantize, export, path):
    model = small_classifier(position=position, score=score, pooling=pooling)
    texts = LONG_AND_SHORT
    parity = export(model, path, texts, quantize, 3 * texts, keep_miss=True)
    limit = 0.05 if export is export_tflite else 0.1
    assert parity.max_difference < limit
    if export is export_tflite:
        assert b"Flex" not in path.read_bytes()


@pytest.mark.long
def test_eight_bits_make_a_small_onnx_file(onnx_packages, tmp_path):
    model = small_classifier(d_model=256, num_heads=8)
    sizes = {}
    for quantize in (None, "dynamic", "int8"):
        path = tmp_path / f"{quantize}.onnx"
        calibration = 3 * LONG_AND_SHORT
        export_onnx(model, path, TEXTS, quantize, calibration, keep_miss=True)
        sizes[quantize] = open_exported(path).size
    for quantize in ("dynamic", "int8"):
        limit = BOUNDS[quantize].size_ratio * sizes[None]
        assert sizes[quantize] <= limit


@pytest.mark.slow
def test_float16_skips_weights_that_it_cannot_hold(onnx_packages, tmp_path):
    model = small_classifier()
    path = tmp_path / "model.onnx"
    layer = model.get_layer("embedding")
    layer.embeddings.assign(layer.embeddings * 1e6)
    export_onnx(model, path, TEXTS, "float16", keep_miss=True)
    probabilities = open_exported(path).probabilities(random_ids(model, 3, 7))
    assert np.isfinite(probabilities).all()
