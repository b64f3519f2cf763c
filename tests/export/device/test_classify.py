"""The script `classify.py` against the model it was exported from."""

import itertools
import re

import numpy as np
import pytest

from keras_attn.export import bundle
from keras_attn.export.device import classify
from keras_attn.export.device.classify import (
    BATCH,
    BadInput,
    Classifier,
    Tokenizer,
)
from keras_attn.export.tflite import metadata
from keras_attn.maps import capture_attention
from keras_attn.text import Vectorizer, pad
from tests.export.cases import ABOUT, with_vocabulary

TEXTS = [
    "A good DOG!",
    "x",
    "very bad " * 13,  # 26 tokens, of which the model reads 23
    "who's the 2 dogs?",
    "我 ÜNÏ\ud800 nothing known",
]


@pytest.fixture(scope="module")
def classifier(exported):
    return Classifier(exported.folder / "model.tflite", threads=1)


def assert_same(result, expected, atol=1e-6):
    assert result.keys() == expected.keys()
    for key in ("text", "label", "tokens", "truncated"):
        assert result[key] == expected[key]
    for name, probability in expected["probabilities"].items():
        assert result["probabilities"][name] == pytest.approx(
            probability, abs=atol
        )
    for key in {"attention", "pooling"} & expected.keys():
        for weights, wanted in zip(result[key], expected[key], strict=True):
            np.testing.assert_allclose(weights, wanted, atol=atol)


@pytest.mark.slow
def test_results_equal_the_model_s(exported, classifier):
    results = classifier.classify(TEXTS, attention=True)
    expected = exported.model.classify(TEXTS)
    for text, result, wanted in zip(TEXTS, results, expected, strict=True):
        ids = pad(exported.model.vectorizer.encode([text]))
        maps = capture_attention(exported.model, ids, layers="pooling")
        ((pooling,),) = maps.values()
        assert_same(
            result,
            {
                "text": text,
                "label": wanted.label,
                "probabilities": wanted.probabilities,
                "tokens": list(wanted.tokens),
                "truncated": wanted.truncated,
                "attention": list(wanted.attention),
                "pooling": pooling[:, 0],
            },
            atol=1e-5,
        )
    assert [r["truncated"] for r in results] == [0, 0, 1, 0, 0]
    lengths = [len(r["tokens"]) for r in results]
    assert lengths == [4, 1, 23, 5, 5]
    shapes = [r["attention"][1].shape for r in results]
    assert shapes == [(5, length, length) for length in lengths]
    assert [r["pooling"].shape for r in results] == [(2, n) for n in lengths]


def test_without_attention_there_is_none(classifier):
    for plain, full in zip(
        classifier.classify(TEXTS),
        classifier.classify(TEXTS, attention=True),
        strict=True,
    ):
        del full["attention"], full["pooling"]
        assert_same(plain, full)


@pytest.mark.parametrize("attention", [False, True])
def test_other_texts_of_a_batch_change_nothing(classifier, attention):
    together = classifier.classify(TEXTS, attention)
    for text, result in zip(TEXTS, together, strict=True):
        (alone,) = classifier.classify([text], attention)
        assert_same(result, alone)


def test_padding_changes_nothing(classifier):
    """Up to ten times the length, up to rounding in float32."""
    tokens = classifier.tokenizer.tokenize("a good dog and the cat")
    ids = classifier.tokenizer.encode([tokens])
    explain = classifier._runners[True]
    alone = explain(ids=ids)
    padded = explain(ids=np.pad(ids, ((0, 0), (0, 54))))
    assert ids.shape == (1, 6)
    np.testing.assert_allclose(
        padded["probabilities"], alone["probabilities"], atol=1e-6
    )
    for name in ("attention_0", "attention_1", "attention_2"):
        weights = padded[name]
        np.testing.assert_allclose(
            weights[:, :, :6, :6], alone[name], atol=1e-6
        )
        assert not weights[:, :, :6, 6:].any()


@pytest.mark.slow
@pytest.mark.parametrize("attention", [False, True])
def test_batches_of_similar_length_keep_the_order(
    exported, tmp_path, monkeypatch, attention
):
    vectorizer = Vectorizer(exported.model.vectorizer.vocabulary, 601)
    path = with_vocabulary(exported, tmp_path / "a.tflite", vectorizer)
    classifier = Classifier(path)
    rng = np.random.default_rng(5)
    lengths = [*rng.integers(1, 30, size=1100), 601, 997, 211, 3]
    if attention:
        lengths = lengths[-40:]
    words = ["dog", "bad", "the", "!"]
    texts = [" ".join(rng.choice(words, size=n)) for n in lengths]
    shapes = []

    def encode(self, tokens, inner=Tokenizer.encode):
        ids = inner(self, tokens)
        shapes.append(ids.shape)
        return ids

    monkeypatch.setattr(Tokenizer, "encode", encode)
    results = classifier.classify(texts, attention)
    assert [r["text"] for r in results] == texts
    read = [min(n, 601) for n in lengths]
    assert [len(r["tokens"]) for r in results] == read
    assert 3 < len(shapes) < 16
    assert all(b == 1 or b * t * max(t, 64) <= BATCH for b, t in shapes)
    padded = sum(b * t for b, t in shapes) - sum(read)
    assert padded < sum(read)
    for i in (0, 7, len(texts) - 4, len(texts) - 1):
        (alone,) = classifier.classify([texts[i]], attention)
        assert_same(results[i], alone, atol=1e-5)


