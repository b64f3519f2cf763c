"""The dtype policy of a model reaches every layer and stays with the file."""

import keras
import numpy as np
import pytest

from keras_attn.layers import EncoderBlock, PositionBias
from keras_attn.models import SentenceClassifier, TextEncoder
from keras_attn.text import Vectorizer

IDS = np.array([[2, 3, 4], [3, 2, 0]], "int32")
OPTIONS = [
    {},
    {"position": "learned", "score": "cosine", "pooling": "attention"},
    {"position": "relative_bias", "score": "additive", "pooling": "max"},
    {"position": "rotary", "score": "bilinear", "pooling": "first"},
]


def classifier(**options):
    vectorizer = Vectorizer(["good", "dog", "cat"], max_length=9)
    sizes = {"num_layers": 2, "d_model": 8, "num_heads": 2}
    model = SentenceClassifier(vectorizer, ["x", "y"], **sizes, **options)
    model.build((None, None))
    return model


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def dtypes(model):
    """The compute dtypes of the layers that may have any."""
    return {
        layer.compute_dtype
        for layer in model._flatten_layers()
        if layer is not model._head and not isinstance(layer, PositionBias)
    }


@pytest.mark.slow
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_every_layer_has_the_policy_of_its_classifier(options):
    model = classifier(dtype="mixed_bfloat16", **options)
    assert dtypes(model) == {"bfloat16"}
    assert keras.backend.standardize_dtype(model(IDS).dtype) == "float32"
    keras.config.set_dtype_policy("mixed_float16")
    assert dtypes(classifier(dtype="float32", **options)) == {"float32"}


@pytest.mark.slow
@pytest.mark.parametrize("given", [True, False], ids=["argument", "global"])
@pytest.mark.parametrize(
    "one, other",
    [
        ("mixed_bfloat16", "float32"),
        pytest.param("float32", "mixed_bfloat16", marks=pytest.mark.long),
    ],
)
def test_a_file_keeps_the_policy_it_was_saved_with(given, one, other, tmp_path):
    if not given:
        keras.config.set_dtype_policy(one)
    model = classifier(**({"dtype": one} if given else {}), **OPTIONS[1])
    logits = array(model(IDS))
    model.save(tmp_path / "model.keras")
    keras.config.set_dtype_policy(other)
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert dtypes(loaded) == dtypes(model)
    np.testing.assert_array_equal(array(loaded(IDS)), logits)
    assert loaded.get_config() == model.get_config()


@pytest.mark.slow
def test_an_encoder_keeps_its_policy_in_a_functional_model(tmp_path):
    ids = keras.Input((None,), dtype="int32")
    encoder = TextEncoder(
        9, num_layers=1, d_model=8, num_heads=2, dtype="mixed_bfloat16"
    )
    model = keras.Model(ids, encoder(ids))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        array(keras.ops.cast(loaded(IDS), "float32")),
        array(keras.ops.cast(model(IDS), "float32")),
    )
    block = loaded.layers[1].blocks[0]
    assert isinstance(block, EncoderBlock)
    assert block.attention.compute_dtype == "bfloat16"


@pytest.mark.slow
def test_layers_by_path_can_have_policies_of_their_own(tmp_path):
    policies = keras.dtype_policies.DTypePolicyMap(default_policy="float32")
    policies["classifier/.*/attention/.*"] = keras.DTypePolicy("mixed_bfloat16")
    model = classifier(dtype=policies, name="classifier")
    attention = model.get_layer("encoder_block_1").attention
    inner = [layer.compute_dtype for layer in attention._flatten_layers(False)]
    assert "bfloat16" in inner
    assert model.get_layer("encoder_block_1").feed_forward.compute_dtype == (
        "float32"
    )
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(array(loaded(IDS)), array(model(IDS)))
