"""Maps out of models made of KerasHub's layers; nothing is downloaded."""

import keras
import numpy as np
import pytest

from keras_attn.maps import (
    attention_model,
    call_with_attention,
    capture_attention,
)
from tests.maps.samples import B, S, T, array, assert_identical, numpy_of

# Before, a decoder's attention could not be asked for its scores.
keras_hub = pytest.importorskip("keras_hub", minversion="0.32")

H, D = 3, 12
SIZES = {
    "vocabulary_size": 13,
    "num_layers": 2,
    "num_heads": H,
    "hidden_dim": D,
    "intermediate_dim": 7,
    # On PyTorch Keras finds shapes of unknown lengths by trying 83 and 89.
    "max_sequence_length": 97,
}
IDS = np.array([[1, 2, 3, 4, 0], [5, 6, 0, 0, 0]], "int32")
TOKENS = {"token_ids": IDS, "padding_mask": (IDS != 0).astype("int32")}
SEGMENTED = TOKENS | {"segment_ids": np.zeros_like(IDS)}


def encoder_and_decoder():
    """Self-attention over S tokens, then causal and cross-attention over T."""
    source, target = keras.Input((None, D)), keras.Input((None, D))
    memory = keras_hub.layers.TransformerEncoder(7, H, name="encoder")(source)
    decoder = keras_hub.layers.TransformerDecoder(7, H, name="decoder")
    return keras.Model([source, target], decoder(target, memory))


class Subclassed(keras.Model):
    """An encoder that is a layer of a subclassed model."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.encoder = keras_hub.layers.TransformerEncoder(
            7, H, dropout=0.5, normalize_first=True, name="encoder"
        )

    def call(self, x):
        return self.encoder(x)


def bert(**arguments):
    backbone = keras_hub.models.BertBackbone(**SIZES)
    return keras_hub.models.BertTextClassifier(
        backbone, num_classes=2, preprocessor=None, **arguments
    )


def gpt2():
    backbone = keras_hub.models.GPT2Backbone(**SIZES)
    return keras_hub.models.GPT2CausalLM(backbone, preprocessor=None)


SELF = "transformer_layer_{}/self_attention{}"
MODELS = {
    "encoder and decoder": (
        encoder_and_decoder,
        [array(B, S, D), array(B, T, D)],
        {
            "encoder/self_attention_layer": (B, H, S, S),
            "decoder/self_attention": (B, H, T, T),
            "decoder/cross_attention": (B, H, T, S),
        },
    ),
    "subclassed": (
        lambda: Subclassed(name="subclassed"),
        array(B, T, D),
        {"subclassed/encoder/self_attention_layer": (B, H, T, T)},
    ),
    "bert": (
        bert,
        SEGMENTED,
        {SELF.format(i, "_layer"): (2, H, 5, 5) for i in range(2)},
    ),
    "gpt2": (
        gpt2,
        TOKENS,
        {SELF.format(i, ""): (2, H, 5, 5) for i in range(2)},
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_maps_are_found_and_outputs_identical(name):
    make, inputs, shapes = MODELS[name]
    model = make()
    before = model(inputs)
    outputs, maps = call_with_attention(model, inputs)
    assert {path: weights.shape for path, weights in maps.items()} == shapes
    assert_identical(outputs, before)
    for path, weights in maps.items():
        np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-6, err_msg=path)
    assert_identical(model(inputs), before)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_them_gives_the_same(name):
    make, inputs, _ = MODELS[name]
    if keras.backend.backend() == "jax" and make in (bert, gpt2):
        pytest.skip("KerasHub compares lengths, which JAX must know for it")
    model = make()
    before, maps = call_with_attention(model, inputs)
    explained = attention_model(model)(inputs)
    for path, weights in maps.items():
        np.testing.assert_array_equal(
            numpy_of(explained[f"attention/{path}"]), weights
        )
    assert_identical(model(inputs), before)


def test_causal_self_attention_sees_no_future():
    """D5: the decoder takes no question itself; its inner layers do."""
    make, inputs, _ = MODELS["encoder and decoder"]
    maps = capture_attention(make(), inputs)
    future = np.triu(np.ones((T, T), bool), 1)
    np.testing.assert_array_equal(
        maps["decoder/self_attention"][..., future], 0
    )
    assert maps["decoder/cross_attention"].min() > 0


def test_padding_gets_no_attention():
    for weights in capture_attention(bert(), SEGMENTED).values():
        np.testing.assert_array_equal(weights[1, :, :, 2:], 0)


def test_a_functional_call_for_scores_needs_no_help_from_the_encoder():
    """D4: a symbolic call of the encoder gives no scores; the map does."""
    x = keras.Input((None, D))
    encoder = keras_hub.layers.TransformerEncoder(7, H, name="encoder")
    asked = encoder(x, return_attention_scores=True)
    assert isinstance(asked, keras.KerasTensor)  # one, not a pair
    model = keras.Model(x, encoder(x))
    explained = attention_model(model)
    assert explained.output["attention/encoder/self_attention_layer"].shape == (
        (None, H, None, None)
    )


def test_inside_fit():
    model = bert(dropout=0.1)
    compiler = {"jit_compile": keras.backend.backend() != "torch"}
    model.compile(
        "sgd", keras.losses.SparseCategoricalCrossentropy(True), **compiler
    )
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(capture_attention(self.model, SEGMENTED, heads=[1]))

    data = [SEGMENTED, np.array([0, 1])]
    model.fit(*data, epochs=2, verbose=0, shuffle=False, callbacks=[Watch()])
    first, last = (
        maps["transformer_layer_0/self_attention_layer"] for maps in seen
    )
    assert first.shape == (2, 1, 5, 5)
    assert np.abs(first - last).max() > 0
