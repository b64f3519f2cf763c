"""Layers inside layers stay quantized in files."""

import warnings

import keras
import numpy as np
import pytest

from keras_attn import layers
from keras_attn.models import SentenceClassifier, TextEncoder
from keras_attn.text import Vectorizer
from tests.parts import in_part

X = np.random.default_rng(0).normal(size=(2, 3, 8)).astype("float32")
IDS = np.array([[2, 3, 4], [3, 2, 0]], "int32")
SIZES = {"num_layers": 2, "d_model": 8, "num_heads": 2}


def classifier(**options):
    vectorizer = Vectorizer(["a", "b", "c"])
    model = SentenceClassifier(vectorizer, ["x", "y"], **SIZES, **options)
    model.build((None, None))
    return model


def functional(layer, inputs, *more):
    return keras.Model(inputs, layer(inputs, *more))


def of_tokens(layer, *more):
    inputs = keras.Input((None, 8))
    return functional(layer, inputs, *[inputs for _ in more])


def attention():
    return layers.MultiHeadSelfAttention(2)


def encoder_block():
    return of_tokens(layers.EncoderBlock(attention(), layers.FeedForward(5)))


def decoder_block():
    cross = layers.MultiHeadAttention(2)
    # A layer whose own config contains its policy.
    block = layers.DecoderBlock(attention(), cross, keras.layers.Dense(8))
    return of_tokens(block, "memory")


MODELS = {
    "classifier": classifier,
    "classifier with other layers": lambda: classifier(
        position="learned", score="additive", pooling="attention"
    ),
    "encoder": lambda: functional(
        TextEncoder(5, **SIZES), keras.Input((None,), dtype="int32")
    ),
    "encoder block": encoder_block,
    "decoder block": decoder_block,
    "feed-forward": lambda: of_tokens(layers.FeedForward(5)),
    "pooling": lambda: of_tokens(layers.AttentionPooling(2)),
    "self-attention": lambda: of_tokens(attention()),
    "attention": lambda: of_tokens(layers.MultiHeadAttention(2), "value"),
}


def quantize(model, *how, **options):
    with warnings.catch_warnings():
        # Keras warns about each layer that has nothing to quantize.
        warnings.filterwarnings("ignore", ".*`quantize` method implemented")
        model.quantize(*how, **options)


def outputs(model):
    on_ids = isinstance(model, SentenceClassifier) or isinstance(
        model.layers[1], TextEncoder
    )
    return keras.ops.convert_to_numpy(model(IDS if on_ids else X))


def modes(model):
    return [layer.quantization_mode for layer in model._flatten_layers()]


def loaded(model, folder):
    model.save(folder / "model.keras")
    return keras.models.load_model(folder / "model.keras")


@pytest.fixture(autouse=True)
def fast_quantization(monkeypatch):
    """Keras collects garbage for each kernel that it replaces."""
    monkeypatch.setattr("gc.collect", lambda *generation: 0)


# The others contain no layer that is not in one of these.
IN_EVERY_RUN = ("classifier with other layers", "decoder block", "attention")


@pytest.mark.slow
@pytest.mark.parametrize("name", in_part(MODELS, *IN_EVERY_RUN))
def test_a_quantized_model_is_loaded_as_it_was(name, tmp_path):
    model = MODELS[name]()
    exact = outputs(model)
    quantize(model, "int8")
    copy = loaded(model, tmp_path)
    assert modes(copy) == modes(model)
    assert "int8" in modes(copy)
    quantized = outputs(model)
    np.testing.assert_array_equal(outputs(copy), quantized)
    assert 0 < np.abs(quantized - exact).max() < 0.2
    again = loaded(copy, tmp_path)
    np.testing.assert_array_equal(outputs(again), quantized)


@pytest.mark.slow
@pytest.mark.parametrize("mode", in_part(["int4", "float8"], "int4"))
def test_other_modes(mode, tmp_path):
    model = encoder_block()
    quantize(model, mode)
    copy = loaded(model, tmp_path)
    assert modes(copy) == modes(model)
    np.testing.assert_array_equal(outputs(copy), outputs(model))


@pytest.mark.slow
def test_only_some_layers_are_quantized(tmp_path):
    model = classifier()
    quantize(model, "int8", filters="expand|query")
    assert modes(model).count("int8") == 4
    copy = loaded(model, tmp_path)
    assert modes(copy) == modes(model)
    np.testing.assert_array_equal(outputs(copy), outputs(model))


@pytest.mark.slow
def test_a_model_in_half_precision(tmp_path):
    model = classifier(dtype="mixed_bfloat16")
    quantize(model, "int8")
    copy = loaded(model, tmp_path)
    np.testing.assert_array_equal(outputs(copy), outputs(model))


def test_an_unquantized_layer_has_a_plain_build_config():
    model = classifier()
    assert set(model.get_build_config()) == {"input_shape"}
