"""The fingerprint of data: equal for equal data, new for any change."""

import dataclasses

import numpy as np
import pytest

from keras_attn.data import Corpus, Split
from keras_attn.runs.classification import TextClassification

fingerprint = TextClassification().fingerprint


def split(texts, labels):
    return Split(texts, np.array(labels, "int32"), "from here")


def corpus(**changes):
    parts = {
        "name": "d.csv",
        "label_names": ("no", "yes"),
        "train": split(["a b", "c", "\udc80"], [0, 1, 1]),
        "validation": split(["d"], [1]),
        "test": split(["e"], [0]),
        "text_column": "text",
        "label_column": "label",
    }
    return Corpus(**{**parts, **changes})


def test_names_and_places_do_not_matter():
    moved = dataclasses.replace(corpus().test, source="from there")
    assert fingerprint(corpus(name="e.csv", test=moved)) == fingerprint(
        corpus()
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"label_names": ("yes", "no")},
        {"label_names": ("no", "yes", "maybe")},
        {"train": split(["c", "a b", "\udc80"], [1, 0, 1])},
        {"train": split(["a b", "c", "\udc80"], [0, 1, 0])},
        {"train": split(["a b", "c"], [0, 1])},
        {"train": split(["a b", "c", "\udc81"], [0, 1, 1])},
        {"validation": split(["e"], [0]), "test": split(["d"], [1])},
    ],
    ids=str,
)
def test_order_split_text_and_label_matter(changes):
    assert fingerprint(corpus(**changes)) != fingerprint(corpus())
