import numpy as np
import pytest

from keras_attn.data import Corpus, DataError, Split
from keras_attn.text import Vectorizer


def test_take_selects_every_field_in_the_given_order():
    split = Split(
        texts=["a", "b", "c"],
        labels=np.array([0, 1, 2], np.int32),
        source="train",
        positions={"pronoun": np.array([5, 6, 7], np.int32)},
    )
    part = split.take([2, 0])
    assert part.texts == ["c", "a"]
    assert part.labels.tolist() == [2, 0]
    assert part.labels.dtype == np.int32
    assert part.positions["pronoun"].tolist() == [7, 5]
    assert part.source == "train"
    assert len(part) == 2
    assert len(split) == 3


def test_take_can_rename_and_take_nothing():
    split = Split(["a"], np.array([0], np.int32), "train")
    part = split.take([], "nothing")
    assert len(part) == 0
    assert part.labels.shape == (0,)
    assert part.source == "nothing"


def test_a_split_is_encoded_in_order():
    split = Split(["a b", "b"], np.array([0, 1], np.int32), "train")
    encoded = list(split.encode(Vectorizer(["a", "b"])))
    assert [each.ids.tolist() for each in encoded] == [[2, 3], [3]]
    assert split.location(1) == "train, example 1"


def test_only_the_labels_that_a_model_knows():
    split = Split(["a", "b", "c"], np.array([2, 0, 1], np.int32), "here")
    names = ("x", "\u00e9", "z")
    corpus = Corpus("d", names, split, split, split, "text", "label")
    assert corpus.with_labels(["z", "e\u0301", "x", "w"]) is corpus
    part = corpus.with_labels(["z", "e\u0301"])  # NFD, as in an older model
    assert part.label_names == ("\u00e9", "z")
    assert part.test.texts == ["a", "c"]
    assert part.test.labels.tolist() == [1, 0]
    assert part.test.source == "here, 1 with unknown labels left out"
    with pytest.raises(DataError, match="no example has one of .* model, w"):
        corpus.with_labels(["w"])
