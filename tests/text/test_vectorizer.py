import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from keras_attn.text import PAD_ID, UNK_ID, TextError, Vectorizer, pad

LEARNED = Vectorizer.learn(["the dog", "the cat and the dog", "A cat?"])


def test_most_frequent_first_then_by_alphabet():
    assert LEARNED.vocabulary == ("the", "cat", "dog", "?", "a", "and")
    assert LEARNED.num_ids == 8
    assert Vectorizer.learn(["b a", "a"], max_tokens=1).vocabulary == ("a",)
    assert Vectorizer.learn(["b a", "a"], min_count=2).vocabulary == ("a",)


def test_ids():
    assert (PAD_ID, UNK_ID) == (0, 1)
    ids = LEARNED.encode(["The DOG barks", "cat?"])
    assert [row.tolist() for row in ids] == [[2, 4, 1], [3, 5]]
    assert {row.dtype for row in ids} == {np.dtype("int32")}
    assert pad(ids).tolist() == [[2, 4, 1], [3, 5, 0]]


@pytest.mark.slow
@given(st.lists(st.text(), min_size=1, max_size=5))
def test_python_and_graph_give_the_same_ids(texts):
    texts = [f"the {text} dog" for text in texts]
    in_graph = LEARNED(texts).numpy()
    assert in_graph.tolist() == pad(LEARNED.encode(texts)).tolist()


def test_graph_on_texts_without_tokens():
    assert LEARNED(["", "dog"]).numpy().tolist() == [[0], [4]]
    assert LEARNED([""]).shape == (1, 0)


def test_reads_no_further_than_max_length():
    short = Vectorizer(LEARNED.vocabulary, max_length=3)
    assert short.encode(["dog dog dog cat cat"])[0].tolist() == [4, 4, 4]
    assert short(["dog dog dog cat cat"]).numpy().tolist() == [[4, 4, 4]]


def test_config_round_trip():
    config = keras.saving.serialize_keras_object(LEARNED)
    twin = keras.saving.deserialize_keras_object(config)
    assert twin.get_config() == LEARNED.get_config()


def test_a_config_without_normalization_encodes_as_before():
    """Vectorizers were once saved without their rules."""
    text = "Don\u2019t cafe\u0301"
    old = Vectorizer.from_config({"vocabulary": ["don\u2019t", "cafe\u0301"]})
    assert old.normalization is None and old.tokens == "words"
    assert old.encode([text])[0].tolist() == [2, 3]
    assert old([text]).numpy().tolist() == [[2, 3]]
    new = Vectorizer(["don't", "caf\u00e9"])
    assert new.encode([text])[0].tolist() == [2, 3]
    assert new([text]).numpy().tolist() == [[2, 3]]
    assert Vectorizer.from_config(new.get_config()).normalization == "nfc"


def test_characters():
    vectorizer = Vectorizer.learn(["ab b", "cb"], tokens="characters")
    assert vectorizer.vocabulary == ("b", "a", "c")
    assert vectorizer.tokenize("B d") == ["b", "d"]
    assert vectorizer.encode(["Ba d"])[0].tolist() == [2, 3, 1]
    assert vectorizer(["Ba d"]).numpy().tolist() == [[2, 3, 1]]
    assert vectorizer.get_config()["tokens"] == "characters"
    with pytest.raises(ValueError, match="`tokens`.*'word'"):
        Vectorizer(["a"], tokens="word")
    with pytest.raises(ValueError, match="`normalization`.*'nfkc'"):
        Vectorizer.learn(["a"], normalization="nfkc")


def test_encode_text():
    short = Vectorizer(LEARNED.vocabulary, max_length=3)
    encoded = short.encode_text("The dog barks!")
    assert encoded.ids.tolist() == [2, 4, 1]
    assert encoded.ids.dtype == np.dtype("int32")
    assert encoded.tokens == ["the", "dog", "barks"]
    assert encoded.truncated
    assert encoded.text == "The dog barks!"
    assert not short.encode_text("the dog !").truncated


@given(st.lists(st.text(), max_size=5))
def test_encode_text_and_encode_agree(texts):
    texts = [f"the {text} dog" for text in texts]
    encoded = [LEARNED.encode_text(text) for text in texts]
    ids = LEARNED.encode(texts)
    assert [e.ids.tolist() for e in encoded] == [row.tolist() for row in ids]
    assert [e.tokens for e in encoded] == [LEARNED.tokenize(t) for t in texts]


