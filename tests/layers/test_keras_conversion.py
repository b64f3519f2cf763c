"""`from_keras` and `to_keras`, LoRA, quantization and policies."""

import keras
import numpy as np
import pytest

from keras_attn.layers import MultiHeadAttention, MultiHeadSelfAttention

RNG = np.random.default_rng(0)
QUERY = RNG.normal(size=(2, 5, 11)).astype("float32")
VALUE = RNG.normal(size=(2, 7, 13)).astype("float32")
KEY = RNG.normal(size=(2, 7, 17)).astype("float32")
PAIRS = np.random.default_rng(1).random((2, 5, 7)) < 0.6
PAIRS[..., 2] = True
CALLS = [
    {},
    {"use_causal_mask": True},
    {"attention_mask": PAIRS},
    {"return_attention_scores": True},
]
LAYERS = {
    "plain": lambda: keras.layers.MultiHeadAttention(6, 3),
    "all": lambda: keras.layers.MultiHeadAttention(
        6, 3, 5, 0.25, False, output_shape=(4, 3), use_gate=True, seed=7
    ),
    "window": lambda: keras.layers.MultiHeadAttention(6, 3, sliding_window=2),
    "grouped": lambda: keras.layers.GroupQueryAttention(3, 6, 2),
    "grouped window": lambda: keras.layers.GroupQueryAttention(
        3, 6, 2, use_bias=False, sliding_window=2, use_gate=True
    ),
}


def array(x):
    return keras.ops.convert_to_numpy(x)


def built(layer):
    layer(QUERY, VALUE, KEY)
    rng = np.random.default_rng(3)
    layer.set_weights([rng.normal(size=w.shape) / 3 for w in layer.weights])
    return layer


def same(found, expected, options, atol=2e-6):
    found, expected = (
        keras.tree.flatten(layer(QUERY, VALUE, KEY, **options))
        for layer in (found, expected)
    )
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(array(a), array(b), atol=atol)


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("options", CALLS, ids=["", "causal", "mask", "scores"])
def test_there_and_back(make, options):
    theirs = built(make())
    ours = MultiHeadAttention.from_keras(theirs)
    same(ours, theirs, options)
    back = ours.to_keras()
    assert type(back) is type(theirs)
    assert back.get_config() == theirs.get_config()
    same(back, theirs, options, atol=0)


def test_a_layer_that_is_not_built():
    ours = MultiHeadAttention.from_keras(LAYERS["all"]())
    assert not ours.built and not ours.to_keras().built
    with pytest.raises(ValueError, match="key_dim=None. Call it first"):
        MultiHeadAttention(2).to_keras()


def test_sizes_that_follow_from_the_inputs():
    x = np.ones((2, 3, 12), "float32")
    layer = MultiHeadAttention(6, num_key_value_heads=2)
    expected = array(layer(x, x))
    back = layer.to_keras()
    assert back.head_dim == 2
    np.testing.assert_allclose(array(back(x, x)), expected, atol=1e-6)
    layer = MultiHeadAttention(4)
    layer(x, x)
    assert layer.to_keras().key_dim == 3


def test_flash_attention_goes_there_and_back():
    theirs = keras.layers.MultiHeadAttention(6, 3, flash_attention=True)
    ours = MultiHeadAttention.from_keras(theirs)
    assert ours.flash_attention is True
    assert ours.to_keras()._flash_attention is True


@pytest.mark.slow
def test_self_attention():
    theirs = keras.layers.MultiHeadAttention(2, 3)
    x = QUERY
    theirs(x, x)
    ours = MultiHeadSelfAttention.from_keras(theirs)
    expected = array(theirs(x, x))
    np.testing.assert_allclose(array(ours(x)), expected, atol=1e-6)
    back = MultiHeadSelfAttention(1)
    back(x)
    np.testing.assert_allclose(
        array(back.to_keras()(x, x)), array(back(x)), atol=1e-6
    )


@pytest.mark.parametrize(
    "options, message",
    [
        ({"score": "cosine"}, "no `score`"),
        ({"position": "rotary"}, "no `position`"),
        ({"causal": True}, "no `causal`.*`use_causal_mask=True`"),
        (
            {"num_key_value_heads": 1, "value_dim": 5},
            "GroupQueryAttention has no `value_dim`",
        ),
        (
            {"num_key_value_heads": 1, "attention_axes": 1},
            "GroupQueryAttention has no `attention_axes`",
        ),
    ],
)
def test_what_keras_does_not_have(options, message):
    with pytest.raises(ValueError, match=message):
        MultiHeadAttention(2, 3, **options).to_keras()


