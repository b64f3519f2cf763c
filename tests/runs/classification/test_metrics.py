import keras
import numpy as np
import pytest

from keras_attn.data import Corpus, DataError, Split
from keras_attn.models import SentenceClassifier
from keras_attn.runs.classification.metrics import measure, true_labels
from keras_attn.text import TextError, Vectorizer


def model_of(labels):
    keras.utils.set_random_seed(0)
    model = SentenceClassifier(
        Vectorizer(["a", "b"]), labels, num_layers=1, d_model=4, num_heads=2
    )
    model.build((None, None))
    return model


def corpus_of(names, texts, labels):
    split = Split(texts, np.array(labels, np.int32), "x.csv")
    return Corpus("x.csv", names, split, split, split, "text", "label")


def test_labels_of_an_older_model_may_be_in_nfd():
    model = model_of(["rate\u0301", "re\u0301ussi"])
    corpus = corpus_of(("r\u00e9ussi", "rat\u00e9"), ["a", "b"], [0, 1])
    assert true_labels(model, corpus, corpus.test).tolist() == [1, 0]


def test_texts_with_unknown_labels_can_be_left_out():
    model = model_of(["x", "y"])
    corpus = corpus_of(("w", "x", "y"), ["a", "b", "a b"], [0, 1, 2])
    with pytest.raises(DataError, match="label 'w'.*--drop_unknown_labels"):
        measure(model, corpus, "test")
    measured = measure(model, corpus.with_labels(model.labels), "test")
    assert measured["texts"] == 2
    assert measured["source"] == "x.csv, 1 with unknown labels left out"


def test_an_error_names_the_place():
    corpus = corpus_of(("x", "y"), ["a", "\u200b"], [0, 1])
    message = "^x.csv, example 1: the text has no tokens"
    with pytest.raises(TextError, match=message):
        measure(model_of(["x", "y"]), corpus, "test")
