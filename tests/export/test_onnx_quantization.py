import collections

import numpy as np
import pytest

from keras_attn.export import BOUNDS, open_exported
from keras_attn.export.onnx.conversion import export_onnx
from tests.export.cases import (
    LONG_AND_SHORT,
    SUBLAYERS,
    TEXTS,
    random_ids,
    small_classifier,
)

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("tf2onnx")


@pytest.mark.slow
@pytest.mark.parametrize("quantize", BOUNDS)
def test_quantizations_of_a_trained_model(trained, quantize, tmp_path):
    model, texts = trained
    made = []
    for name in ("a", "b"):
        path = tmp_path / f"{name}.onnx"
        parity = export_onnx(model, path, texts, quantize, texts[:100])
        made.append(path.read_bytes())
    assert made[0] == made[1]
    assert parity.equal_decisions >= BOUNDS[quantize].equal_decisions
    assert parity.num_texts == 700
    types = collections.Counter(
        onnx.TensorProto.DataType.Name(weight.data_type)
        for weight in onnx.load_from_string(made[0]).graph.initializer
        if np.prod(weight.dims) >= 1024
    )
    kind = {None: "FLOAT", "float16": "FLOAT16"}.get(quantize, "UINT8")
    # The embedding, and six products a layer.
    assert types == {kind: 1 + 2 * 6}
    session = onnxruntime.InferenceSession(made[0])
    inside = session.get_modelmeta().custom_metadata_map
    assert inside["labels.txt"] == "front\nback\n"


@pytest.mark.slow
@pytest.mark.parametrize("quantize", ["dynamic", "int8"])
@pytest.mark.parametrize("position, score, pooling", SUBLAYERS)
def test_quantized_sublayers(position, score, pooling, quantize, tmp_path):
    model = small_classifier(position=position, score=score, pooling=pooling)
    texts = LONG_AND_SHORT
    parity = export_onnx(
        model, tmp_path / "a.onnx", texts, quantize, 3 * texts, keep_miss=True
    )
    assert parity.max_difference < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("quantize", ["dynamic", "int8"])
def test_eight_bits_make_a_small_file(quantize, tmp_path):
    model = small_classifier(d_model=256, num_heads=8)
    sizes = []
    for how in (None, quantize):
        path = tmp_path / f"{how}.onnx"
        export_onnx(model, path, TEXTS, how, 3 * LONG_AND_SHORT, keep_miss=True)
        sizes.append(open_exported(path).size)
    assert sizes[1] <= BOUNDS[quantize].size_ratio * sizes[0]


def test_float16_leaves_what_it_cannot_hold(tmp_path):
    model = small_classifier()
    path = tmp_path / "model.onnx"
    layer = model.get_layer("embedding")
    layer.embeddings.assign(layer.embeddings * 1e6)
    export_onnx(model, path, TEXTS, "float16", keep_miss=True)
    assert np.isfinite(
        open_exported(path).probabilities(random_ids(model, 3, 7))
    ).all()
