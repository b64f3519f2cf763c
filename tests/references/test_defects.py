"""What other packages get wrong, and ours must not.

One test for each of the defects D1 to D16 that were found in the packages the
project learns from, as far as they have a counterpart here; those of positions,
D1 to D3 and D12 to D14, stand in `test_defects_of_positions.py`. Each docstring
names the rival and what it does; bounds are the figures measured there. The
tests look at our layers only: rivals may be repaired by now.
"""

import inspect

import keras
import numpy as np
import pytest

import keras_attn
from keras_attn import layers
from tests.parts import long_on

SCORES = ("additive", "bilinear", "cosine", "dot", "scaled_dot")
# PAD is 0, on either side.
IDS = np.array([[5, 3, 9, 0, 0], [0, 0, 1, 7, 2]], "int32")


def array(tensor):
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))


def vectors(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def embedding():
    """With vectors large enough for attention to depend on the words."""
    return keras.layers.Embedding(
        11,
        6,
        mask_zero=True,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
    )


def encoder_block(**options):
    return layers.EncoderBlock(
        layers.MultiHeadSelfAttention(2), layers.FeedForward(11), **options
    )


def test_d04_scores_of_an_encoder_block_in_a_functional_model():
    """KerasHub's TransformerEncoder gives one tensor there, no scores."""
    x, block = keras.Input((None, 6)), encoder_block()
    y, weights = block(x, return_attention_scores=True)
    assert y.shape == (None, None, 6) and weights.shape == (None, 2, None, None)
    model = keras.Model(x, [y, weights])
    given = vectors(3, 5, 6)
    eager = block(given, return_attention_scores=True)
    for symbolic, actual in zip(model(given), eager, strict=True):
        np.testing.assert_allclose(array(symbolic), array(actual), atol=1e-6)


def test_d05_scores_of_a_decoder_block_in_a_functional_model():
    """KerasHub's TransformerDecoder has no argument for them at all."""
    inputs = [keras.Input((5, 6)), keras.Input((7, 6))]
    block = layers.DecoderBlock(
        layers.MultiHeadSelfAttention(2, causal=True),
        layers.MultiHeadAttention(3),
        layers.FeedForward(11),
    )
    outputs = block(*inputs, return_attention_scores=True)
    shapes = [(None, 5, 6), (None, 2, 5, 5), (None, 3, 5, 7)]
    assert [x.shape for x in outputs] == shapes
    given = vectors(3, 5, 6), vectors(3, 7, 6, seed=1)
    eager = block(*given, return_attention_scores=True)
    model = keras.Model(inputs, outputs)
    for symbolic, actual in zip(model(list(given)), eager, strict=True):
        np.testing.assert_allclose(array(symbolic), array(actual), atol=1e-6)


def test_d06_symbolic_scores_of_cross_attention_have_the_real_shape():
    """Keras says (B, H, T, T): Flatten and Dense build, then fail at call."""
    inputs = [keras.Input((5, 6)), keras.Input((7, 6))]
    attention = layers.MultiHeadAttention(2)
    _, weights = attention(*inputs, return_attention_scores=True)
    assert weights.shape == (None, 2, 5, 7)
    logits = keras.layers.Dense(1)(keras.layers.Flatten()(weights))
    model = keras.Model(inputs, logits)
    given = [vectors(3, 5, 6), vectors(3, 7, 6)]
    assert tuple(model(given).shape) == (3, 1)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_d07_asking_for_scores_changes_nothing(dropout):
    """Keras then gives other outputs, by 0.485, where all keys are masked."""
    attention = layers.MultiHeadAttention(2, dropout=dropout)
    inputs = [vectors(2, 5, 6), vectors(2, 7, 6, seed=1)]
    attention.build(*(x.shape for x in inputs))
    attention.set_weights([vectors(*w.shape) for w in attention.weights])
    allowed = np.ones((2, 5, 7), bool)
    allowed[0, 1] = allowed[1, 3:] = False
    nothing = ~allowed.any(-1)
    plain = attention(*inputs, attention_mask=allowed)
    asked, weights = attention(
        *inputs, attention_mask=allowed, return_attention_scores=True
    )
    assert (array(plain) == array(asked)).all()
    bias = attention.get_weights()[-1]
    assert (array(plain)[nothing] == bias).all()
    assert (np.moveaxis(array(weights), 1, 2)[nothing] == 0).all()
    others = array(attention(*inputs))
    assert np.abs(others - array(plain))[nothing].max() > 0.485
    np.testing.assert_allclose(
        array(plain)[~nothing], others[~nothing], atol=1e-6
    )


@long_on("jax")  # no backend computes it
def test_d08_every_argument_survives_saving(tmp_path):
    """Keras loses `flash_attention`, and refuses it beside scores."""
    options = {
        "num_heads": 4,
        "key_dim": 3,
        "score": "cosine",
        "dropout": 0.5,
        "use_bias": False,
        "num_key_value_heads": 2,
        "causal": True,
        "sliding_window": 3,
        "position": "alibi",
        "value_dim": 5,
        "output_shape": (7,),
        "attention_axes": 1,
        "use_gate": True,
        "seed": 11,
    }
    of_projections = {
        "kernel_initializer": "HeNormal",
        "bias_initializer": "Ones",
        "kernel_regularizer": "L2",
        "bias_regularizer": "L1",
        "activity_regularizer": "L1L2",
        "kernel_constraint": "NonNeg",
        "bias_constraint": "UnitNorm",
    }
    parameters = inspect.signature(layers.MultiHeadAttention).parameters
    names = {*options, *of_projections, "flash_attention", "kwargs"}
    assert names == set(parameters)
    for name, value in options.items():
        assert parameters[name].default != value
    attention = layers.MultiHeadAttention(
        **options, **of_projections, name="attention"
    )
    inputs = [keras.Input((None, 6)), keras.Input((None, 5))]
    outputs = attention(*inputs, return_attention_scores=True)
    keras.Model(inputs, outputs).save(tmp_path / "model.keras")
    model = keras.models.load_model(tmp_path / "model.keras")
    loaded = model.get_layer("attention")
    assert loaded.get_config() == attention.get_config()
    layers_by_name = {
        "score": layers.CosineScore,
        "position": layers.AlibiBias,
    }
    for name, value in options.items():
        if name in layers_by_name:
            assert type(getattr(loaded, name)) is layers_by_name[name]
        elif name != "output_shape":
            assert getattr(loaded, name) == value
    config = loaded.get_config()
    assert config["output_shape"] == (7,)
    for name, value in of_projections.items():
        assert config[name]["class_name"] == value
    given = [vectors(2, 5, 6), vectors(2, 7, 5)]
    expected = attention(*given, return_attention_scores=True)
    for actual, wanted in zip(model(given), expected, strict=True):
        assert (array(actual) == array(wanted)).all()


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_d09_scores_are_float32_under_half_precision(policy, score):
    """Keras casts them: rows sum to 1 to 1.3e-3 in bfloat16."""
    keras.config.set_dtype_policy(policy)
    attention = layers.MultiHeadAttention(2, score=score)
    _, weights = attention(
        vectors(2, 5, 6), vectors(2, 101, 6), return_attention_scores=True
    )
    assert keras.backend.standardize_dtype(weights.dtype) == "float32"
    sums = array(weights).sum(-1, dtype="float64")
    assert np.abs(sums - 1).max() < 1e-6


@pytest.mark.slow
def test_d10_a_mask_goes_through_every_sum():
    """Keras loses it at `x + y`; our sums stand inside layers that keep it."""
    ids, tokens = keras.Input((None,), dtype="int32"), embedding()
    chain = [
        layers.PositionalEncoding(),
        layers.LearnedPositionalEncoding(7),
        encoder_block(),
        encoder_block(norm_first=False),
        layers.FeedForward(11),
        layers.MaskedMeanPooling(),
    ]

    def through(x):
        for layer in chain:
            x = layer(x)
        return x

    model = keras.Model(ids, through(tokens(ids)))
    alone = array(model(np.array([[5, 3, 9], [1, 7, 2]], "int32")))
    np.testing.assert_allclose(array(model(IDS)), alone, atol=1e-6)
    unmasked = array(through(array(tokens(IDS))))
    assert (np.abs(unmasked - alone).max(-1) > 1e-2).all()


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    "causal, window",
    [
        (False, None),
        (True, 3),
        pytest.param(True, None, marks=pytest.mark.long),
        pytest.param(False, 3, marks=pytest.mark.long),
    ],
)
def test_d11_no_attention_to_padding(causal, window, score):
    """keras-self-attention masks PAD to PAD only: real tokens gave it 38 %."""
    attention = layers.MultiHeadSelfAttention(
        2, score=score, causal=causal, sliding_window=window
    )
    x, real = vectors(1, 5, 6), np.array([[False, False, True, True, True]])

    def share_of_pad(mask):
        _, weights = attention(x, mask=mask, return_attention_scores=True)
        return array(weights)[:, :, 2:, :2].sum(-1).mean()

    assert share_of_pad(real) == 0
    assert share_of_pad(None) > 0.01


