"""TFLite files, run by LiteRT, against the model."""

import collections
import json

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_attn.export import ParityError, export_tflite, open_exported
from keras_attn.export.tflite import conversion
from keras_attn.export.tflite.file import TFLiteFile
from keras_attn.export.tflite.unsupported import unsupported_layers_named
from tests.export.cases import (
    SUBLAYERS,
    TEXTS,
    Digamma,
    Sliced,
    assert_same_outputs,
    random_ids,
    small_classifier,
)


@pytest.fixture(scope="module")
def path(exported):
    return exported.folder / "model.tflite"


@pytest.fixture(scope="module")
def file(path):
    return open_exported(path)


@pytest.mark.parametrize("length", [1, 2, 7, 50])
def test_any_batch_and_any_length(exported, file, length):
    assert_same_outputs(exported.model, file, [(1, length), (3, length)])


@settings(max_examples=25)
@given(st.integers(1, 5), st.integers(1, 33), st.integers(0, 9))
def test_padding_changes_nothing(exported, file, batch, length, more):
    ids = random_ids(exported.model, batch, length, seed=more)
    wider = np.pad(ids, ((0, 0), (0, more)))
    np.testing.assert_allclose(
        file.probabilities(ids), file.probabilities(wider), atol=1e-6
    )


def test_the_attention_of_the_pooling_comes_last(exported, file):
    ids = random_ids(exported.model, 2, 7)
    found = file.explain(ids)
    assert len(found) == 4
    assert found["attention_2"].shape == (2, 2, 1, 7)
    weights = found["attention_2"][1, :, 0]
    np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-6)
    assert (weights[:, 4:] == 0).all()  # padding


def test_signatures(path):
    signatures = Interpreter(str(path)).get_signature_list()
    assert list(signatures) == ["classify", "explain"]
    assert signatures["classify"]["inputs"] == ["ids"]
    assert signatures["classify"]["outputs"] == ["probabilities"]


@pytest.mark.long
@pytest.mark.parametrize(
    "position, score, pooling",
    [("rotary", "additive", "attention"), *SUBLAYERS],
)
def test_other_sublayers(position, score, pooling, tmp_path):
    model = small_classifier(position=position, score=score, pooling=pooling)
    parity = export_tflite(model, tmp_path / "model.tflite", TEXTS)
    assert parity.equal_decisions == 1.0
    assert parity.max_difference <= 1e-5
    assert b"Flex" not in (tmp_path / "model.tflite").read_bytes()


def test_the_export_returns_its_parity(exported):
    parity = exported.parity["model.tflite"]
    assert parity.max_difference <= 1e-5
    assert 0 < parity.max_attention_difference <= 1e-5
    assert (parity.equal_decisions, parity.num_texts) == (1.0, 4)


def test_weights_are_stored_once(exported):
    embedding = exported.model.get_layer("embedding").embeddings.numpy()
    assert exported.tflite.count(embedding.tobytes()) == 1


def test_operators_and_weights(exported, path, file):
    assert (file.format, file.takes) == ("tflite", "ids")
    assert file.size == path.stat().st_size
    assert json.loads(json.dumps(file.weights)) == file.weights
    found, own = file.weights["float32"], exported.model.count_params()
    assert 0.9 * own <= found <= 1.1 * own  # equal ones are stored once
    interpreter = Interpreter(
        str(path),
        experimental_op_resolver_type=(
            OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        ),
    )
    interpreter.allocate_tensors()
    runtime = collections.Counter(
        op["op_name"] for op in interpreter._get_ops_details()
    )
    # The runtime shows the first signature, the file has both.
    assert file.ops["SOFTMAX"] == 2 * runtime["SOFTMAX"] == 8
    assert set(runtime) == set(file.ops)
    assert not any("Flex" in name for name in file.ops)


def test_unsupported_operators_are_listed_once_per_layer():
    error = "\n".join(
        f'loc("{op}:", "{layer}/{op}@__inference_{function}_7"): '
        f"error: 'tf.{op}' op is neither a custom op nor a flex op"
        for op, layer in (("Digamma", "block/mine"), ("Einsum", "other"))
        for function in ("classify", "explain")
    )
    with pytest.raises(ValueError) as caught, unsupported_layers_named():
        raise RuntimeError(error)
    assert str(caught.value) == (
        "TFLite has no built-in operator for: Digamma in block/mine; Einsum in "
        "other. Use other operations in the layer: `keras.ops.sum(x * y, "
        "axis)` or `matmul` for `einsum`."
    )


def test_other_errors_of_the_converter_are_not_changed():
    message = "out of memory"
    with pytest.raises(RuntimeError, match=message), unsupported_layers_named():
        raise RuntimeError(message)


@pytest.mark.long
def test_an_unsupported_layer_is_named(tmp_path):
    model = small_classifier(position=Digamma(name="strange"))
    with pytest.raises(ValueError, match="Digamma in .*strange") as caught:
        export_tflite(model, tmp_path / "model.tflite")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_error_about_a_common_mistake_has_advice(tmp_path):
    model = small_classifier(position=Sliced(name="mine"))
    with pytest.raises(ValueError, match="StridedSlice in mine") as caught:
        export_tflite(model, tmp_path / "model.tflite")
    message = str(caught.value)
    assert message.count("StridedSlice") == 1  # not once per signature
    assert message.endswith(
        "`keras.ops.expand_dims(x, axis)` for `x[..., None]`."
    )


@pytest.mark.slow
@pytest.mark.parametrize("function", ["probabilities", "explain"])
def test_a_wrong_file_is_not_left_behind(
    exported, tmp_path, monkeypatch, function
):
    right = getattr(TFLiteFile, function)

    def wrong(file, ids):
        outputs = right(file, ids)
        if function == "probabilities":
            return outputs + 2e-5
        return outputs | {"probabilities": outputs["probabilities"] + 2e-5}

    def write(model, path, *arguments):
        path.write_bytes(exported.tflite)

    monkeypatch.setattr(conversion, "write", write)
    export_tflite(exported.model, tmp_path / "right.tflite")
    (tmp_path / "right.tflite").unlink()
    monkeypatch.setattr(TFLiteFile, function, wrong)
    with pytest.raises(ParityError, match="The TFLite file differs"):
        export_tflite(exported.model, tmp_path / "model.tflite")
    assert list(tmp_path.iterdir()) == []
