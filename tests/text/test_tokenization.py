import unicodedata

import pytest
import tensorflow as tf
from hypothesis import example, given
from hypothesis import strategies as st

from keras_attn.text import tokenize
from keras_attn.text.graph import StringsToIds
from keras_attn.text.normalization import normalize
from keras_attn.text.tokenization import has_tokens
from tests.parts import in_part
from tests.text.rules import RULES, random_marks


def graph_of(rules):
    graph = StringsToIds(["", "\x00", "a"], 1, 65_536, *rules)
    signature = [tf.TensorSpec([None], tf.string)]
    return tf.function(graph.tokens, input_signature=signature)


in_graph = {rules: graph_of(rules) for rules in RULES}


def tokens_in_graph(texts, rules=RULES[0]):
    rows = in_graph[rules](tf.constant([t.encode() for t in texts])).to_list()
    return [[token.decode() for token in row] for row in rows]


def assert_graph_agrees(texts, rules=RULES[0]):
    expected = [tokenize(text, *rules) for text in texts]
    assert tokens_in_graph(texts, rules) == expected


@pytest.mark.parametrize(
    "text, tokens",
    [
        ("Who's there?", ["who's", "there", "?"]),
        ("is , isn\u2019t ..", ["is", ",", "isn't", ".", "."]),
        ("'quoted' rock'n'roll'", ["'", "quoted", "'", "rock'n'roll", "'"]),
        ("3.5 km/h", ["3", ".", "5", "km", "/", "h"]),
        ("ÄÖÜ ΟΔΟΣ ЁЖ", ["äöü", "οδοσ", "ёж"]),
        ("\u0130 I\u0307 i\u0307", ["i\u0307"] * 3),
        ("H\u0331 h\u0331 \u1e96", ["\u1e96"] * 3),
        ("我喜歡dogs。", ["我", "喜", "歡", "dogs", "。"]),
        ("cafe\u0301 na\u00efve", ["caf\u00e9", "na\u00efve"]),
        ("\u1112\u1161\u11ab \ud558\u11ab", ["\ud55c", "\ud55c"]),
        ("\u201cA\u201d \u00abB\u00bb", ['"', "a", '"', '"', "b", '"']),
        ("don\u2018t п\u02bcять", ["don't", "п'ять"]),
        ("a\u2013b \u2014 \u22125", ["a", "-", "b", "-", "-", "5"]),
        ("a\u00a0b\u3000c\u200bd\ufeff", ["a", "b", "c", "d"]),
        ("😀😀", ["😀", "😀"]),
        ("one\ttwo\r\nthree\x00four", ["one", "two", "three", "four"]),
        (" \n\t ", []),
        ("", []),
        ("\ud800x", ["\ufffd", "x"]),
    ],
)
def test_tokens_by_hand(text, tokens):
    assert tokenize(text) == tokens


@pytest.mark.parametrize(
    "text, tokens",
    [
        ("Hi you\u2019d", ["h", "i", "y", "o", "u", "'", "d"]),
        ("我喜歡。", ["我", "喜", "歡", "。"]),
        ("e\u0301t\u00e9", ["é", "t", "é"]),
        (" \u200b\n", []),
    ],
)
def test_characters_by_hand(text, tokens):
    assert tokenize(text, tokens="characters") == tokens


def test_without_normalization_texts_are_only_lowercased():
    text = "Don\u2019t CAFE\u0301 \u2014 \u0130"
    tokens = ["don\u2019t", "cafe\u0301", "\u2014", "i"]
    assert tokenize(text, normalization=None) == tokens


def test_rejects_unknown_rules():
    with pytest.raises(ValueError, match="`tokens`.*'characters'.*'chars'"):
        tokenize("a", tokens="chars")
    with pytest.raises(ValueError, match="`normalization`.*'nfd'"):
        tokenize("a", normalization="nfd")


@pytest.mark.slow
@pytest.mark.parametrize("rules", in_part(RULES, RULES[0], RULES[3]))
@given(st.lists(st.text(), min_size=1))
@example(["'''a''b'", "a'\u2019b", "\u0301", "\u1161\u11a8", ""])
def test_python_and_graph_agree_on_arbitrary_unicode(rules, texts):
    assert_graph_agrees(texts, rules)


def around(code_points):
    return [f"A{c}b'{c}'C" for c in map(chr, code_points)]


def every_code_point():
    return [*range(0xD800), *range(0xE000, 0x110000)]


@pytest.mark.slow
def test_python_and_graph_agree_on_assigned_code_points():
    """Also in NFD, in which letters and their marks are code points."""
    assigned = [
        code_point
        for code_point in every_code_point()
        if unicodedata.category(chr(code_point)) not in ("Cn", "Co")
    ]
    texts = around(assigned)
    assert_graph_agrees(texts)
    decomposed = [unicodedata.normalize("NFD", text) for text in texts]
    changed = [i for i, nfd in enumerate(decomposed) if nfd != texts[i]]
    assert len(changed) > 13_000  # letters with marks, Hangul, ideographs
    assert_graph_agrees([decomposed[i] for i in changed])
    assert all(tokenize(texts[i]) == tokenize(decomposed[i]) for i in changed)


@pytest.mark.long
@pytest.mark.parametrize("rules", RULES)
def test_python_and_graph_agree_on_every_code_point(rules):
    assert_graph_agrees(around(every_code_point()), rules)


@pytest.mark.slow
def test_python_and_graph_agree_on_any_sequence_of_marks():
    assert_graph_agrees(list(random_marks(20_000)))
    assert_graph_agrees(["a" + "\u0301\u0323" * 50])


def test_equivalent_texts_have_the_same_tokens():
    for text in random_marks(5_000):
        tokens = tokenize(text)
        for form in "NFC", "NFD":
            same = unicodedata.normalize(form, text)
            assert tokenize(same) == tokens, ascii(text)
        assert normalize(normalize(text)) == normalize(text)


@given(st.text())
def test_tokenizing_tokens_changes_nothing(text):
    tokens = tokenize(text)
    assert tokenize(" ".join(tokens)) == tokens


@pytest.mark.slow
def test_a_character_is_a_token_in_both_functions():
    for c in map(chr, range(0x30000)):
        assert has_tokens(c) == bool(tokenize(c)), hex(ord(c))
