import json
import re
import sys

import keras
import numpy as np
import pytest

from keras_attn.export import ParityError, bundle, open_exported
from keras_attn.export.onnx import conversion as onnx_export
from keras_attn.export.onnx.conversion import export_onnx
from tests.export.cases import (
    TEXTS,
    Digamma,
    Rounded,
    random_ids,
    small_classifier,
)

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("tf2onnx")


@pytest.fixture(scope="module")
def exported(classifier, tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "model.onnx"
    return path, export_onnx(classifier, path)


def assert_says_the_same(model, path, shapes):
    file = open_exported(path)
    for batch, length in shapes:
        ids = random_ids(model, batch, length, seed=length)
        logits, maps = model.explain(ids)
        found = file.explain(ids)
        probabilities = found["probabilities"]
        expected = keras.ops.softmax(logits)
        np.testing.assert_allclose(probabilities, expected, atol=1e-5)
        np.testing.assert_array_equal(probabilities, file.probabilities(ids))
        assert len(found) == 1 + len(maps)
        for i, wanted in enumerate(maps):
            np.testing.assert_allclose(
                found[f"attention_{i}"], wanted, atol=1e-5
            )


def test_any_batch_and_any_length(classifier, exported):
    lengths = (1, 2, 7, 50, 512)
    shapes = [(batch, length) for batch in (1, 3) for length in lengths]
    assert_says_the_same(classifier, exported[0], shapes)


def test_it_proves_itself(exported):
    parity = exported[1]
    assert parity.max_difference <= 1e-5
    assert (parity.equal_decisions, parity.num_texts) == (1.0, 5)


def test_inputs_and_outputs(exported):
    session = onnxruntime.InferenceSession(exported[0])
    (ids,) = session.get_inputs()
    assert (ids.name, ids.type) == ("ids", "tensor(int32)")
    assert ids.shape == ["batch", "length"]
    outputs = {out.name: out.shape for out in session.get_outputs()}
    assert outputs == {
        "probabilities": ["batch", 3],
        "attention_0": ["batch", 5, "length", "length"],
        "attention_1": ["batch", 5, "length", "length"],
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "position",
    ["sinusoidal", "learned", "rotary", "relative_bias", "alibi", None],
)
def test_positions(position, tmp_path):
    model = small_classifier(position=position)
    export_onnx(model, tmp_path / "model.onnx", TEXTS)
    shapes = [(3, length) for length in (1, 2, 7, 50, 512)]
    assert_says_the_same(model, tmp_path / "model.onnx", shapes)


@pytest.mark.slow
@pytest.mark.parametrize(
    "score, pooling",
    [
        ("dot", "max"),
        ("cosine", "first"),
        ("bilinear", "attention"),
        ("additive", "mean"),
    ],
)
def test_scores_and_poolings(score, pooling, tmp_path):
    model = small_classifier(score=score, pooling=pooling)
    export_onnx(model, tmp_path / "model.onnx", TEXTS)
    assert_says_the_same(model, tmp_path / "model.onnx", [(1, 1), (3, 7)])


def test_the_files_of_a_classifier_are_inside(classifier, exported):
    session = onnxruntime.InferenceSession(exported[0])
    inside = session.get_modelmeta().custom_metadata_map
    expected = bundle.files(classifier)
    assert {k: v.encode() for k, v in inside.items()} == expected


def test_what_it_is_made_of(classifier, exported):
    file = open_exported(exported[0], num_threads=1)
    assert (file.format, file.takes) == ("onnx", "ids")
    assert file.size == exported[0].stat().st_size
    assert json.loads(json.dumps(file.weights)) == file.weights
    found, own = file.weights["float32"], classifier.count_params()
    assert 0.9 * own <= found <= 1.1 * own  # equal ones are stored once
    graph = onnx.load(exported[0]).graph
    assert sum(file.ops.values()) == len(graph.node)
    assert file.ops["Softmax"] == 3  # two layers, and the probabilities
    assert {node.domain for node in graph.node} <= {"", "ai.onnx"}


@pytest.mark.slow
def test_onnxruntime_alone_runs_it(classifier, exported, new_process):
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

session = onnxruntime.InferenceSession({str(exported[0])!r})
ids = np.array([[2, 3, 5, 7], [4, 1, 0, 0]], "int32")
print(json.dumps(session.run(["probabilities"], {{"ids": ids}})[0].tolist()))
"""
    ids = np.array([[2, 3, 5, 7], [4, 1, 0, 0]], "int32")
    expected = keras.ops.softmax(classifier(ids))
    found = json.loads(new_process(script))
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.slow
def test_equal_models_give_equal_bytes_in_any_process(tmp_path, new_process):
    model = small_classifier(position="rotary", pooling="attention")
    model.save(tmp_path / "model.keras")
    script = """
import sys
import keras
import keras_attn.export.onnx.conversion
model = keras.models.load_model("model.keras")
keras_attn.export.onnx.conversion.export_onnx(model, sys.argv[1])
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


def test_a_layer_that_cannot_be_converted_is_named(tmp_path):
    model = small_classifier(position=Digamma(name="strange"))
    with pytest.raises(
        ValueError, match="Digamma of the layer .*strange"
    ) as caught:
        export_onnx(model, tmp_path / "model.onnx")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_dtype_that_cannot_be_converted_is_named(tmp_path):
    model = small_classifier(position=Rounded(name="rounded"))
    message = r"not valid in ONNX.*node name: [\w/]+.*float16"
    with pytest.raises(ValueError, match=message) as caught:
        export_onnx(model, tmp_path / "model.onnx")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_file_is_not_left_behind(classifier, tmp_path, monkeypatch):
    right = onnx_export.ONNXFile.explain

    def wrong(file, ids):
        outputs = right(file, ids)
        outputs["probabilities"] += 2e-5
        return outputs

    monkeypatch.setattr(onnx_export.ONNXFile, "explain", wrong)
    with pytest.raises(ParityError, match="The ONNX file differs"):
        export_onnx(classifier, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("package", ["onnx", "onnxruntime", "tf2onnx"])
def test_a_missing_package_is_named(classifier, tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    message = f"package {package}: " + re.escape(
        'pip install "keras-attn[onnx]"'
    )
    with pytest.raises(ImportError, match=message):
        export_onnx(classifier, tmp_path / "model.onnx")