def test_d15_attention_over_tokens_in_a_functional_model():
    """keras-attention gets `training` twice in a Keras 3 functional model."""
    x = keras.Input((None, 6))
    pooling = layers.AttentionPooling(num_hops=2, dropout=0.5)
    model = keras.Model(x, keras.layers.Dense(3)(pooling(x)))
    for training in (False, True):
        y = model(vectors(2, 5, 6), training=training)
        assert tuple(y.shape) == (2, 3)


@pytest.mark.slow
@long_on("jax")  # a clause of the contract
def test_d16_a_classifier_does_not_read_padding():
    """Keras's example has no mask: its average pooling includes PAD."""
    vectorizer = keras_attn.text.Vectorizer.learn(["a good dog , no bad cat"])
    model = keras_attn.models.SentenceClassifier(
        vectorizer, ["praise", "blame"], d_model=6, num_heads=2
    )
    short = np.array([[4, 2, 5]], "int32")
    expected = array(model(short))
    for sides in [(0, 4), (4, 0), (3, 1)]:  # one shape: JAX compiles for each
        padded = np.pad(short, ((0, 0), sides))
        np.testing.assert_allclose(array(model(padded)), expected, atol=1e-6)
    words = np.pad(short, ((0, 0), (0, 4)), constant_values=3)
    assert np.abs(array(model(words)) - expected).max() > 1e-2
