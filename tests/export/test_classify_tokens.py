"""The script's tokens and ids, against those of `keras_attn.text`."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keras_attn.data import load_corpus
from keras_attn.export import bundle, metadata
from keras_attn.export.classify import Classifier, _tokenizer
from keras_attn.text import Vectorizer, tokenize
from tests.export.conftest import ABOUT

ANY_TEXT = st.text(st.characters())  # half surrogate pairs, too
SMALL = Vectorizer.learn(["a don't 我 ünï ? 1 ' !"], max_length=7)


def files(vectorizer):
    model = SimpleNamespace(vectorizer=vectorizer, labels=["yes", "no", "?"])
    return bundle.files(model)


script_tokens = _tokenizer(json.loads(files(SMALL)["tokenization.json"]))


@given(ANY_TEXT)
@example("'''a''b' a'\u2019b don\u2019t'")
@example("\ud800\udc00 \udfff'\ud800")
def test_tokens_of_arbitrary_unicode(text):
    assert script_tokens(text) == tokenize(text)


@pytest.mark.slow
def test_tokens_of_every_code_point():
    for c in map(chr, range(0x110000)):
        text = f"A{c}b'{c}'C"
        assert script_tokens(text) == tokenize(text), hex(ord(c))


@pytest.fixture(scope="module")
def opened(exported, tmp_path_factory):
    """The script with the words of a vectorizer, whatever its weights."""
    path = tmp_path_factory.mktemp("tokens") / "model.tflite"

    def open_with(vectorizer):
        tflite = metadata.with_files(exported.plain, files(vectorizer), **ABOUT)
        path.write_bytes(tflite)
        return Classifier(path)

    return open_with


def assert_same_ids(classifier, vectorizer, texts):
    """`texts` in the script and in the TensorFlow graph."""
    ids = classifier.encode([classifier.tokenize(text) for text in texts])
    expected = vectorizer([text.encode() for text in texts]).numpy()
    # The script never makes fewer than two columns.
    missing = max(0, 2 - expected.shape[1])
    padded = np.pad(expected, ((0, 0), (0, missing)))
    np.testing.assert_array_equal(ids, padded)


@pytest.fixture(scope="module")
def small(opened):
    return opened(SMALL)


@given(st.lists(st.text(), min_size=1))
@example(["'''a''b'", "a'\u2019b", "", "a " * 8, "ÜNÏ我DON'T"])
@example([""])
def test_ids_of_arbitrary_unicode_are_those_of_the_graph(small, texts):
    assert_same_ids(small, SMALL, texts)


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("name, size", [("trec", 500), ("glue/sst2", 872)])
def test_ids_of_real_sentences_are_those_of_the_graph(
    name, size, opened, real_data
):
    corpus = load_corpus(name, data_dir=real_data)
    texts = list(corpus.test.texts)
    assert len(texts) == size
    vectorizer = Vectorizer.learn(corpus.train.texts, min_count=2)
    classifier = opened(vectorizer)
    for start in range(0, size, 64):
        assert_same_ids(classifier, vectorizer, texts[start : start + 64])
    known = sum(
        i > 1
        for text in texts
        for i in classifier.encode([classifier.tokenize(text)]).ravel()
    )
    assert known > 3000  # not all UNK
