import hashlib
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
import yaml

from keras_attn.export import (
    ParityError,
    export_saved_model,
    open_exported,
    saved_model,
)
from keras_attn.models import SentenceClassifier
from keras_attn.text import Vectorizer, pad, tokenize

pytestmark = pytest.mark.tensorflow
DATA = "variables.data-00000-of-00001"
TEXTS = ["A good dog!", "who's there?", "x", "very bad " * 23]


def classifier(seed=3, max_length=37, **arguments):
    keras.utils.set_random_seed(seed)
    vectorizer = Vectorizer.learn(
        ["a good dog ! who's", "very bad cat ?"], max_length=max_length
    )
    model = SentenceClassifier(
        vectorizer, ["gut", "schlecht", "möglich"], d_model=15, num_heads=5
    )
    if arguments:
        model = SentenceClassifier(
            vectorizer, ["no", "yes"], d_model=12, num_heads=3, **arguments
        )
    model.build((None, None))
    # Else the biases, all that speaks where there is no token, are 0.
    model.get_layer("head").bias.assign(
        np.linspace(-0.5, 0.7, len(model.labels))
    )
    return model


@pytest.fixture(scope="module")
def model():
    return classifier()


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "model"
    parity = export_saved_model(model, path, TEXTS)
    assert parity.max_difference <= 1e-5
    assert parity.max_attention_difference <= 1e-5
    assert (parity.equal_decisions, parity.num_texts) == (1.0, 4)
    return path


@pytest.fixture(scope="module")
def loaded(folder):
    return tf.saved_model.load(folder)


def test_both_signatures_say_what_classify_says(model, loaded):
    results = model.classify(TEXTS)
    answer = loaded.signatures["explain"](texts=tf.constant(TEXTS))
    longest = max(len(result.tokens) for result in results)
    for row, result in enumerate(results):
        length = len(result.tokens)
        tokens = [t.decode() for t in answer["tokens"][row].numpy()]
        assert tokens == result.tokens + [""] * (longest - length)
        assert answer["label"][row].numpy().decode() == result.label
        for layer, expected in enumerate(result.attention):
            given = answer[f"attention_{layer}"][row]
            np.testing.assert_allclose(
                given[:, :length, :length], expected, atol=1e-5
            )
            assert not np.any(given[:, :, length:])
    expected = [list(r.probabilities.values()) for r in results]
    for name in ("serve", "serving_default", "explain"):
        given = loaded.signatures[name](texts=tf.constant(TEXTS))
        np.testing.assert_allclose(given["probabilities"], expected, atol=1e-5)
        assert np.array_equal(given["label"], answer["label"])


@pytest.mark.parametrize(
    "position, score, pooling",
    [
        ("learned", "bilinear", "max"),
        ("relative_bias", "additive", "first"),
        ("rotary", "cosine", "attention"),
        ("alibi", "dot", "mean"),
    ],
)
def test_other_sublayers_and_nothing_to_read(
    position, score, pooling, tmp_path
):
    model = classifier(position=position, score=score, pooling=pooling)
    parity = export_saved_model(model, tmp_path / "model", TEXTS)
    assert parity.equal_decisions == 1.0
    loaded = tf.saved_model.load(tmp_path / "model")
    nothing = model(np.zeros((1, 1), "int32"))
    expected = keras.ops.convert_to_numpy(keras.ops.softmax(nothing))[0]
    for texts, row in [([""], 0), (["a cat", " \x00\t"], 1)]:
        given = loaded.serve(tf.constant(texts))["probabilities"]
        np.testing.assert_allclose(given[row], expected, atol=1e-6)


def test_no_text_and_no_token(model, loaded):
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
    assert one["label"].numpy() == ["möglich".encode()]


@pytest.mark.parametrize(
    "data, tokens",
    [
        (b"bad\x00\x1b[31mcat\x7f", ["bad", "[", "31mcat"]),
        (b"bad \xff\xfe cat", ["bad", "\ufffd", "\ufffd", "cat"]),
        (b"cat\xe2\x82", ["cat", "\ufffd"]),  # cut inside a character
        ("bad\u202ecat\ufeff".encode(), ["bad", "cat"]),
        ("GRÖẞE 猫".encode(), ["größe", "猫"]),
    ],
)
def test_unusual_bytes(model, loaded, data, tokens):
    answer = loaded.explain(tf.constant([data]))
    assert [t.decode() for t in answer["tokens"][0].numpy()] == tokens
    assert tokens == tokenize(data.decode(errors="replace"))
    ids = pad(model.vectorizer.encode([" ".join(tokens)]))
    expected = keras.ops.softmax(model(ids))
    np.testing.assert_allclose(answer["probabilities"], expected, atol=1e-6)


def test_a_huge_text_is_cut(model, loaded):
    answer = loaded.explain(tf.constant(["bad " * 70_001, "dog"]))
    assert answer["tokens"].shape == (2, 37)
    assert answer["attention_0"].shape == (2, 5, 37, 37)
    cut = model.classify(["bad " * 37])[0]
    np.testing.assert_allclose(
        answer["probabilities"][0], list(cut.probabilities.values()), atol=1e-6
    )


def test_the_weights_stand_there_once(model, folder):
    stored = (folder / "variables" / DATA).read_bytes()
    matrices = [w.numpy() for w in model.weights if len(w.shape) == 2]
    assert len(matrices) == 14
    assert [stored.count(matrix.tobytes()) for matrix in matrices] == [1] * 14


def test_mlflow_is_told_a_signature_that_exists(folder, loaded):
    flavors = yaml.safe_load((folder / "MLmodel").read_text())["flavors"]
    flavor = flavors["tensorflow"]
    assert flavor["signature_def_key"] in loaded.signatures
    assert (folder / flavor["saved_model_dir"] / "saved_model.pb").exists()


def test_opened(model, folder):
    exported = open_exported(folder)
    files = [f for f in folder.rglob("*") if f.is_file()]
    assert (exported.format, exported.takes) == ("saved_model", "texts")
    assert exported.size == sum(len(f.read_bytes()) for f in files)
    assert exported.weights == {"float32": model.count_params()}
    assert exported.ops["LookupTableFindV2"] == 1
    assert exported.ops["Softmax"] == 3  # two layers and the answer
    expected = [list(r.probabilities.values()) for r in model.classify(TEXTS)]
    given = exported.probabilities(TEXTS)
    np.testing.assert_allclose(given, expected, atol=1e-5)
    assert given.dtype == np.float32
    assert exported.probabilities([]).shape == (0, 3)


def test_what_differs_is_not_written(model, tmp_path, monkeypatch):
    write, other = saved_model._write, classifier(seed=4)
    monkeypatch.setattr(
        saved_model, "_write", lambda model, folder: write(other, folder)
    )
    with pytest.raises(ParityError, match="SavedModel differs"):
        export_saved_model(model, tmp_path / "model", TEXTS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_second_process_writes_the_same_bytes(model, tmp_path, new_process):
    model.save(tmp_path / "model.keras")

    def export(name):
        new_process(f"""
import keras
import keras_attn.export
model = keras.models.load_model("model.keras")
keras_attn.export.export_saved_model(model, {name!r})
""")
        return {
            str(file.relative_to(tmp_path / name)): hashlib.sha256(
                file.read_bytes()
            ).hexdigest()
            for file in (tmp_path / name).rglob("*")
            if file.is_file()
        }

    first = export("first")
    assert sorted(first) == [
        "MLmodel",
        "saved_model.pb",
        f"variables/{DATA}",
        "variables/variables.index",
    ]
    assert export("second") == first
