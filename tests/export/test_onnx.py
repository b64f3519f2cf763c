"""ONNX files, run by onnxruntime, against the model."""

import json
import re
import sys

import keras
import numpy as np
import pytest

from keras_attn.export import ParityError, bundle, open_exported
from keras_attn.export.onnx.export import export_onnx
from tests.export.cases import (
    SUBLAYERS,
    TEXTS,
    Digamma,
    Rounded,
    assert_same_outputs,
    small_classifier,
)

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("tf2onnx")


@pytest.fixture(scope="module")
def path(exported_onnx):
    return exported_onnx[0]


@pytest.fixture(scope="module")
def session(path):
    return onnxruntime.InferenceSession(path)


@pytest.mark.slow
def test_any_batch_and_any_length(exported, path):
    lengths = (1, 2, 7, 50, 512)
    shapes = [(batch, length) for batch in (1, 3) for length in lengths]
    assert_same_outputs(exported.model, open_exported(path), shapes)


def test_the_export_returns_its_parity(exported_onnx):
    parity = exported_onnx[1]
    assert parity.max_difference <= 1e-5
    assert 0 < parity.max_attention_difference <= 1e-5
    assert (parity.equal_decisions, parity.num_texts) == (1.0, 4)


def test_inputs_and_outputs(session):
    (ids,) = session.get_inputs()
    assert (ids.name, ids.type) == ("ids", "tensor(int32)")
    assert ids.shape == ["batch", "length"]
    outputs = {out.name: out.shape for out in session.get_outputs()}
    assert outputs == {
        "probabilities": ["batch", 3],
        "attention_0": ["batch", 5, "length", "length"],
        "attention_1": ["batch", 5, "length", "length"],
        "attention_2": ["batch", 2, 1, "length"],
    }


@pytest.mark.long
@pytest.mark.parametrize(
    "position, score, pooling", [*SUBLAYERS, (None, "scaled_dot", "mean")]
)
def test_other_sublayers(position, score, pooling, tmp_path):
    model = small_classifier(position=position, score=score, pooling=pooling)
    export_onnx(model, tmp_path / "model.onnx", TEXTS)
    shapes = [(1, 1), (3, 2), (3, 7), (3, 512)]
    assert_same_outputs(model, open_exported(tmp_path / "model.onnx"), shapes)


def test_the_files_of_a_classifier_are_inside(exported, session):
    inside = session.get_modelmeta().custom_metadata_map
    expected = bundle.files(exported.model)
    assert {k: v.encode() for k, v in inside.items()} == expected


def test_operators_and_weights(exported, path):
    file = open_exported(path, num_threads=1)
    assert (file.format, file.takes) == ("onnx", "ids")
    assert file.size == path.stat().st_size
    assert json.loads(json.dumps(file.weights)) == file.weights
    found, own = file.weights["float32"], exported.model.count_params()
    assert 0.9 * own <= found <= 1.1 * own  # equal ones are stored once
    graph = onnx.load(path).graph
    assert sum(file.ops.values()) == len(graph.node)
    assert file.ops["Softmax"] == 4  # two layers, pooling, probabilities
    assert {node.domain for node in graph.node} <= {"", "ai.onnx"}


@pytest.mark.slow
def test_onnxruntime_alone_runs_it(exported, path, new_process):
    script = f"""
import sys

class Blocked:
    def find_spec(self, name, *rest):
        assert name.partition(".")[0] not in (
            "keras", "keras_attn", "onnx", "tensorflow", "tf2onnx"
        ), name

sys.meta_path.insert(0, Blocked())
import json
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession({str(path)!r})
ids = np.array([[2, 3, 5, 7], [4, 1, 0, 0]], "int32")
print(json.dumps(session.run(["probabilities"], {{"ids": ids}})[0].tolist()))
"""
    ids = np.array([[2, 3, 5, 7], [4, 1, 0, 0]], "int32")
    expected = keras.ops.softmax(exported.model(ids))
    found = json.loads(new_process(script))
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.long
def test_equal_models_give_equal_bytes(exported, path, tmp_path):
    """Although tf2onnx numbers the names in a process consecutively."""
    export_onnx(exported.model, tmp_path / "again.onnx", TEXTS)
    assert (tmp_path / "again.onnx").read_bytes() == path.read_bytes()


@pytest.mark.long
def test_equal_models_give_equal_bytes_in_any_process(tmp_path, new_process):
    model = small_classifier(position="rotary", pooling="attention")
    model.save(tmp_path / "model.keras")
    script = """
import sys
import keras
from keras_attn.export import export_onnx
model = keras.models.load_model("model.keras")
export_onnx(model, sys.argv[1])
"""
    for name in ("one.onnx", "two.onnx"):
        new_process(f"import sys; sys.argv[1:] = [{name!r}]\n{script}")
    export_onnx(
        keras.models.load_model(tmp_path / "model.keras"),
        tmp_path / "three.onnx",
    )
    one = (tmp_path / "one.onnx").read_bytes()
    assert one == (tmp_path / "two.onnx").read_bytes()
    assert one == (tmp_path / "three.onnx").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    "layer, message",
    [
        (Digamma, "no operator for Digamma in the layer .*strange"),
        (Rounded, r"not valid ONNX.*node name: [\w/]+.*float16"),
    ],
)
def test_an_unsupported_layer_is_named(layer, message, tmp_path):
    model = small_classifier(position=layer(name="strange"))
    with pytest.raises(ValueError, match=message) as caught:
        export_onnx(model, tmp_path / "model.onnx")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_file_is_not_left_behind(exported, path, tmp_path, monkeypatch):
    from keras_attn.export.onnx import conversion
    from keras_attn.export.onnx.file import ONNXFile

    def write(model, copy, *arguments):
        copy.write_bytes(path.read_bytes())

    monkeypatch.setattr(conversion, "write", write)
    right = ONNXFile.explain

    def wrong(file, ids):
        outputs = right(file, ids)
        outputs["probabilities"] += 2e-5
        return outputs

    monkeypatch.setattr(ONNXFile, "explain", wrong)
    with pytest.raises(ParityError, match="The ONNX file differs"):
        export_onnx(exported.model, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("package", ["onnx", "onnxruntime", "tf2onnx"])
def test_a_missing_package_is_named(exported, tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    message = re.escape(
        f'export_onnx needs {package}: pip install "keras-attn[onnx]"'
    )
    with pytest.raises(ImportError, match=f"^{message}$"):
        export_onnx(exported.model, tmp_path / "model.onnx")


def test_opening_a_file_names_the_missing_packages(path, monkeypatch):
    for package in ("onnx", "onnxruntime", "tf2onnx"):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        ImportError, match="open_exported needs onnx, onnxruntime: pip"
    ):
        open_exported(path)
