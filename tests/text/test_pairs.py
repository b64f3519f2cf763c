import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from keras_attn.export.bundle import files
from keras_attn.export.device.classify import BadInput, Tokenizer
from keras_attn.models import SentenceClassifier
from keras_attn.text import TextError, Vectorizer, join_pair
from keras_attn.text.pairs import kept_lengths
from tests.parts import in_part

WORDS = ["a", "b", "c"]


def vectorizer(**options):
    return Vectorizer(WORDS, pairs=True, **options)


def test_a_pair_is_joined_by_a_tab():
    assert join_pair("a b", "c") == "a b\tc"
    assert join_pair("a\tb", "\tc") == "a b\t c"
    with pytest.raises(ValueError, match="`second` must be a string.*None"):
        join_pair("a", None)


def test_ids_of_a_pair():
    """PAD is 0, UNK 1, [SEP] 2, and the vocabulary begins at 3."""
    pairs = vectorizer()
    (ids,) = pairs.encode(["B a!\tc"])
    assert ids.tolist() == [4, 3, 1, 2, 5]
    assert pairs.decode([ids]) == ["b a [UNK] [SEP] c"]
    assert pairs.tokenize("B a!\tc") == ["b", "a", "!", "[SEP]", "c"]
    assert (pairs.num_ids, pairs.separator_id) == (6, 2)
    assert (Vectorizer(WORDS).num_ids, Vectorizer(WORDS).separator_id) == (
        5,
        None,
    )


def test_the_vocabulary_is_learned_from_both_texts():
    learned = Vectorizer.learn(["x y\tz", "z\tz"], pairs=True)
    assert learned.vocabulary == ("z", "x", "y")
    assert learned.get_config()["pairs"]
    again = Vectorizer.from_config(learned.get_config())
    assert again.encode(["x\tz"])[0].tolist() == [4, 2, 3]


def shortened(first, second, max_length):
    """Removes one token at a time, from the longer text."""
    while first + second + 1 > max_length:
        if first > second:
            first -= 1
        else:
            second -= 1
    return first, second


@pytest.mark.parametrize("max_length", [3, 4, 5, 8])
def test_the_longer_text_is_cut_first(max_length):
    pairs = vectorizer(max_length=max_length)
    for first, second in itertools.product(range(1, 10), repeat=2):
        expected = shortened(first, second, max_length)
        assert kept_lengths(first, second, max_length) == expected
        text = join_pair(" ".join("a" * first), " ".join("b" * second))
        encoded = pairs.encode_text(text)
        ids = [3] * expected[0] + [2] + [4] * expected[1]
        assert encoded.ids.tolist() == ids
        assert encoded.tokens[expected[0]] == "[SEP]"
        assert encoded.truncated == (expected != (first, second))


@pytest.mark.parametrize(
    "text, message",
    [
        ("a b", "^The text is not a pair.*received 0 tabs"),
        ("a\tb\tc", "received 2 tabs"),
        ("\tb", "is a pair whose first text has no tokens"),
        ("a\t \u200b", "is a pair whose second text has no tokens"),
    ],
)
def test_texts_that_are_no_pairs(text, message):
    with pytest.raises(TextError, match=message):
        vectorizer().encode_text(text)


def test_a_pair_needs_three_tokens():
    with pytest.raises(ValueError, match="at least 3 for pairs.*max_length=2"):
        vectorizer(max_length=2)
    with pytest.raises(ValueError, match="`pairs` must be True or False"):
        Vectorizer(WORDS, pairs="yes")


TEXT = st.text(st.sampled_from("aBc1 .'[SEP]\u00e9e\u0301\n\u4e2d"), min_size=1)


def with_tokens(pairs, text):
    return bool(Vectorizer(WORDS, tokens=pairs.tokens).tokenize(text))


@pytest.mark.slow
@pytest.mark.parametrize("tokens", in_part(["words", "characters"], "words"))
def test_graph_and_device_give_the_same_ids(tokens):
    pairs = Vectorizer(
        ["a", "b", "[", "é"], max_length=5, tokens=tokens, pairs=True
    )
    model = SentenceClassifier(pairs, ["x", "y"], d_model=4, num_heads=2)
    contents = {
        name: content.decode() for name, content in files(model).items()
    }
    tokenizer = Tokenizer(contents)
    assert tokenizer.takes_pairs
    # Traced once, which is much faster than running the operations in turn.
    strings = tf.TensorSpec([None], tf.string)
    as_graph = tf.function(
        lambda texts: pairs(texts), input_signature=[strings]
    )

    @given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
    def agree(chosen):
        texts = [
            join_pair(*pair)
            for pair in chosen
            if all(with_tokens(pairs, text) for text in pair)
        ]
        if not texts:
            return
        encoded = [pairs.encode_text(text) for text in texts]
        graph = as_graph(texts).numpy()
        device = tokenizer.encode(list(map(tokenizer.tokenize, texts)))
        for row, text in enumerate(encoded):
            length = len(text.ids)
            assert graph[row, :length].tolist() == text.ids.tolist()
            assert device[row, :length].tolist() == text.ids.tolist()
            assert not graph[row, length:].any()
            assert tokenizer.read(tokenizer.tokenize(text.text)) == text.tokens

    agree()


def test_the_device_refuses_texts_that_are_no_pairs():
    model = SentenceClassifier(vectorizer(), ["x", "y"], d_model=4, num_heads=2)
    contents = {
        name: content.decode() for name, content in files(model).items()
    }
    tokenizer = Tokenizer(contents)
    with pytest.raises(BadInput, match="'a b' is not a pair"):
        tokenizer.tokenize("a b")


def test_a_graph_reads_what_is_not_a_pair():
    """A graph cannot refuse: a missing text is empty, more tabs are spaces."""
    pairs = vectorizer()
    found = np.asarray(pairs(["a b", "a\tb\tc", ""]))
    assert found.tolist() == [[3, 4, 2, 0], [3, 2, 4, 5], [2, 0, 0, 0]]
