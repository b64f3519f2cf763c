import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_attn.text import PAD_ID, UNK_ID, Vectorizer, pad

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


def test_refuses_an_empty_text():
    with pytest.raises(ValueError, match="Text 2 is empty"):
        LEARNED.encode(["dog", " \n"])


def test_refuses_a_text_that_is_no_sentence():
    with pytest.raises(ValueError, match="100,000 tokens.*65,536"):
        LEARNED.encode(["dog " * 100_000])


def test_refuses_a_vocabulary_that_is_empty_or_repeats():
    with pytest.raises(ValueError, match="at least one token"):
        Vectorizer.learn(["", "  "])
    with pytest.raises(ValueError, match="'b' more than once"):
        Vectorizer(["a", "b", "b"])


def test_refuses_a_vocabulary_that_is_no_strings():
    for vocabulary in "dog", b"dog":
        with pytest.raises(ValueError, match="Received: one string"):
            Vectorizer(vocabulary)
    with pytest.raises(ValueError, match="`vocabulary` must be strings.*b'a'"):
        Vectorizer([b"a"])


def test_learns_from_a_generator_and_from_arrays():
    for texts in (t for t in ["b a", "a"]), np.array(["b a", "a"]):
        assert Vectorizer.learn(texts).vocabulary == ("a", "b")


def test_says_that_all_words_are_rarer_than_min_count():
    with pytest.raises(ValueError, match="min_count=4 .*'the'.* 3 times"):
        Vectorizer.learn(["the dog", "the cat", "The end"], min_count=4)
    with pytest.raises(ValueError, match="hold no words"):
        Vectorizer.learn(["", "\n"], min_count=4)


@pytest.mark.parametrize("name", ["max_tokens", "min_count"])
@pytest.mark.parametrize("value", [0, -1, 2.5, True, "2", None])
def test_refuses_to_learn_with_what_is_no_size(name, value):
    with pytest.raises(
        ValueError, match=f"`{name}` must be a positive.*{name}="
    ):
        Vectorizer.learn(["a a a b"], **{name: value})


@pytest.mark.parametrize("max_length", [0, 65_537, 2.5, True, "7", None])
def test_refuses_a_length_out_of_range(max_length):
    with pytest.raises(ValueError, match=f"max_length={max_length!r}"):
        Vectorizer(["a"], max_length=max_length)
