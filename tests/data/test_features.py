from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow_datasets as tfds

from keras_attn.data import ColumnError, DataError
from keras_attn.data.features import choose_features
from keras_attn.data.rows import Request

TEXT = tfds.features.Text()
TWO = tfds.features.ClassLabel(num_classes=2)
FIVE = tfds.features.ClassLabel(num_classes=5)
INTEGER = tfds.features.Scalar(np.int64)
REAL = tfds.features.Scalar(np.float32)
WORDS = tfds.features.Sequence(tfds.features.Text())
REVIEW = tfds.features.FeaturesDict({"body": TEXT, "head": TEXT, "kind": TWO})


def choose(features, asked=(None, None), keys=None):
    info = SimpleNamespace(features=features, supervised_keys=keys)
    text, label = asked
    columns = choose_features("set/config", info, Request(text, label=label))
    return columns.text, columns.label


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ({"body": TEXT, "kind": TWO}, ("body", "kind")),
        ({"coarse": TWO, "fine": FIVE, "q": TEXT}, ("q", "coarse")),
        ({"small": TWO, "label": FIVE, "q": TEXT}, ("q", "label")),
        ({"id": INTEGER, "kind": FIVE, "q": TEXT}, ("q", "kind")),
        ({"stars": INTEGER, "q": TEXT}, ("q", "stars")),
        ({"id": INTEGER, "label": INTEGER, "q": TEXT}, ("q", "label")),
        ({"title": TEXT, "text": TEXT, "kind": TWO}, ("text", "kind")),
        ({"sentence": TEXT, "title": TEXT, "kind": TWO}, ("sentence", "kind")),
        ({"w": WORDS, "x": REAL, "q": TEXT, "kind": TWO}, ("q", "kind")),
        ({"data": REVIEW, "q": TEXT, "text": TEXT}, ("text", "data/kind")),
        ({"q": TEXT, "label": REAL, "stars": INTEGER}, ("q", "stars")),
    ],
)
def test_found(features, expected):
    assert choose(features) == expected


def test_supervised_keys_come_first():
    features = {"text": TEXT, "body": TEXT, "label": TWO, "five": FIVE}
    assert choose(features, keys=("body", "five")) == ("body", "five")


def test_supervised_keys_of_other_types_are_ignored():
    features = {"q": TEXT, "a": TEXT, "kind": TWO}
    assert choose(features | {"text": TEXT}, keys=("x", "a")) == (
        "text",
        "kind",
    )
    assert choose({"q": TEXT, "k": TWO}, keys=({"q": "q"}, "k")) == ("q", "k")


def test_features_given_by_name_come_first():
    features = {"text": TEXT, "body": TEXT, "label": TWO, "n": INTEGER}
    assert choose(features, ("body", "n")) == ("body", "n")


def test_a_string_used_as_the_label_is_not_the_text():
    assert choose({"a": TEXT, "b": TEXT}, (None, "b")) == ("a", "b")


@pytest.mark.parametrize(
    ("features", "asked", "message"),
    [
        ({"a": TEXT, "b": TEXT, "kind": TWO}, (None, None),
         r"set/config: expected one feature for the text, found several "
         r"\(a, b\)\. The features are a \(Text\), b \(Text\), kind "
         r"\(ClassLabel\)\. Choose with --text_column and --label_column"),
        ({"kind": TWO, "w": WORDS}, (None, None), "for the text, found none"),
        ({"a": TEXT, "x": REAL}, (None, None), "for the label, found none"),
        ({"a": TEXT, "k": TWO, "l": TWO}, (None, None), r"several \(k, l\)"),
        ({"a": TEXT, "i": INTEGER, "j": INTEGER}, (None, None), r"\(i, j\)"),
        ({"a": TEXT, "kind": TWO}, ("tekst", None), "no feature 'tekst'"),
        ({"a": TEXT, "label": TWO}, (None, "lable"), "Did you mean 'label'"),
        ({"a": TEXT, "kind": TWO}, ("kind", None), "of type ClassLabel"),
        ({"a": TEXT, "w": WORDS, "x": REAL}, (None, "x"), "of type Scalar"),
        ({"a": TEXT, "w": WORDS}, ("w", "a"), "of type Sequence"),
        ({"a": TEXT, "x": REAL}, (None, "x"), "contains floats.*threshold"),
        ({"a": TEXT, "label": REAL}, (None, None), "'label' .*contains floats"),
        ({"a": TEXT, "w": WORDS}, (None, "w"), "several values .*exactly one"),
        ({"a": TEXT, "label": WORDS}, (None, None), "'label' .*several values"),
        ({"data": REVIEW}, (None, None), r"several \(data/body, data/head\)"),
        ({"data": REVIEW}, ("data/boddy", None), "mean 'data/body'"),
        ({"data": REVIEW}, ("data", None), "no feature 'data'.*'data/body'"),
        ({"a": TEXT, "kind": TWO}, ("a", "a"), "both the text and the label"),
    ],
)  # fmt: skip
def test_rejected(features, asked, message):
    with pytest.raises(DataError, match=message):
        choose(features, asked)


def test_the_error_says_what_to_choose_from():
    with pytest.raises(ColumnError) as caught:
        choose({"a": TEXT, "b": TEXT, "kind": TWO})
    assert (caught.value.role, caught.value.columns) == ("text", ("a", "b"))
    with pytest.raises(ColumnError) as caught:
        choose({"a": TEXT, "x": REAL})
    assert (caught.value.role, caught.value.columns) == ("label", ("a", "x"))
