import json
from types import SimpleNamespace

import pytest

from keras_attn.export import bundle
from keras_attn.models import Decision
from keras_attn.text import Vectorizer
from keras_attn.text.normalization import LOWER_CASE, TYPOGRAPHY


def files(
    vocabulary=("good", "dog"), labels=("yes", "no"), max_length=7, **rules
):
    vectorizer = Vectorizer(vocabulary, max_length=max_length, **rules)
    return bundle.files(
        SimpleNamespace(
            vectorizer=vectorizer, labels=labels, decision=Decision()
        )
    )


def test_line_n_is_id_n():
    vectorizer = Vectorizer.learn(["我 ünï don't 我"])
    written = files(vectorizer.vocabulary)["vocabulary.txt"].decode("utf-8")
    lines = written.split("\n")
    assert lines == ["[PAD]", "[UNK]", "我", "don't", "ünï", ""]
    (ids,) = vectorizer.encode(["don't 我 ünï"])
    assert [lines[i] for i in ids] == ["don't", "我", "ünï"]


def test_labels_may_be_empty_or_contain_spaces():
    assert files(labels=("", " a b"))["labels.txt"] == b"\n a b\n"


def test_rules_are_data():
    rules = json.loads(files()["tokenization.json"])
    counts = {k: rules.pop(k) for k in ("separators", "lower_case")}
    singles = rules.pop("single_character_tokens")
    counts["typography"] = rules.pop("typography")
    names = "decompositions", "combining_classes", "not_composed"
    normalization = {name: rules.pop(name) for name in names}
    assert rules == {
        "version": 2,
        "tokens": "words",
        "surrogates": [0xD800, 0xDFFF],
        "replacement": 0xFFFD,
        "joiners": [0x27, 0x2019],
        "max_length": 7,
        "pad_id": 0,
        "unk_id": 1,
    }
    assert counts["separators"][0] == [0, 0x20]
    assert counts["lower_case"][0] == [ord("A"), ord("Z"), 1, 32]
    assert singles[0] == [0x21, 0x2F]
    assert counts["typography"][0] == [0xAB, 0xAB, 1, ord('"') - 0xAB]
    first, parts = normalization["decompositions"][0]
    assert first == ord("À") and parts[0] == [ord("A"), 0x300]
    assert normalization["combining_classes"][0] == [0x300, 0x314, 230]
    assert 0x958 in normalization["not_composed"]


def test_a_model_without_normalization_has_the_first_version():
    """Programs that read the first version can read its files."""
    rules = json.loads(files(normalization=None)["tokenization.json"])
    assert rules["version"] == 1
    assert not {"tokens", "typography", "decompositions"} & set(rules)
    rules = json.loads(
        files(normalization=None, tokens="characters")["tokenization.json"]
    )
    assert (rules["version"], rules["tokens"]) == (2, "characters")
    assert rules["typography"] == rules["decompositions"] == []


@pytest.mark.parametrize(
    "name, table", [("lower_case", LOWER_CASE), ("typography", TYPOGRAPHY)]
)
def test_runs_unpack_to_their_table(name, table):
    rules = json.loads(files()["tokenization.json"])
    unpacked = [
        (code_point, code_point + difference)
        for first, last, step, difference in rules[name]
        for code_point in range(first, last + 1, step)
    ]
    assert len(unpacked) == len(table)
    assert dict(unpacked) == table


def test_the_rules_are_small_enough_to_be_in_every_file():
    assert len(files()["tokenization.json"]) < 35_000


def test_files_are_the_same_each_time():
    assert files() == files()
    assert files(max_length=8) != files()


@pytest.mark.parametrize("end", ["\n", "\r", "\u2028", "\x85", "\x0b"])
@pytest.mark.parametrize("text", ["a{}b", "{}a", "a{}"])
def test_labels_and_tokens_must_be_one_line(text, end):
    broken = text.format(end)
    with pytest.raises(ValueError, match="label must be one line") as error:
        files(labels=("a", broken))
    assert repr(broken) in str(error.value)
    with pytest.raises(ValueError, match="token must be one line"):
        files(vocabulary=("a", broken))


def test_labels_must_be_valid_unicode():
    with pytest.raises(ValueError, match=r"'a\\udc80', which contains a lone"):
        files(labels=("a", "a\udc80"))
