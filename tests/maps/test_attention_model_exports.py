"""Maps from a SavedModel and a TFLite file, with built-in operators only."""

import keras
import numpy as np
import pytest

import keras_attn
from keras_attn.maps import attention_model, capture_attention
from tests.maps.samples import numpy_of

pytestmark = [pytest.mark.long, pytest.mark.tensorflow]
tf = pytest.importorskip("tensorflow")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A classifier, its attention model, and the folder of its export."""
    keras.utils.set_random_seed(3)
    vectorizer = keras_attn.text.Vectorizer.learn(["a good dog", "a bad cat"])
    model = keras_attn.models.SentenceClassifier(
        vectorizer, ["good", "bad", "odd"], d_model=15, num_heads=5
    )
    model.build((None, None))
    explained = attention_model(model, heads=[4, 1])
    folder = str(tmp_path_factory.mktemp("export") / "saved_model")
    explained.export(folder, verbose=False)
    return model, explained, folder


IDS = np.array([[2, 3, 4, 5, 0, 0, 0], [6, 2, 0, 0, 0, 0, 0]], "int32")


def assert_returns_the_same(result, explained, ids):
    expected = numpy_of(dict(explained(ids)))
    assert result.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(result[name], value, atol=1e-5)


def test_saved_model_at_any_batch_and_length(exported):
    model, explained, folder = exported
    loaded = tf.saved_model.load(folder)
    for batch, length in ((1, 1), (2, 7), (2, 3)):
        ids = IDS[:batch, :length]
        result = numpy_of(loaded.serve(tf.constant(ids)))
        assert_returns_the_same(result, explained, ids)
        maps = capture_attention(model, ids, heads=[4, 1])
        for path, weights in maps.items():
            np.testing.assert_allclose(
                result[f"attention/{path}"], weights, atol=1e-5
            )


def test_tflite_at_any_batch_and_length(exported):
    interpreter_of = pytest.importorskip("ai_edge_litert.interpreter")
    _, explained, folder = exported
    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    converted = converter.convert()
    assert b"Flex" not in converted
    interpreter = interpreter_of.Interpreter(model_content=converted)
    run = interpreter.get_signature_runner()
    for batch, length in ((1, 1), (2, 7), (2, 3)):
        ids = IDS[:batch, :length]
        assert_returns_the_same(run(ids=ids), explained, ids)