def test_decode():
    ids = LEARNED.encode(["The dog, and a CAT", "what ?"])
    expected = ["the dog [UNK] and a cat", "[UNK] ?"]
    assert LEARNED.decode(ids) == expected
    assert LEARNED.decode(pad(ids)) == expected
    assert LEARNED.decode([[0, 2, 0], [7, 8, -1], []]) == [
        "the",
        "and [UNK] [UNK]",
        "",
    ]
    assert LEARNED.decode([]) == []


@given(st.lists(st.sampled_from(LEARNED.vocabulary), min_size=1))
def test_decode_inverts_encode(tokens):
    text = " ".join(tokens)
    assert LEARNED.decode(LEARNED.encode([text])) == [text]


@pytest.mark.parametrize("ids", [[2, 3], np.array([2, 3]), [[2.0]], [[[2]]]])
def test_decode_rejects_anything_but_rows_of_integers(ids):
    with pytest.raises(ValueError, match="`ids` must be a list.*Received"):
        LEARNED.decode(ids)


def test_a_text_without_tokens_is_named():
    with pytest.raises(TextError, match=r"^Text 2 has no tokens\. Remove it"):
        LEARNED.encode(["dog", " \n"])
    with pytest.raises(TextError, match="^The text has no tokens") as caught:
        LEARNED.encode_text("\u200b")
    error = TextError(caught.value.problem, "a.csv, line 3")
    assert str(error) == "a.csv, line 3 has no tokens. Remove it."


def test_rejects_a_text_of_more_tokens_than_there_are_positions():
    with pytest.raises(TextError, match="Text 1 has 100,000 tokens.*65,536"):
        LEARNED.encode(["dog " * 100_000])


def test_pad():
    assert pad([]).shape == (0, 0)
    assert pad([[], [3]]).tolist() == [[0], [3]]
    assert pad([[3], [2, 4]], length=3).tolist() == [[3, 0, 0], [2, 4, 0]]
    assert pad([[3], [2, 4]], pad_id=9).tolist() == [[3, 9], [2, 4]]


def test_rejects_an_empty_vocabulary_and_repeated_tokens():
    with pytest.raises(ValueError, match="at least one token"):
        Vectorizer.learn(["", "  "])
    with pytest.raises(ValueError, match="'b' more than once"):
        Vectorizer(["a", "b", "b"])


def test_rejects_a_vocabulary_of_anything_but_strings():
    for vocabulary in "dog", b"dog":
        with pytest.raises(ValueError, match="Received: one string"):
            Vectorizer(vocabulary)
    with pytest.raises(ValueError, match="`vocabulary` must be strings.*b'a'"):
        Vectorizer([b"a"])


def test_learns_from_a_generator_and_from_arrays():
    for texts in (t for t in ["b a", "a"]), np.array(["b a", "a"]):
        assert Vectorizer.learn(texts).vocabulary == ("a", "b")


def test_rejects_a_min_count_that_no_token_reaches():
    with pytest.raises(ValueError, match="min_count=4 .*'the'.* 3 times"):
        Vectorizer.learn(["the dog", "the cat", "The end"], min_count=4)
    with pytest.raises(ValueError, match="without any tokens"):
        Vectorizer.learn(["", "\n"], min_count=4)


@pytest.mark.parametrize("name", ["max_tokens", "min_count"])
@pytest.mark.parametrize("value", [0, -1, 2.5, True, "2", None])
def test_rejects_sizes_that_are_not_positive_integers(name, value):
    with pytest.raises(
        ValueError, match=f"`{name}` must be a positive.*{name}="
    ):
        Vectorizer.learn(["a a a b"], **{name: value})


@pytest.mark.parametrize("max_length", [0, 65_537, 2.5, True, "7", None])
def test_rejects_a_max_length_out_of_range(max_length):
    with pytest.raises(ValueError, match=f"max_length={max_length!r}"):
        Vectorizer(["a"], max_length=max_length)


@pytest.mark.slow
def test_a_dataset_maps_texts_of_any_normalization():
    """`tf.data` names the operators of a graph after its modules."""
    texts = ["the dog", "the de\u0301jàvu"]
    vectorizer = Vectorizer(LEARNED.vocabulary)
    dataset = tf.data.Dataset.from_tensor_slices(texts).batch(2)
    (ids,) = dataset.map(vectorizer)
    assert ids.numpy().tolist() == pad(vectorizer.encode(texts)).tolist()
    # A graph that was created in one dataset can be used elsewhere.
    assert vectorizer(texts).numpy().tolist() == ids.numpy().tolist()
