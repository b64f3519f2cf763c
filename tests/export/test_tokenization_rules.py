"""Every format reads a text as the Keras model does, by all rules."""

import unicodedata

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf

from keras_attn.export import export_onnx, export_saved_model, export_tflite
from keras_attn.export.device.classify import Classifier, Tokenizer
from keras_attn.models import SentenceClassifier
from keras_attn.text import Vectorizer
from tests.parts import in_part
from tests.text.rules import RULES

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]

LEARNED = ["le thé était réussi !", "don't like the soup - 한국", '"quoted"']
SPELLINGS = [
    ("Le THÉ était réussi !", unicodedata.normalize("NFD", LEARNED[0])),
    ("don't like - the soup", "don\u2019t like \u2014 the soup"),
    ('"quoted" 한국', unicodedata.normalize("NFD", "\u201cquoted\u201d 한국")),
]
TEXTS = [text for pair in SPELLINGS for text in pair]


def classifier(tokens, normalization):
    keras.utils.set_random_seed(0)
    vectorizer = Vectorizer.learn(
        LEARNED, tokens=tokens, normalization=normalization
    )
    model = SentenceClassifier(
        vectorizer, ["a", "b"], num_layers=1, d_model=6, num_heads=2
    )
    model.build((None, None))
    return model


# The graph's and the device's tokens are compared in tests/text and device.
@pytest.mark.long
@pytest.mark.parametrize("rules", RULES)
def test_two_spellings_give_one_result_in_every_format(rules, tmp_path):
    model = classifier(*rules)
    results = model.classify(TEXTS)
    expected = [list(result.probabilities.values()) for result in results]
    for first, second in zip(results[::2], results[1::2], strict=True):
        same = rules[1] == "nfc"  # saved before there was normalization
        assert (first.tokens == second.tokens) == same
        assert (1 in model.vectorizer.encode([second.text])[0]) == (not same)
    export_saved_model(model, tmp_path / "saved_model")
    loaded = tf.saved_model.load(tmp_path / "saved_model")
    found = loaded.serve(tf.constant(TEXTS))["probabilities"]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    export_tflite(model, tmp_path / "a.tflite")
    answers = Classifier(tmp_path / "a.tflite").classify(TEXTS)
    found = [list(answer["probabilities"].values()) for answer in answers]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert [a["tokens"] for a in answers] == [r.tokens for r in results]


@pytest.mark.parametrize("rules", in_part(RULES[::2], RULES[2]))
def test_the_metadata_of_onnx_contains_the_rules(rules, tmp_path):
    model = classifier(*rules)
    export_onnx(model, tmp_path / "a.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "a.onnx")
    tokenizer = Tokenizer(session.get_modelmeta().custom_metadata_map)
    ids = tokenizer.encode(list(map(tokenizer.tokenize, TEXTS)))
    (found,) = session.run(["probabilities"], {"ids": ids})
    expected = [list(r.probabilities.values()) for r in model.classify(TEXTS)]
    np.testing.assert_allclose(found, expected, atol=1e-5)
