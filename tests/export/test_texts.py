"""What texts the exports take, whatever their format."""

import numpy as np
import pytest

from keras_attn.export import (
    export_onnx,
    export_saved_model,
    export_tflite,
    open_exported,
)
from keras_attn.export.texts import as_texts, utf8


@pytest.mark.parametrize("texts", [(), ("a",), np.array(["a", "b"])])
def test_any_iterable_of_strings_will_do(texts):
    assert as_texts("texts", texts) == list(texts)
    assert as_texts("texts", iter(texts)) == list(texts)
    assert as_texts("texts", None) == []


def test_half_a_surrogate_pair_is_what_the_tokenization_makes_of_it():
    text = "a\ud83d b\ude42 \U0001f642"
    assert utf8([text]) == ["a\ufffd b\ufffd \U0001f642".encode()]


@pytest.mark.parametrize(
    "export", [export_tflite, export_saved_model, export_onnx]
)
@pytest.mark.parametrize(
    "texts, message",
    [
        ("a dog", "`texts` must be a list of strings. Received: one string"),
        (["a", 1], "`texts` must be strings. Received: 1 of type int"),
        ([None], "`texts` must be strings. Received: None of type NoneType"),
    ],
)
def test_what_is_no_text_is_refused_at_once(
    export, texts, message, classifier, tmp_path
):
    with pytest.raises(ValueError, match=message):
        export(classifier, tmp_path / "deep" / "model", texts)
    assert list(tmp_path.iterdir()) == []


def test_a_saved_model_answers_what_keras_answers(classifier, tmp_path):
    texts = ["good \ud800 dog", "very \udfff\U0001f642 bad"]
    path = tmp_path / "model"
    assert export_saved_model(classifier, path, texts).equal_decisions == 1
    expected = [
        list(result.probabilities.values())
        for result in classifier.classify(texts)
    ]
    file = open_exported(path)
    np.testing.assert_allclose(file.probabilities(texts), expected, atol=1e-5)
    with pytest.raises(ValueError, match="Received: one string"):
        file.probabilities("good dog")
    with pytest.raises(ValueError, match="Received: 1 of type int"):
        file.probabilities([1])