@pytest.mark.parametrize("layer", [keras.layers.Dense(3), "attention", None])
def test_other_layers_are_refused(layer):
    with pytest.raises(ValueError, match="Expected keras.layers.MultiHeadAt"):
        MultiHeadAttention.from_keras(layer)


@pytest.mark.slow
def test_lora_is_merged():
    theirs = built(LAYERS["plain"]())
    theirs.query_dense.enable_lora(2)
    theirs.query_dense.lora_kernel_b.assign(np.ones((2, 3)))
    ours = MultiHeadAttention.from_keras(theirs)
    same(ours, theirs, {})
    ours.value_dense.enable_lora(3)
    assert len(ours.trainable_weights) == 9
    ours.value_dense.lora_kernel_b.assign(np.ones((3, 3)))
    same(ours.to_keras(), ours, {})


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize`")
def test_int8_keeps_the_results_and_survives_the_file(tmp_path):
    layer = built(MultiHeadAttention(6, 3, use_gate=True))
    inputs = [keras.Input(x.shape[1:]) for x in (QUERY, VALUE, KEY)]
    model = keras.Model(inputs, layer(*inputs))
    expected = array(model([QUERY, VALUE, KEY]))
    model.quantize("int8")
    for name in ("query", "key", "value", "gate", "output"):
        kernel = getattr(layer, f"{name}_dense")._kernel
        assert keras.backend.standardize_dtype(kernel.dtype) == "int8"
    found = array(model([QUERY, VALUE, KEY]))
    assert np.abs(found - expected).max() < 0.05 * np.abs(expected).max()
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(array(loaded([QUERY, VALUE, KEY])), found)
    with pytest.raises(ValueError, match="'query' of 'multi_head_attention"):
        layer.to_keras()


def test_a_map_of_policies():
    policies = keras.dtype_policies.DTypePolicyMap()
    int8 = keras.dtype_policies.QuantizedDTypePolicy("int8", "float32")
    policies["ours/query"] = int8
    layer = MultiHeadAttention(2, 3, dtype=policies, name="ours")
    layer.build(QUERY.shape, VALUE.shape)
    assert layer.query_dense.quantization_mode == "int8"
    assert layer.key_dense.quantization_mode is None


def test_a_clone_has_the_same_arguments():
    inputs = [keras.Input(x.shape[1:]) for x in (QUERY, VALUE, KEY)]
    layer = MultiHeadAttention(6, 3, use_gate=True, sliding_window=2, seed=3)
    model = keras.Model(inputs, layer(*inputs))
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    given = [QUERY, VALUE, KEY]
    np.testing.assert_array_equal(array(clone(given)), array(model(given)))


def test_flash_attention_is_that_of_keras(monkeypatch):
    """Which needs a GPU: here, Keras's function without it stands in."""
    asked, original = [], keras.ops.dot_product_attention

    def without_flash(*args, flash_attention, **options):
        asked.append(flash_attention)
        return original(*args, **options)

    monkeypatch.setattr(keras.ops, "dot_product_attention", without_flash)
    layer = built(MultiHeadAttention(6, 3, flash_attention=True))
    pairs = PAIRS.copy()
    pairs[0, 1] = False
    expected = MultiHeadAttention(6, 3)
    expected(QUERY, VALUE, KEY)
    expected.set_weights(layer.get_weights())
    same(layer, expected, {"attention_mask": pairs, "use_causal_mask": True})
    same(layer, expected, {})
    assert set(asked) == {True}
    with pytest.raises(ValueError, match="scores is not supported when flash"):
        layer(QUERY, VALUE, KEY, return_attention_scores=True)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"dropout": 0.5}, "Dropout is not supported when flash"),
        ({"score": "cosine"}, "without a bias.*CosineScore"),
        ({"position": "alibi"}, "without a bias.*AlibiBias"),
    ],
)
def test_what_flash_attention_cannot_do(options, message):
    with pytest.raises(ValueError, match=message):
        MultiHeadAttention(2, flash_attention=True, **options)
