"""SavedModels, run by TensorFlow, against the model."""

import hashlib
import json
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf
import yaml
from tensorflow.core.protobuf import saved_model_pb2

from keras_attn.export import (
    ParityError,
    export_saved_model,
    open_exported,
)
from keras_attn.export.saved_model import conversion
from keras_attn.text import pad, tokenize
from tests.export.cases import (
    SUBLAYERS,
    TEXTS,
    small_classifier,
    unicode_classifier,
)

pytestmark = pytest.mark.tensorflow
DATA = "variables/variables.data-00000-of-00001"


@pytest.fixture(scope="module")
def model(exported):
    return exported.model


@pytest.fixture(scope="module")
def folder(exported):
    return exported.folder / "saved_model"


@pytest.fixture(scope="module")
def loaded(folder):
    return tf.saved_model.load(folder)


def test_the_export_returns_its_parity(exported):
    parity = exported.parity["saved_model"]
    assert parity.max_difference <= 1e-5
    assert 0 < parity.max_attention_difference <= 1e-5
    assert (parity.equal_decisions, parity.num_texts) == (1.0, 4)


@pytest.mark.slow
def test_both_signatures_agree_with_classify(model, loaded):
    results = model.classify(TEXTS)
    answer = loaded.signatures["explain"](texts=tf.constant(TEXTS))
    longest = max(len(result.tokens) for result in results)
    for row, result in enumerate(results):
        length = len(result.tokens)
        tokens = [t.decode() for t in answer["tokens"][row].numpy()]
        assert tokens == list(result.tokens) + [""] * (longest - length)
        assert answer["label"][row].numpy().decode() == result.label
        for layer, expected in enumerate(result.attention):
            given = answer[f"attention_{layer}"][row]
            np.testing.assert_allclose(
                given[:, :length, :length], expected, atol=1e-5
            )
            assert not np.any(given[:, :, length:])
    assert answer["attention_2"].shape == (len(TEXTS), 2, 1, longest)
    expected = [list(r.probabilities.values()) for r in results]
    for name in ("serve", "serving_default", "explain"):
        given = loaded.signatures[name](texts=tf.constant(TEXTS))
        np.testing.assert_allclose(given["probabilities"], expected, atol=1e-5)
        assert np.array_equal(given["label"], answer["label"])


@pytest.mark.long
@pytest.mark.parametrize(
    "position, score, pooling",
    [("relative_bias", "cosine", "attention"), *SUBLAYERS],
)
def test_other_sublayers_and_texts_without_tokens(
    position, score, pooling, tmp_path
):
    model = small_classifier(position=position, score=score, pooling=pooling)
    model.get_layer("head").bias.assign([-0.5, 0.7])
    parity = export_saved_model(model, tmp_path / "model", TEXTS)
    assert parity.equal_decisions == 1.0
    loaded = tf.saved_model.load(tmp_path / "model")
    nothing = model(np.zeros((1, 1), "int32"))
    expected = keras.ops.convert_to_numpy(keras.ops.softmax(nothing))[0]
    for texts, row in [([""], 0), (["a cat", " \x00\t"], 1)]:
        given = loaded.serve(tf.constant(texts))["probabilities"]
        np.testing.assert_allclose(given[row], expected, atol=1e-6)


@pytest.mark.slow
def test_no_texts_and_texts_without_tokens(loaded):
    none = loaded.explain(tf.constant([], tf.string))
    assert none["probabilities"].shape == (0, 3)
    assert none["label"].shape == (0,)
    assert none["attention_1"].shape == (0, 5, 0, 0)
    one = loaded.explain(tf.constant([""]))
    assert one["tokens"].shape == (1, 0)
    assert one["attention_1"].shape == (1, 5, 0, 0)
    bias = np.exp(np.linspace(-0.5, 0.7, 3))
    np.testing.assert_allclose(
        one["probabilities"][0], bias / bias.sum(), atol=1e-6
    )
    assert one["label"].numpy() == [b"odd"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "data, tokens",
    [
        (b"bad\x00\x1b[31mcat\x7f", ["bad", "[", "31mcat"]),
        (b"bad \xff\xfe cats", ["bad", "\ufffd", "\ufffd", "cats"]),
        (b"cats\xe2\x82", ["cats", "\ufffd"]),  # cut inside a character
        ("bad\u202ecats\ufeff".encode(), ["bad", "cats"]),
        ("GRÖẞE ÜNÏ 我".encode(), ["größe", "ünï", "我"]),
    ],
)
def test_unusual_bytes(model, loaded, data, tokens):
    answer = loaded.explain(tf.constant([data]))
    assert [t.decode() for t in answer["tokens"][0].numpy()] == tokens
    assert tokens == tokenize(data.decode(errors="replace"))
    ids = pad(model.vectorizer.encode([" ".join(tokens)]))
    expected = keras.ops.softmax(model(ids))
    np.testing.assert_allclose(answer["probabilities"], expected, atol=1e-6)


