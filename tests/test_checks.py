"""What is no list of texts is refused in words, wherever it is given."""

import numpy as np
import pytest

from keras_attn._checks import (
    did_you_mean,
    each_string,
    require_boolean,
    require_positive_integer,
    require_positive_number,
    require_rate,
)
from keras_attn.text import Vectorizer, tokenize

VECTORIZER = Vectorizer(["good", "dog"])
TAKERS = {
    "learn": Vectorizer.learn,
    "encode": VECTORIZER.encode,
}
WRONG = [
    ("good dog", "Received: one string. Put it in a list"),
    (b"good dog", "Received: one string. Put it in a list"),
    ({"good": 1}, r"Received: a dictionary.*dictionary\.values"),
    (None, "Received: None of type NoneType"),
    (np.array("good"), "Received: array.* of type ndarray"),
    ([b"good"], r"Received: b'good' of type bytes, .*1.*`\.decode\(\)`"),
    (np.array([b"good"]), r"b'good'.* of type bytes_, .*`\.decode\(\)`"),
    (["good", None], "Received: None of type NoneType, as number 2"),
    ([["good"]], r"Received: \['good'\] of type list, as number 1"),
    (["good", 7], "Received: 7 of type int, as number 2"),
]


@pytest.mark.parametrize("taker", TAKERS)
@pytest.mark.parametrize("texts, message", WRONG, ids=lambda v: str(v)[:20])
def test_what_is_no_list_of_texts(taker, texts, message):
    with pytest.raises(ValueError, match=f"`texts` must be .*{message}"):
        TAKERS[taker](texts)


@pytest.mark.parametrize("take", [tokenize, VECTORIZER.tokenize])
def test_one_text_that_is_no_string(take):
    with pytest.raises(ValueError, match=r"a string.*b'dog'.*`\.decode\(\)`"):
        take(b"dog")
    with pytest.raises(ValueError, match="`text` must be a string.*NoneType"):
        take(None)


def test_strings_of_numpy_are_strings():
    ids = VECTORIZER.encode(np.array(["dog", "good dog"]))
    assert [row.tolist() for row in ids] == [[3], [2, 3]]
    assert tokenize(np.str_("Good dog")) == ["good", "dog"]


def test_a_generator_is_not_read_ahead():
    read = []
    strings = each_string("texts", (read.append(s) or s for s in "abc"))
    assert (next(strings), read) == ("a", ["a"])


def test_a_long_wrong_value_is_cut():
    with pytest.raises(ValueError) as error:
        VECTORIZER.encode([b"good " * 1000])
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    "name, names, expected",
    [
        ("lable", ["text", "label"], "label"),
        ("LABLE", ["Label"], "Label"),
        (
            "TEXT",
            ["id", "txt", "Long Review Text", "Review Text"],
            "Review Text",
        ),
        ("cosine_similarity", ["dot", "cosine"], "cosine"),
        ("zebra", ["text", "label"], None),
        ("text", ["id", "extra"], None),
        ("q", ["quality"], None),
        (None, ["short"], None),
    ],
)
def test_did_you_mean(name, names, expected):
    question = f" Did you mean {expected!r}?" if expected else ""
    assert did_you_mean(name, names) == question


NUMBERS = [
    (require_positive_integer, [np.int8(3), np.uint64(3), 3], 3),
    (require_positive_number, [np.int8(3), 3], 3),
    (require_positive_number, [np.float16(0.5), np.float64(0.5)], 0.5),
    (require_positive_number, [np.longdouble(0.5)], 0.5),
    (require_rate, [np.float32(0.25), np.float64(0.25), 0.25], 0.25),
    (require_rate, [np.int64(0), 0], 0),
    (require_boolean, [np.True_, True], True),
]


@pytest.mark.parametrize("require, values, expected", NUMBERS)
def test_numpy_scalars_become_plain_values(require, values, expected):
    for value in values:
        plain = require("size", value)
        assert plain == expected
        assert type(plain) is type(expected)


@pytest.mark.parametrize(
    "require, value",
    [
        (require_positive_integer, True),
        (require_positive_integer, np.True_),
        (require_positive_integer, np.int64(0)),
        (require_positive_integer, np.float32(2)),
        (require_positive_number, np.float32("inf")),
        (require_positive_number, np.float32("nan")),
        (require_positive_number, np.True_),
        (require_rate, False),
        (require_rate, np.float32(1)),
        (require_rate, np.float32("nan")),
        (require_boolean, np.int64(1)),
    ],
)
def test_wrong_values_of_numpy_are_refused(require, value):
    with pytest.raises(ValueError, match=r"`size` must be.*Received: size="):
        require("size", value)
