"""The tokens and ids of `classify.py` against those of `keras_attn.text`."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keras_attn.data import load_corpus
from keras_attn.export import bundle
from keras_attn.export.device.classify import Classifier, Tokenizer
from keras_attn.text import Vectorizer, tokenization, tokenize
from tests.export.cases import with_vocabulary

ANY_TEXT = st.text(st.characters())  # lone surrogates, too
SMALL = Vectorizer.learn(["a don't 我 ünï ? 1 ' !"], max_length=7)


def files(vectorizer):
    model = SimpleNamespace(vectorizer=vectorizer, labels=["yes", "no", "?"])
    return bundle.files(model)


def texts_of(files):
    return {name: content.decode() for name, content in files.items()}


script_tokens = Tokenizer(texts_of(files(SMALL))).tokenize


@given(ANY_TEXT)
@example("'''a''b' a'\u2019b don\u2019t'")
@example("\ud800\udc00 \udfff'\ud800")
def test_tokens_of_arbitrary_unicode(text):
    assert script_tokens(text) == tokenize(text)


def test_numpy_alone_makes_ids(exported):
    """From strings, like the metadata of an .onnx file; without LiteRT."""
    script = f"""
import sys
sys.modules |= dict.fromkeys(["ai_edge_litert", "tensorflow", "keras"])
from classify import Tokenizer
tokenizer = Tokenizer({texts_of(files(SMALL))!r})
tokens = [tokenizer.tokenize(text) for text in ("A Don'T?", "Xyzzy " * 9)]
print(tokens[0], tokenizer.encode(tokens).tolist())
"""
    printed = subprocess.run(
        [sys.executable, "-c", script],
        cwd=exported.folder,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    ids = [int(i) for i in SMALL.encode(["a don't ?"])[0]]
    assert 1 not in ids
    padded = [[*ids, 0, 0, 0, 0], [1] * 7]
    tokens = ["a", "don't", "?"]
    assert printed == f"{tokens} {padded}\n"


def assert_same_tokens(code_points):
    for c in map(chr, code_points):
        text = f"A{c}b'{c}'C"
        assert script_tokens(text) == tokenize(text), hex(ord(c))


def test_tokens_of_code_points_with_a_rule():
    """Every code point that a rule changes, and the ends of every range."""
    ranges = [
        tokenization.SURROGATES,
        *tokenization.SEPARATORS,
        *tokenization.SINGLES,
    ]
    ends = {end + n for pair in ranges for end in pair for n in (-1, 0, 1)}
    changed = set(tokenization.LOWER_CASE) | set(map(ord, "'\u2019"))
    chosen = {c for c in ends | changed if 0 <= c < 0x110000}
    assert len(chosen) > 1500
    assert_same_tokens(sorted(chosen))


@pytest.mark.long
def test_tokens_of_every_code_point():
    assert_same_tokens(range(0x110000))


@pytest.fixture(scope="module")
def opened(exported, tmp_path_factory):
    """A function that opens the TFLite file with another vocabulary."""
    path = tmp_path_factory.mktemp("tokens") / "model.tflite"

    def open_with(vectorizer):
        return Classifier(with_vocabulary(exported, path, vectorizer))

    return open_with


def assert_same_ids(classifier, vectorizer, texts):
    """Compares the ids of the script and of the TensorFlow graph."""
    tokenizer = classifier.tokenizer
    ids = tokenizer.encode([tokenizer.tokenize(text) for text in texts])
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


@pytest.mark.long
@pytest.mark.shared
@pytest.mark.parametrize("name, size", [("trec", 500), ("glue/sst2", 872)])
def test_ids_of_real_texts_are_those_of_the_graph(
    name, size, opened, real_data
):
    corpus = load_corpus(name, data_dir=real_data)
    texts = list(corpus.test.texts)
    assert len(texts) == size
    vectorizer = Vectorizer.learn(corpus.train.texts, min_count=2)
    classifier = opened(vectorizer)
    tokenizer = classifier.tokenizer
    for start in range(0, size, 64):
        assert_same_ids(classifier, vectorizer, texts[start : start + 64])
    known = sum(
        i > 1
        for text in texts
        for i in tokenizer.encode([tokenizer.tokenize(text)]).ravel()
    )
    assert known > 3000  # not all UNK
