import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from keras_attn.export import (
    ParityError,
    export_saved_model,
    export_tflite,
)
from keras_attn.export.parity import require_parity
from keras_attn.export.staging import staged
from keras_attn.models import SentenceClassifier
from keras_attn.text import Vectorizer

TEXTS = ["A good dog!", "who's there?", "x", "very bad " * 23]


@pytest.fixture(scope="module")
def classifier():
    keras.utils.set_random_seed(3)
    vectorizer = Vectorizer.learn(["a good dog ! who's", "very bad cat ?"])
    model = SentenceClassifier(
        vectorizer, ["good", "bad", "odd"], d_model=15, num_heads=5
    )
    model.build((None, None))
    return model


@pytest.fixture(scope="module")
def tflite(classifier, tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "model.tflite"
    return path, export_tflite(classifier, path)


def probabilities(model, ids):
    return keras.ops.convert_to_numpy(keras.ops.softmax(model(ids)))


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("length", [1, 7, 50])
def test_tflite_at_any_batch_and_length(classifier, tflite, batch, length):
    interpreter = Interpreter(str(tflite[0]))
    run = interpreter.get_signature_runner("serving_default")
    rng = np.random.default_rng(length)
    shape = (batch, length)
    ids = rng.integers(1, classifier.vectorizer.num_ids, shape, np.int32)
    ids[-1, 1 + length // 2 :] = 0
    outputs = run(ids=ids)
    logits, maps = classifier(ids, return_attention_scores=True)
    np.testing.assert_allclose(
        outputs["probabilities"], probabilities(classifier, ids), atol=1e-5
    )
    for i, expected in enumerate(maps):
        np.testing.assert_allclose(
            outputs[f"attention_{i}"], expected, atol=1e-5
        )


@pytest.mark.parametrize(
    "position, score, pooling",
    [
        ("learned", "bilinear", "max"),
        ("relative_bias", "additive", "first"),
        ("rotary", "cosine", "attention"),
        ("alibi", "dot", "mean"),
    ],
)
def test_tflite_with_other_sublayers(position, score, pooling, tmp_path):
    model = SentenceClassifier(
        Vectorizer.learn(["a good dog ! who's", "very bad cat ?"]),
        ["good", "bad"],
        d_model=12,
        num_heads=3,
        position=position,
        score=score,
        pooling=pooling,
    )
    model.build((None, None))
    parity = export_tflite(model, tmp_path / "model.tflite", TEXTS)
    assert parity.equal_decisions == 1.0
    assert parity.max_difference <= 1e-5
    assert b"Flex" not in (tmp_path / "model.tflite").read_bytes()


def test_tflite_uses_built_in_operators_only(tflite):
    assert b"Flex" not in tflite[0].read_bytes()


def test_tflite_proves_itself(tflite):
    parity = tflite[1]
    assert parity.max_difference <= 1e-5
    assert (parity.equal_decisions, parity.num_texts) == (1.0, 5)


@pytest.mark.parametrize("export", [export_saved_model, export_tflite])
def test_nothing_is_overwritten(classifier, tmp_path, export):
    path = tmp_path / "mine"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="mine exists"):
        export(classifier, path)
    assert path.read_text() == "mine"


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), staged(tmp_path / "deep" / "a") as path:
        path.write_text("half")
        raise RuntimeError
    assert list((tmp_path / "deep").iterdir()) == []


P = np.array([[0.2, 0.8], [0.7, 0.3]])


def test_parity_measures_the_worst_of_all_batches():
    parity = require_parity(
        "X", [[P, P], [P[:1], P]], [[P, P + 5e-5], [P[:1] + 5e-6, P]]
    )
    assert parity.max_difference == pytest.approx(5e-6)
    assert parity.max_attention_difference == pytest.approx(5e-5)
    assert (parity.equal_decisions, parity.num_texts) == (1.0, 3)


@pytest.mark.parametrize(
    "given, message",
    [
        ([P + 2e-5, P], "by 2e-05 in a probability, on 2 texts"),
        ([P, P + 2e-3], "by 0.002 in an attention weight"),
        ([P * np.nan, P], "by inf in a probability"),
        ([P[:1], P], r"shape \(1, 2\)"),
    ],
)
def test_parity_refuses_what_differs(given, message):
    with pytest.raises(ParityError, match=message):
        require_parity("X", [[P, P]], [given])


def test_parity_refuses_another_decision_however_close():
    even = np.array([[0.5 + 1e-7, 0.5 - 1e-7]])
    with pytest.raises(ParityError, match="otherwise .* on 1 of 1 texts"):
        require_parity("X", [[even]], [[even[:, ::-1]]])