def test_endless_texts_are_classified_one_window_at_a_time(classifier):
    texts = (f"dog {n}" for n in itertools.count())
    results = classifier.stream(texts)
    first = [result["text"] for result in itertools.islice(results, 1500)]
    assert first == [f"dog {n}" for n in range(1500)]
    assert next(texts) == "dog 2048"  # two times 1024 were read


def test_a_model_that_reads_one_token(exported, tmp_path):
    vectorizer = Vectorizer(["dog", "cat"], max_length=1)
    path = with_vocabulary(exported, tmp_path / "a.tflite", vectorizer)
    classifier = Classifier(path)
    (result,) = classifier.classify(["cat dog dog"], attention=True)
    assert (result["tokens"], result["truncated"]) == (["cat"], True)
    assert [w.shape for w in result["attention"]] == [(5, 1, 1)] * 2
    assert result["pooling"].tolist() == [[1.0], [1.0]]
    np.testing.assert_array_equal(
        classifier.tokenizer.encode([["cat", "dog"], ["?"]]), [[3, 0], [1, 0]]
    )


def test_the_table_by_hand(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    result = {
        "text": "我\tx",
        "label": "yes",
        "probabilities": {"no": 0.25, "yes": 0.75},
        "tokens": ["我", "x" * 30],
        "truncated": True,
        "attention": [np.array([[[0.1, 0.9], [1, 0]], [[0.5, 0.5], [0, 1]]])],
        "pooling": np.array([[0.26, 0.74]]),
    }
    classify._print(result)
    assert capsys.readouterr().out == (
        "yes\t0.750\t我\\tx\n"
        "  0.750  yes\n"
        "  0.250  no\n"
        "Only the first 2 tokens were read.\n"
        "Layer 1: where each token attends (* strongest head)\n"
        "                head 1          head 2\n"
        "  我            0.90*xxxxxxxxx  0.50 我\n"
        "  xxxxxxxxxxxx  1.00*我         1.00*xxxxxxxxx\n"
        "Pooling: the weight of each token\n"
        "                head 1\n"
        "  我            0.26 ##\n"
        "  xxxxxxxxxxxx  0.74 #######\n"
    )


@pytest.mark.parametrize("empty", ["", " \n\u200b", "\x00"])
def test_a_text_without_tokens_is_named(classifier, empty):
    message = f"The text {empty!r} has no tokens. Remove it."
    with pytest.raises(BadInput, match=f"^{re.escape(message)}$"):
        classifier.classify(["a", "b", empty, "c"])


def test_no_texts_give_no_results(classifier):
    assert classifier.classify([]) == []


def test_one_string_is_not_a_list_of_texts(classifier):
    with pytest.raises(TypeError, match=r"Pass a list: \[text\]"):
        classifier.classify("a good dog")


@pytest.mark.parametrize("threads", [0, -5, 10**20])
def test_threads_must_be_positive(exported, threads):
    message = f"positive integer. Received: threads={threads}.$"
    with pytest.raises(BadInput, match=message):
        Classifier(exported.folder / "model.tflite", threads)


def test_files_that_are_not_a_classifier(exported, tmp_path):
    path = tmp_path / "a.tflite"

    def refused(content, message):
        path.write_bytes(content)
        with pytest.raises(BadInput, match=message) as error:
            Classifier(path)
        assert str(path) in str(error.value)
        assert "\n" not in str(error.value)

    files = bundle.files(exported.model)
    lacking = {k: v for k, v in files.items() if k != "labels.txt"}
    other = files | {"tokenization.json": b'{"version": 4}'}
    incomplete = "a.tflite is incomplete: export it again"
    refused(b"", "is not a TFLite file")
    refused(b"<!DOCTYPE html>", "is not a TFLite file")
    refused(exported.plain, incomplete)
    refused(exported.tflite[:-9], incomplete)
    refused(
        metadata.with_files(exported.plain, lacking, **ABOUT),
        incomplete,
    )
    refused(
        metadata.with_files(exported.plain, other, **ABOUT),
        "opened: This model was exported with a different version of",
    )
    refused(exported.tflite.replace(b"[UNK]\n", b"[UNX]\n"), incomplete)
    refused(
        b"\xff\xff\xff\x7f" + exported.tflite[4:],
        "a.tflite cannot be opened: .* not a valid Flatbuffer",
    )
    other = exported.tflite.replace(b"explain\0", b"explode\0")
    refused(other, "cannot be opened: .*explain")
    path.unlink()
    with pytest.raises(BadInput, match="a.tflite cannot be read: No such"):
        Classifier(path)
    with pytest.raises(BadInput, match="cannot be read: Is a directory"):
        Classifier(tmp_path)
