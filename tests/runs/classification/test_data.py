"""How a corpus is encoded, and what is reported before training."""

import json

import numpy as np
import pytest

from keras_attn.data import Corpus, Split
from keras_attn.runs.classification.data import encode_corpus
from keras_attn.runs.settings import Settings
from keras_attn.text import TextError

LABELS = ("bad", "good")


def split_of(texts, labels, source="here"):
    return Split(list(texts), np.array(labels, np.int32), source)


def corpus_of(train, validation, test):
    splits = [split_of(*part) for part in (train, validation, test)]
    return Corpus("set", LABELS, *splits, "text", "label")


def encode(corpus, **settings):
    settings = Settings(dataset="set", min_count=1, **settings)
    data = encode_corpus(corpus, settings)
    return data, data.completed(settings)


KNOWN = (["a b c", "d e", "a d"], [0, 1, 0])
SPACED = corpus_of(KNOWN, (["a b", "c x d e"], [0, 1]), (["e"], [1]))
# Each text is one word of letters that occur in training.
UNSPACED = corpus_of(
    (["สวัสดี", "ดีมาก", "ไม่ดี"], [1, 1, 0]),
    (["ดีสวัสดี", "มากไม่"], [1, 0]),
    (["ไม่มาก"], [0]),
)


def test_words_are_the_default():
    """Up to a share of 20 % unknown words in validation."""
    data, settings = encode(SPACED)
    assert data.vectorizer.tokens == settings.tokens == "words"
    assert data.warnings == ()
    assert data.splits["validation"].unknown_share == pytest.approx(1 / 6)


def test_characters_are_chosen_for_texts_without_spaces():
    data, settings = encode(UNSPACED)
    assert data.vectorizer.tokens == settings.tokens == "characters"
    assert data.splits["validation"].unknown_share == 0
    (line,) = [x for x in data.summary() if x.startswith("warning: ")]
    assert "100% of the words in validation are unknown" in line
    assert "no spaces" in line and "--tokens characters" in line
    assert "--tokens words" in line
    # The recipe of the run then repeats it without the warning.
    assert encode(UNSPACED, tokens=settings.tokens)[0].warnings == ()


@pytest.mark.parametrize("tokens", ["words", "characters"])
def test_a_choice_of_the_user_is_kept(tokens):
    for corpus in SPACED, UNSPACED:
        data, settings = encode(corpus, tokens=tokens)
        assert data.vectorizer.tokens == settings.tokens == tokens
        assert data.warnings == ()


def test_unknown_words_between_spaces_are_only_a_warning():
    """Most words of a small English dataset are still better than letters."""
    data, _ = encode(corpus_of(KNOWN, (["a b x y"], [1]), KNOWN))
    assert data.vectorizer.tokens == "words"
    (warning,) = data.warnings
    assert warning.startswith("50% of the words in validation are unknown.")
    assert "--min_count" in warning


def test_an_error_names_the_place():
    corpus = corpus_of(KNOWN, KNOWN, (["a", " "], [0, 1], "b.csv"))
    message = "^b.csv, example 1: the text has no tokens"
    with pytest.raises(TextError, match=message):
        encode(corpus)


def test_the_report_on_the_data():
    train = ["a b c d e", "a d", "Good\u2019s", "a d"], [0, 1, 0, 0]
    test = ["A D", "good's", "good's", "b", "x y"], [0, 1, 0, 1, 1]
    data, _ = encode(
        corpus_of(train, (["b"], [0]), test), max_length=4, tokens="words"
    )
    found = json.loads(json.dumps(data.description()))
    assert found["label_counts"] == {
        "train": {"bad": 3, "good": 1},
        "validation": {"bad": 1, "good": 0},
        "test": {"bad": 2, "good": 3},
    }
    assert found["unknown_tokens"] == {
        "train": 0,
        "validation": 0,
        "test": pytest.approx(2 / 7),
    }
    assert found["texts_cut"] == 1
    assert found["duplicates"] == {"in_train": 3, "with_another_label": 1}
    assert data.summary() == [
        "set: text -> label (2 labels), 8 token ids (words)",
        "  train            4 from here, 0.0% unknown tokens",
        "  validation       1 from here, 0.0% unknown tokens",
        "  test             5 from here, 28.6% unknown tokens",
        "  texts per label (train, validation, test):",
        "         3       1       2  bad",
        "         1       0       3  good",
        "  1 of 10 texts (10.0%) are cut to 4 tokens (--max_length)",
        "  3 of 5 test texts (60.0%) also occur in training, 1 of them only "
        "with another label",
    ]


def test_the_report_lists_the_most_frequent_of_many_labels():
    names = tuple(f"l{i:02}" for i in range(30))
    numbers = [*range(30), *range(8, 30)]
    split = split_of([f"w{i}" for i in numbers], numbers)
    corpus = Corpus("set", names, split, split, split, "text", "label")
    lines = encode(corpus)[0].summary()
    listed = [line.split()[-1] for line in lines if "  l" in line]
    assert listed == list(names[8:28])
    assert "    and 10 rarer labels" in lines


def test_texts_that_are_not_cut_are_not_reported():
    data, _ = encode(corpus_of(KNOWN, KNOWN, (["e"], [1])), max_length=3)
    assert data.description()["texts_cut"] == 0
    assert not [x for x in data.summary() if "max_length" in x or "also" in x]