@pytest.mark.slow
def test_a_huge_text_is_cut(model, loaded):
    answer = loaded.explain(tf.constant(["bad " * 70_001, "dog"]))
    assert answer["tokens"].shape == (2, 23)
    assert answer["attention_0"].shape == (2, 5, 23, 23)
    cut = model.classify(["bad " * 23])[0]
    np.testing.assert_allclose(
        answer["probabilities"][0], list(cut.probabilities.values()), atol=1e-6
    )


def test_weights_are_stored_once(model, folder):
    stored = (folder / DATA).read_bytes()
    matrices = [w.numpy() for w in model.weights if len(w.shape) >= 2]
    matrices = [matrix for matrix in matrices if matrix.any()]  # no biases
    assert len(matrices) > 13
    counts = [stored.count(matrix.tobytes()) for matrix in matrices]
    assert counts == [1] * len(matrices)


def test_the_signature_for_mlflow_exists(folder, loaded):
    flavors = yaml.safe_load((folder / "MLmodel").read_text())["flavors"]
    flavor = flavors["tensorflow"]
    assert flavor["signature_def_key"] in loaded.signatures
    assert (folder / flavor["saved_model_dir"] / "saved_model.pb").exists()


@pytest.mark.slow
def test_opened(model, folder):
    exported = open_exported(folder)
    files = [f for f in folder.rglob("*") if f.is_file()]
    assert (exported.format, exported.takes) == ("saved_model", "texts")
    assert exported.size == sum(len(f.read_bytes()) for f in files)
    assert exported.weights == {"float32": model.count_params()}
    assert exported.ops["LookupTableFindV2"] == 1
    assert exported.ops["Softmax"] == 4  # two layers, pooling, probabilities
    expected = [list(r.probabilities.values()) for r in model.classify(TEXTS)]
    given = exported.probabilities(TEXTS)
    np.testing.assert_allclose(given, expected, atol=1e-5)
    assert given.dtype == np.float32
    assert exported.probabilities([]).shape == (0, 3)


@pytest.mark.slow
def test_texts_that_an_opened_folder_takes(model, folder):
    file = open_exported(folder)
    texts = ["good \ud800 dog", "very \udfff\U0001f642 bad"]
    expected = [list(r.probabilities.values()) for r in model.classify(texts)]
    np.testing.assert_allclose(file.probabilities(texts), expected, atol=1e-5)
    with pytest.raises(ValueError, match="Received: one string"):
        file.probabilities("good dog")
    with pytest.raises(ValueError, match="1 of type int"):
        file.probabilities([1])


@pytest.mark.slow
def test_a_wrong_folder_is_not_left_behind(folder, tmp_path, monkeypatch):
    def write(model, path):
        shutil.copytree(folder, path)

    monkeypatch.setattr(conversion, "write", write)
    other = unicode_classifier()
    other.get_layer("head").bias.assign([0.0, 0.001, 0.0])
    with pytest.raises(ParityError, match="SavedModel differs"):
        export_saved_model(other, tmp_path / "model", TEXTS)
    assert list(tmp_path.iterdir()) == []


def test_it_refers_to_no_class_of_keras(folder):
    proto = saved_model_pb2.SavedModel()
    proto.ParseFromString((folder / "saved_model.pb").read_bytes())
    (graph,) = proto.meta_graphs
    nodes = [
        node.user_object.identifier
        for node in graph.object_graph_def.nodes
        if node.HasField("user_object")
    ]
    assert nodes
    assert not [name for name in nodes if "keras" in name]


@pytest.mark.long
def test_tensorflow_alone_loads_it(model, folder, new_process):
    script = f"""
import json, sys
import tensorflow as tf
for name in [n for n in sys.modules if n.split(".")[0] == "keras"]:
    del sys.modules[name]
for name in ("keras", "keras_attn"):
    sys.modules[name] = None  # importing it from here on raises
loaded = tf.saved_model.load({str(folder)!r})
given = loaded.signatures["explain"](texts=tf.constant({TEXTS!r}))
print(json.dumps({{
    name: given[name].numpy().tolist()
    for name in ("probabilities", "attention_0")
}}))
"""
    output = json.loads(new_process(script).splitlines()[-1])
    results = model.classify(TEXTS)
    expected = [list(r.probabilities.values()) for r in results]
    np.testing.assert_allclose(output["probabilities"], expected, atol=1e-5)
    last = np.array(output["attention_0"])[-1]
    np.testing.assert_allclose(last, results[-1].attention[0], atol=1e-5)


def hashes(folder):
    """The SHA-256 of every file in a folder."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(
            file.read_bytes()
        ).hexdigest()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_it_contains_no_file_with_random_content(folder):
    """All bytes are compared by `make test-long`."""
    assert sorted(hashes(folder)) == [
        "MLmodel",
        "saved_model.pb",
        DATA,
        "variables/variables.index",
    ]


@pytest.mark.long
def test_a_second_process_writes_the_same_bytes(model, tmp_path, new_process):
    model.save(tmp_path / "model.keras")
    for name in ("first", "second"):
        new_process(f"""
import keras
import keras_attn.export
model = keras.models.load_model("model.keras")
keras_attn.export.export_saved_model(model, {name!r})
""")
    first = hashes(tmp_path / "first")
    assert len(first) == 4
    assert hashes(tmp_path / "second") == first
