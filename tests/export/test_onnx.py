import collections
import json
import re
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_attn.export import BOUNDS, ParityError, bundle, open_exported
from keras_attn.export import onnx as onnx_export
from keras_attn.export.onnx import export_onnx
from keras_attn.models import SentenceClassifier
from keras_attn.text import Vectorizer

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("tf2onnx")

TEXTS = ["A good dog!", "who's there?", "x", "very bad " * 23]
WORDS = [f"{a}{b}" for a in "abcdefghijk" for b in "lmnopqrstuv"]
CALIBRATION = [f"{a} {b}" for a, b in zip(WORDS, WORDS[7:], strict=False)]


@pytest.fixture(scope="module")
def exported(classifier, tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "model.onnx"
    return path, export_onnx(classifier, path)


def small_classifier(**settings):
    settings = {"d_model": 12, "num_heads": 3, "num_layers": 1} | settings
    model = SentenceClassifier(Vectorizer(WORDS), ["good", "bad"], **settings)
    model.build((None, None))
    return model


def random_ids(model, batch, length):
    """A batch whose last sentence ends in padding."""
    rng = np.random.default_rng(length)
    shape = (batch, length)
    ids = rng.integers(1, model.vectorizer.num_ids, shape, np.int32)
    ids[-1, 1 + length // 2 :] = 0
    return ids


def assert_says_the_same(model, path, shapes):
    file = open_exported(path)
    for batch, length in shapes:
        ids = random_ids(model, batch, length)
        logits, maps = model(ids, return_attention_scores=True)
        probabilities, attention = file.explain(ids)
        expected = keras.ops.softmax(logits)
        np.testing.assert_allclose(probabilities, expected, atol=1e-5)
        np.testing.assert_array_equal(probabilities, file.probabilities(ids))
        assert len(attention) == len(maps)
        for found, wanted in zip(attention, maps, strict=True):
            np.testing.assert_allclose(found, wanted, atol=1e-5)


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


def test_what_it_is_made_of(exported):
    file = open_exported(exported[0], num_threads=1)
    assert (file.format, file.takes) == ("onnx", "ids")
    assert file.size == exported[0].stat().st_size
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
import keras_attn.export.onnx
model = keras.models.load_model("model.keras")
keras_attn.export.onnx.export_onnx(model, sys.argv[1])
"""
    for name in ("one.onnx", "two.onnx"):
        new_process(f"import sys; sys.argv[1:] = [{name!r}]\n{script}")
    export_onnx(
        keras.models.load_model(tmp_path / "model.keras"), tmp_path / "c"
    )
    one = (tmp_path / "one.onnx").read_bytes()
    assert one == (tmp_path / "two.onnx").read_bytes()
    assert one == (tmp_path / "c").read_bytes()


@pytest.fixture(scope="module")
def trained():
    """Learns which half of a vocabulary a sentence is from."""
    keras.utils.set_random_seed(5)
    rng = np.random.default_rng(5)
    texts, labels = [], rng.integers(0, 2, 700)
    for label in labels:
        words = WORDS[label * 60 : label * 60 + 60]
        texts.append(" ".join(rng.choice(words, rng.integers(2, 13))))
    model = SentenceClassifier(Vectorizer(WORDS), ["front", "back"], d_model=60)
    ids = keras.utils.pad_sequences(model.vectorizer.encode(texts))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    model.fit(ids, labels, epochs=2, verbose=0)
    return model, texts


@pytest.mark.slow
@pytest.mark.parametrize("quantize", BOUNDS)
def test_quantizations_of_a_trained_model(trained, quantize, tmp_path):
    model, texts = trained
    made = []
    for name in ("a", "b"):
        path = tmp_path / name
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
@pytest.mark.parametrize("quantize", ["float16", "dynamic", "int8"])
@pytest.mark.parametrize(
    "position, score, pooling",
    [
        ("learned", "bilinear", "max"),
        ("relative_bias", "additive", "first"),
        ("rotary", "cosine", "attention"),
        ("alibi", "dot", "mean"),
    ],
)
def test_quantized_sublayers(position, score, pooling, quantize, tmp_path):
    model = small_classifier(position=position, score=score, pooling=pooling)
    parity = export_onnx(
        model, tmp_path / "a", TEXTS, quantize, CALIBRATION, keep_miss=True
    )
    assert parity.max_difference < (0.002 if quantize == "float16" else 0.1)


@pytest.mark.slow
@pytest.mark.parametrize("quantize", ["dynamic", "int8"])
def test_eight_bits_make_a_small_file(quantize, tmp_path):
    model = small_classifier(d_model=256, num_heads=8)
    sizes = []
    for how in (None, quantize):
        path = tmp_path / f"{how}.onnx"
        export_onnx(model, path, TEXTS, how, CALIBRATION, keep_miss=True)
        sizes.append(open_exported(path).size)
    assert sizes[1] <= BOUNDS[quantize].size_ratio * sizes[0]


@pytest.mark.slow
def test_int8_learns_from_the_calibration(trained, tmp_path):
    model, texts = trained
    made = set()
    for name, calibration in (("a", texts[:100]), ("b", [WORDS[0]] * 100)):
        path = tmp_path / name
        export_onnx(model, path, texts, "int8", calibration, keep_miss=True)
        made.add(path.read_bytes())
    assert len(made) == 2


def test_float16_leaves_what_it_cannot_hold(tmp_path):
    model = small_classifier()
    path = tmp_path / "model.onnx"
    layer = model.get_layer("embedding")
    layer.embeddings.assign(layer.embeddings * 1e6)
    export_onnx(model, path, TEXTS, "float16", keep_miss=True)
    assert np.isfinite(
        open_exported(path).probabilities(random_ids(model, 3, 7))
    ).all()


@pytest.mark.parametrize(
    "quantize, calibration, message",
    [
        ("int4", None, "must be one of None, 'float16', .*'int4'"),
        ("int8", None, "at least 100 training texts .* Received: 0"),
        ("int8", ["a"] * 99, "Received: 99"),
    ],
)
def test_what_cannot_be_quantized(
    classifier, tmp_path, quantize, calibration, message
):
    path = tmp_path / "deep" / "model.onnx"
    with pytest.raises(ValueError, match=message):
        export_onnx(
            classifier, path, quantize=quantize, calibration=calibration
        )
    assert not path.parent.exists()


@keras.saving.register_keras_serializable("tests")
class Digamma(keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, x, mask=None):
        return tf.math.digamma(keras.ops.exp(x))


def test_a_layer_that_cannot_be_converted_is_named(tmp_path):
    model = small_classifier(position=Digamma(name="strange"))
    with pytest.raises(ValueError, match="Digamma of .*/strange") as caught:
        export_onnx(model, tmp_path / "model.onnx")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_dtype_that_cannot_be_converted_is_named(tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    with pytest.raises(ValueError, match="MatMul.*query.*bfloat16") as caught:
        export_onnx(small_classifier(), tmp_path / "model.onnx")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_file_is_not_left_behind(classifier, tmp_path, monkeypatch):
    right = onnx_export.ONNXFile.explain

    def wrong(file, ids):
        probabilities, maps = right(file, ids)
        return probabilities + 2e-5, maps

    monkeypatch.setattr(onnx_export.ONNXFile, "explain", wrong)
    with pytest.raises(ParityError, match="The ONNX file differs"):
        export_onnx(classifier, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(classifier, tmp_path):
    path = tmp_path / "mine"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="mine exists"):
        export_onnx(classifier, path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("package", ["onnx", "onnxruntime", "tf2onnx"])
def test_a_missing_package_is_named(classifier, tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    message = f"package {package}: " + re.escape(
        'pip install "keras-attn[onnx]"'
    )
    with pytest.raises(ImportError, match=message):
        export_onnx(classifier, tmp_path / "model.onnx")


def test_ids_outside_the_vocabulary_are_refused(classifier, exported):
    ids = np.array([[1, classifier.vectorizer.num_ids, 2]], np.int32)
    with pytest.raises(Exception, match="out of data bounds"):
        open_exported(exported[0]).probabilities(ids)
