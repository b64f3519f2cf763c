"""The measurements of the proof, on examples checked by hand."""

import copy
import re

import keras
import numpy as np
import pytest

from keras_attn.data import Corpus, Split
from keras_attn.models import SentenceClassifier
from keras_attn.release import proof
from keras_attn.release.proof import Reference, missed_bounds, prove
from keras_attn.text import Vectorizer

TEXTS = ["a b c", "b", "c a", "c c c c b", "a", "b c", "a a b"]


@pytest.fixture(scope="module")
def original_reference():
    keras.utils.set_random_seed(3)
    model = SentenceClassifier(
        Vectorizer(["a", "b", "c"]),
        ["odd", "even"],
        num_layers=1,
        d_model=8,
        num_heads=2,
    )
    model.build((None, None))
    split = Split(TEXTS, np.array([0, 1, 1, 0, 1, 0, 0], np.int32), "test")
    # The corpus and the model order their labels differently.
    names = ("even", "odd")
    corpus = Corpus("letters", names, split, split, split, "text", "label")
    return Reference(model, corpus)


@pytest.fixture
def reference(original_reference):
    """A reference whose attributes a test may replace."""
    return copy.copy(original_reference)


class Fake:
    """An export that returns given probabilities for the given texts."""

    size, ops, weights = 30, {"ADD": 2}, {"float32": 5}

    def __init__(self, reference, takes, probabilities):
        self.takes = takes
        self._of = {
            tuple(ids): row
            for ids, row in zip(reference.ids, probabilities, strict=True)
        }

    def probabilities(self, given):
        if self.takes == "texts":
            given = [["abc".index(c) + 2 for c in t.split()] for t in given]
        return np.array([self._of[tuple(i for i in row if i)] for row in given])


@pytest.fixture
def prove_on(monkeypatch):
    def on(reference, probabilities, takes, **how):
        opened = Fake(reference, takes, probabilities)
        monkeypatch.setattr(proof, "open_exported", lambda path: opened)
        return prove(reference, "file", **how)

    return on


@pytest.mark.slow
def test_truth_uses_the_label_order_of_the_model(reference):
    assert reference.truth.argmax(-1).tolist() == [1, 0, 0, 1, 0, 1, 1]


def test_reference_holds_the_predictions_of_the_keras_model(reference):
    assert reference.probabilities.shape == (7, 2)
    np.testing.assert_allclose(reference.probabilities.sum(-1), 1, rtol=1e-6)
    decided = reference.probabilities.argmax(-1)
    expected = np.mean(decided == reference.truth.argmax(-1))
    assert reference.accuracy == expected


@pytest.mark.parametrize("takes", ["ids", "texts"])
def test_equal_predictions_have_no_difference(reference, prove_on, takes):
    measured = prove_on(reference, reference.probabilities, takes)
    assert measured == {
        "max_difference": 0.0,
        "equal_decisions": 1.0,
        "accuracy": reference.accuracy,
        "accuracy_points": 0.0,
        "size": 30,
        "size_ratio": 1.0,
        "ops": {"ADD": 2},
        "weights": {"float32": 5},
    }


@pytest.mark.parametrize("takes", ["ids", "texts"])
def test_different_predictions_are_measured(reference, prove_on, takes):
    reference.probabilities = np.array(
        [[0.25, 0.75]] * 4 + [[0.75, 0.25]] * 3, np.float32
    )
    reference.accuracy = 3 / 7
    found = reference.probabilities.copy()
    found[2] = 0.875, 0.125  # now right
    measured = prove_on(reference, found, takes, size_float32=120)
    assert measured["max_difference"] == 0.625
    assert measured["equal_decisions"] == pytest.approx(6 / 7)
    assert measured["accuracy"] == pytest.approx(4 / 7)
    assert measured["accuracy_points"] == pytest.approx(100 / 7)
    assert measured["size_ratio"] == 0.25


def test_nan_counts_as_the_largest_difference(reference, prove_on):
    found = reference.probabilities.copy()
    found[3] = np.nan
    assert prove_on(reference, found, "ids")["max_difference"] == 1.0


FINE = {
    "max_difference": 1e-5,
    "max_attention_difference": 1e-3,
    "equal_decisions": 1.0,
    "accuracy_points": -0.5,
    "size_ratio": 0.3,
}


@pytest.mark.parametrize("quantize", [None, "float16", "dynamic", "int8"])
def test_bounds_include_their_limit(quantize):
    assert missed_bounds(FINE, quantize) == []


@pytest.mark.parametrize(
    "quantize, measured, words",
    [
        (None, {"max_difference": 1.1e-5}, "difference 1.1e-05, at most 1.0e"),
        (None, {"max_attention_difference": 2e-3}, "attention difference 2"),
        (None, {"equal_decisions": 0.9999}, "99.99% equal decisions, at lea"),
        ("float16", {"max_difference": 2.1e-3}, "2.1e-03, at most 2.0e-03"),
        ("float16", {"equal_decisions": 0.997}, "99.70% equal .* 99.8%"),
        ("dynamic", {"equal_decisions": 0.994}, "99.40% equal .* 99.5%"),
        ("dynamic", {"size_ratio": 0.304}, "size ratio 30.4%, at most 30.0%"),
        ("int8", {"equal_decisions": 0.989}, "98.90% equal .* 99.0%"),
        ("int8", {"size_ratio": 0.5}, "size ratio 50.0%"),
        ("int8", {"accuracy_points": 0.6}, "points 0.60, at most 0.50"),
        ("int8", {"accuracy_points": -0.6}, "points -0.60, at most 0.50"),
    ],
    ids=str,
)
def test_every_bound_can_be_missed(quantize, measured, words):
    (found,) = missed_bounds(FINE | measured, quantize)
    assert re.search(words, found), found


def test_measurements_without_a_bound_are_ignored():
    loose = {"max_difference": 0.4, "accuracy_points": 3.0}
    assert missed_bounds(FINE | loose, "dynamic") == []
