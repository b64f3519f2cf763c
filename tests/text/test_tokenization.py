import pytest
import tensorflow as tf
from hypothesis import example, given
from hypothesis import strategies as st

from keras_attn.text import tokenize
from keras_attn.text.graph import StringsToIds

in_graph = tf.function(
    StringsToIds(["", "\x00", "a"], unk_id=1, max_length=65_536).tokens,
    input_signature=[tf.TensorSpec([None], tf.string)],
)


def tokens_in_graph(texts):
    rows = in_graph(tf.constant([t.encode() for t in texts])).to_list()
    return [[token.decode() for token in row] for row in rows]


@pytest.mark.parametrize(
    "text, tokens",
    [
        ("Who's there?", ["who's", "there", "?"]),
        ("is , isn\u2019t ..", ["is", ",", "isn\u2019t", ".", "."]),
        ("'quoted' rock'n'roll'", ["'", "quoted", "'", "rock'n'roll", "'"]),
        ("3.5 km/h", ["3", ".", "5", "km", "/", "h"]),
        ("ÄÖÜ ΟΔΟΣ İ ЁЖ", ["äöü", "οδοσ", "i", "ёж"]),
        ("我喜歡dogs。", ["我", "喜", "歡", "dogs", "。"]),
        ("cafe\u0301 na\u00efve", ["cafe\u0301", "na\u00efve"]),
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


@given(st.lists(st.text(), min_size=1))
@example(["'''a''b'", "a'\u2019b"])
def test_python_and_graph_agree_on_arbitrary_unicode(texts):
    assert tokens_in_graph(texts) == [tokenize(text) for text in texts]


@pytest.mark.slow
def test_python_and_graph_agree_on_every_code_point():
    characters = map(chr, (*range(0xD800), *range(0xE000, 0x110000)))
    texts = [f"A{c}b'{c}'C" for c in characters]
    assert tokens_in_graph(texts) == [tokenize(text) for text in texts]


@given(st.text())
def test_tokenizing_tokens_changes_nothing(text):
    tokens = tokenize(text)
    assert tokenize(" ".join(tokens)) == tokens
