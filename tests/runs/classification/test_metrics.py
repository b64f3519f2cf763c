import keras
import numpy as np
import pytest

from keras_attn.data import Corpus, DataError, Split
from keras_attn.models import Decision, SentenceClassifier
from keras_attn.runs.classification.metrics import (
    confusion,
    f1_scores,
    measure,
)
from keras_attn.runs.classification.predictions import true_labels
from keras_attn.text import TextError, Vectorizer


def model_of(labels, **options):
    keras.utils.set_random_seed(0)
    model = SentenceClassifier(
        Vectorizer(["a", "b"]),
        labels,
        num_layers=1,
        d_model=4,
        num_heads=2,
        **options,
    )
    model.build((None, None))
    return model


def corpus_of(names, texts, labels):
    dtype = bool if np.ndim(labels) == 2 else np.int32
    split = Split(texts, np.array(labels, dtype), "x.csv")
    return Corpus("x.csv", names, split, split, split, "text", "label")


def test_labels_of_an_older_model_may_be_in_nfd():
    model = model_of(["rate\u0301", "re\u0301ussi"])
    corpus = corpus_of(("r\u00e9ussi", "rat\u00e9"), ["a", "b"], [0, 1])
    truth = true_labels(model, corpus, corpus.test)
    assert truth.argmax(-1).tolist() == [1, 0]


@pytest.mark.slow
def test_texts_with_unknown_labels_can_be_left_out():
    model = model_of(["x", "y"])
    corpus = corpus_of(("w", "x", "y"), ["a", "b", "a b"], [0, 1, 2])
    with pytest.raises(DataError, match="label 'w'.*--drop_unknown_labels"):
        measure(model, corpus, "test")
    measured = measure(model, corpus.with_labels(model.labels), "test")
    assert measured["texts"] == 2
    assert measured["source"] == "x.csv, 1 with unknown labels left out"


@pytest.mark.slow
def test_unknown_labels_of_several_can_be_left_out():
    model = model_of(["x", "y"], multi_label=True)
    labels = [[1, 0, 1], [1, 0, 0], [0, 1, 0]]
    corpus = corpus_of(("w", "x", "y"), ["a", "b", "a b"], labels)
    with pytest.raises(DataError, match="label 'w'.*--drop_unknown_labels"):
        measure(model, corpus, "test")
    known = corpus.with_labels(model.labels)
    assert known.label_names == ("x", "y")
    assert known.test.labels.tolist() == [[0, 1], [0, 0], [1, 0]]
    assert measure(model, known, "test")["texts"] == 3
    with pytest.raises(DataError, match="no example has one of the labels"):
        corpus.with_labels(["z"])


def test_an_error_names_the_place():
    corpus = corpus_of(("x", "y"), ["a", "\u200b"], [0, 1])
    message = "^x.csv, example 1: the text has no tokens"
    with pytest.raises(TextError, match=message):
        measure(model_of(["x", "y"]), corpus, "test")


def test_exact_f1_scores():
    """Two labels: 1 of 2 found and 1 wrong; 1 of 1 found."""
    truth = np.array([[1, 0], [1, 1], [0, 0]], bool)
    decided = np.array([[1, 0], [0, 1], [1, 0]], bool)
    scores = f1_scores(decided, truth)
    # Together 2 of 3 found, 1 of 3 wrong; alone F1 1/2 and 1.
    assert scores == pytest.approx({"micro_f1": 2 / 3, "macro_f1": 3 / 4})
    nothing = f1_scores(np.zeros((3, 2), bool), truth)
    assert nothing == {"micro_f1": 0.0, "macro_f1": 0.0}


def test_rows_of_the_confusion_matrix_are_true_labels():
    one_hot = np.eye(3, dtype=bool)
    assert confusion(one_hot[[1, 1, 2, 0]], one_hot[[0, 0, 2, 1]]) == [
        [0, 2, 0],
        [1, 0, 0],
        [0, 0, 1],
    ]


def fixed(model, logits):
    """A model that gives these logits to the texts, whatever they are."""
    model.predict = lambda batches, verbose: np.array(logits)[batches.order]
    return model


def test_the_surest_mistakes_come_first():
    model = fixed(model_of(["x", "y"]), [[2.0, 0], [0, 4.0], [3.0, 0]])
    corpus = corpus_of(("x", "y"), ["a", "b", "a b"], [1, 0, 0])
    measured = measure(model, corpus, "test")
    assert measured["accuracy"] == pytest.approx(1 / 3)
    assert measured["confusion"] == [[1, 1], [1, 0]]
    assert measured["mistakes"] == [
        {
            "text": "b",
            "location": "x.csv, example 1",
            "label": "x",
            "predicted": "y",
            "probability": pytest.approx(1 / (1 + np.exp(-4))),
        },
        {
            "text": "a",
            "location": "x.csv, example 0",
            "label": "y",
            "predicted": "x",
            "probability": pytest.approx(1 / (1 + np.exp(-2))),
        },
    ]


def test_a_missing_label_is_a_mistake_too():
    model = model_of(["x", "y"], multi_label=True)
    corpus = corpus_of(("x", "y"), ["a", "b"], [[1, 1], [0, 1]])
    fixed(model, [[-3.0, 1.0], [-2.0, 2.0]])
    measured = measure(model, corpus, "test")
    assert measured["accuracy"] == 0.5
    assert measured["micro_f1"] == pytest.approx(0.8)
    (mistake,) = measured["mistakes"]
    assert (mistake["label"], mistake["predicted"]) == ("x, y", "y")
    assert mistake["probability"] == pytest.approx(1 / (1 + np.exp(-3)))


def test_the_decision_of_the_model_counts():
    model = model_of(["x", "y"], multi_label=True)
    corpus = corpus_of(("x", "y"), ["a", "b"], [[0, 1], [0, 0]])
    fixed(model, [[-3.0, -1.0], [-2.0, -2.0]])
    assert measure(model, corpus, "test")["accuracy"] == 0.5
    # sigmoid(-1 / 2) is 0.378, sigmoid(-2 / 2) is 0.269
    model.decision = Decision(thresholds=(0.5, 0.3), temperature=2.0)
    assert measure(model, corpus, "test")["accuracy"] == 1.0
