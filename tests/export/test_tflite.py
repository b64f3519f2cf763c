import collections
import json

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_attn.export import (
    BOUNDS,
    ParityError,
    export_tflite,
    open_exported,
    tflite,
)
from tests.export.cases import (
    LONG_AND_SHORT,
    SUBLAYERS,
    TEXTS,
    Digamma,
    Sliced,
    random_ids,
    small_classifier,
)


@pytest.fixture(scope="module")
def exported(classifier, tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "model.tflite"
    return path, export_tflite(classifier, path)


def expected_outputs(model, ids):
    logits, maps = model(ids, return_attention_scores=True)
    return keras.ops.softmax(logits), maps


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("length", [1, 7, 50])
def test_any_batch_and_any_length(classifier, exported, batch, length):
    interpreter = Interpreter(str(exported[0]))
    ids = random_ids(classifier, batch, length, seed=length)
    probabilities, maps = expected_outputs(classifier, ids)
    found = interpreter.get_signature_runner("classify")(ids=ids)
    assert list(found) == ["probabilities"]
    np.testing.assert_allclose(found["probabilities"], probabilities, atol=1e-5)
    found = interpreter.get_signature_runner("explain")(ids=ids)
    np.testing.assert_allclose(found["probabilities"], probabilities, atol=1e-5)
    assert len(found) == 1 + len(maps)
    for i, expected in enumerate(maps):
        np.testing.assert_allclose(found[f"attention_{i}"], expected, atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 5), st.integers(1, 33), st.integers(0, 9))
def test_padding_changes_nothing(classifier, exported, batch, length, more):
    file = open_exported(exported[0])
    ids = random_ids(classifier, batch, length, seed=more)
    wider = np.pad(ids, ((0, 0), (0, more)))
    np.testing.assert_allclose(
        file.probabilities(ids), file.probabilities(wider), atol=1e-6
    )


@pytest.mark.parametrize(
    "position, score, pooling",
    [*SUBLAYERS, (None, "scaled_dot", "mean")],
)
@pytest.mark.slow
def test_sublayers_in_int8(position, score, pooling, tmp_path):
    model = small_classifier(position=position, score=score, pooling=pooling)
    path = tmp_path / "model.tflite"
    texts = LONG_AND_SHORT
    parity = export_tflite(
        model, path, texts, "int8", 3 * texts, keep_miss=True
    )
    assert parity.max_difference < 0.05
    assert b"Flex" not in path.read_bytes()


@pytest.mark.parametrize("position, score, pooling", SUBLAYERS)
def test_other_sublayers(position, score, pooling, tmp_path):
    model = small_classifier(position=position, score=score, pooling=pooling)
    parity = export_tflite(model, tmp_path / "model.tflite", TEXTS)
    assert parity.equal_decisions == 1.0
    assert parity.max_difference <= 1e-5
    assert b"Flex" not in (tmp_path / "model.tflite").read_bytes()


def test_the_map_of_the_pooling_comes_last(tmp_path):
    model = small_classifier(pooling="attention")
    export_tflite(model, tmp_path / "model.tflite", TEXTS)
    ids = random_ids(model, 2, 7)
    found = open_exported(tmp_path / "model.tflite").explain(ids)
    assert list(found["attention_1"].shape) == [2, 1, 1, 7]
    assert len(found) == 3
    weights = found["attention_1"][1, 0, 0]
    np.testing.assert_allclose(weights.sum(), 1, atol=1e-6)
    assert (weights[4:] == 0).all()  # padding


def test_it_proves_itself(exported):
    parity = exported[1]
    assert parity.max_difference <= 1e-5
    assert (parity.equal_decisions, parity.num_texts) == (1.0, 5)


def test_the_weights_are_there_once(classifier, exported):
    largest = classifier.get_layer("embedding").embeddings.numpy().tobytes()
    content = exported[0].read_bytes()
    assert content.count(largest) == 1


def test_what_it_is_made_of(classifier, exported):
    file = open_exported(exported[0])
    assert (file.format, file.takes) == ("tflite", "ids")
    assert file.size == exported[0].stat().st_size
    assert json.loads(json.dumps(file.weights)) == file.weights
    found, own = file.weights["float32"], classifier.count_params()
    assert 0.9 * own <= found <= 1.1 * own  # equal ones are stored once
    runtime = collections.Counter()
    interpreter = Interpreter(
        str(exported[0]), experimental_op_resolver_type=_reference()
    )
    interpreter.allocate_tensors()
    runtime.update(op["op_name"] for op in interpreter._get_ops_details())
    # The runtime shows the first signature, the file has both.
    assert file.ops["SOFTMAX"] == 2 * runtime["SOFTMAX"] == 6
    assert set(runtime) == set(file.ops)
    assert not any("Flex" in name for name in file.ops)


def _reference():
    from ai_edge_litert.interpreter import OpResolverType

    return OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES


@pytest.mark.slow
@pytest.mark.parametrize("quantize", BOUNDS)
def test_quantizations_of_a_trained_model(trained, quantize, tmp_path):
    model, texts = trained
    made = []
    for name in ("a", "b"):
        path = tmp_path / f"{name}.tflite"
        parity = export_tflite(model, path, texts, quantize, texts[:100])
        made.append(path.read_bytes())
    assert made[0] == made[1]
    assert parity.equal_decisions >= BOUNDS[quantize].equal_decisions
    assert parity.num_texts == 700
    types = collections.Counter(
        detail["dtype"].__name__
        for detail in Interpreter(str(path)).get_tensor_details()
        if np.prod(detail["shape"]) >= 1024
    )
    kind = {None: "float32", "float16": "float16"}.get(quantize, "int8")
    assert types[kind] >= 1 + 2 * 6  # the embedding, six products a layer
    floats = [name for name in types if name not in (kind, "int32")]
    assert quantize is None or not floats or kind == "float16"


def test_a_layer_that_cannot_be_converted_is_named(tmp_path):
    model = small_classifier(position=Digamma(name="strange"))
    with pytest.raises(ValueError, match="Digamma in .*strange") as caught:
        export_tflite(model, tmp_path / "model.tflite")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_common_slip_comes_with_its_cure(tmp_path):
    model = small_classifier(position=Sliced(name="mine"))
    with pytest.raises(ValueError, match="StridedSlice in mine") as caught:
        export_tflite(model, tmp_path / "model.tflite")
    message = str(caught.value)
    assert message.count(" in ") == 1  # not once a signature
    assert message.endswith(
        "`keras.ops.expand_dims(x, axis)` for `x[..., None]`."
    )


def test_a_wrong_file_is_not_left_behind(classifier, tmp_path, monkeypatch):
    right = tflite.TFLiteFile.probabilities
    monkeypatch.setattr(
        tflite.TFLiteFile,
        "probabilities",
        lambda file, ids: right(file, ids) + 2e-5,
    )
    with pytest.raises(ParityError, match="The TFLite file differs"):
        export_tflite(classifier, tmp_path / "model.tflite")
    assert list(tmp_path.iterdir()) == []
