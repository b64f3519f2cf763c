"""The tokens and ids of `classify.py` against those of `keras_attn.text`."""

import subprocess
import sys
import unicodedata
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keras_attn.data import load_corpus
from keras_attn.export import bundle
from keras_attn.export.device.classify import Classifier, Tokenizer
from keras_attn.models import Decision
from keras_attn.text import Vectorizer, tokenization
from keras_attn.text.normalization import (
    LOWER_CASE,
    SURROGATES,
    TYPOGRAPHY,
)
from keras_attn.text.unicode_tables import combining_classes, decompositions
from tests.export.cases import with_vocabulary
from tests.text.rules import RULES, random_marks

ANY_TEXT = st.text(st.characters())  # lone surrogates, too
SMALL = Vectorizer.learn(["a don't 我 ünï ? 1 ' !"], max_length=7)


def files(vectorizer):
    model = SimpleNamespace(
        vectorizer=vectorizer, labels=["yes", "no", "?"], decision=Decision()
    )
    return bundle.files(model)


def texts_of(files):
    return {name: content.decode() for name, content in files.items()}


def by_rules(tokens, normalization):
    """A vectorizer with these rules, and the script's tokenizer for it."""
    vectorizer = Vectorizer(SMALL.vocabulary, 7, tokens, normalization)
    return vectorizer, Tokenizer(texts_of(files(vectorizer)))


BOTH = {rules: by_rules(*rules) for rules in RULES}


def assert_same(text, rules):
    vectorizer, tokenizer = BOTH[rules]
    expected = vectorizer.tokenize(text)
    assert tokenizer.tokenize(text) == expected, ascii(text)


@pytest.mark.parametrize("rules", RULES)
@given(ANY_TEXT)
@example("'''a''b' a'\u2019b don\u2019t'")
@example("\ud800\udc00 \udfff'\ud800")
@example("\u0301A\u0323\u0301 \u1112\u1161\u11ab")
def test_tokens_of_arbitrary_unicode(rules, text):
    assert_same(text, rules)


@pytest.mark.slow
def test_tokens_of_any_sequence_of_marks():
    for text in random_marks(20_000):
        assert_same(text, RULES[0])


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


def assert_same_tokens(code_points, rules=RULES[0]):
    for c in map(chr, code_points):
        text = f"A{c}b'{c}'C"
        assert_same(text, rules)
        assert_same(unicodedata.normalize("NFD", text), rules)


def test_tokens_of_code_points_with_a_rule():
    """Every code point that a rule changes, and the ends of every range."""
    ranges = [SURROGATES, *tokenization.SEPARATORS, *tokenization.SINGLES]
    ends = {end + n for pair in ranges for end in pair for n in (-1, 0, 1)}
    changed = {*LOWER_CASE, *TYPOGRAPHY, *decompositions(), ord("'")}
    chosen = {c for c in ends | changed if 0 <= c < 0x110000}
    chosen |= set(combining_classes())
    assert len(chosen) > 4000
    assert_same_tokens(sorted(chosen))


@pytest.mark.long
@pytest.mark.parametrize("rules", RULES)
def test_tokens_of_every_code_point(rules):
    assert_same_tokens(range(0x110000), rules)


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


@pytest.mark.slow
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
