import keras
import numpy as np
import pytest

from keras_attn import layers
from keras_attn.layers.positions import (
    IN_ATTENTION_NAMES,
    NAMES,
    belongs_in_attention,
    get_attention_position,
    get_position,
)
from keras_attn.ops import relative_buckets

HALF = ["mixed_bfloat16", "mixed_float16"]


@keras.saving.register_keras_serializable("tests_of_positions")
class ConstantBias(layers.PositionBias):
    """A user's own bias, with a weight and an argument."""

    def __init__(self, num_heads, scale=1.0, **kwargs):
        super().__init__(num_heads, **kwargs)
        self.scale = scale

    def build(self, query_positions_shape=None, key_positions_shape=None):
        self.level = self.add_weight(
            shape=(1, self.num_heads, 1, 1), initializer="ones", name="level"
        )

    def call(self, query_positions, key_positions):
        length, keys = len(query_positions), len(key_positions)
        shape = (1, self.num_heads, length, keys)
        return keras.ops.broadcast_to(self.scale * self.level, shape)

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


def array(tensor):
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))


def tokens(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def test_alibi_takes_off_slope_times_distance():
    queries, keys = np.array([5, 2]), np.array([0, 5, 9])
    bias = array(layers.AlibiBias(num_heads=3)(queries, keys))
    distances = np.array([[5, 0, 4], [2, 3, 7]])
    slopes = np.array([2**-4, 2**-8, 2**-2])
    assert (bias == -slopes[None, :, None, None] * distances).all()


def test_alibi_learns_nothing():
    layer = layers.AlibiBias(num_heads=3)
    layer(np.arange(2), np.arange(3))
    assert layer.weights == []


@pytest.mark.parametrize("bidirectional", [True, False])
def test_relative_bias_looks_its_table_up(bidirectional):
    layer = layers.RelativePositionBias(
        3, num_buckets=6, max_distance=9, bidirectional=bidirectional
    )
    queries, keys = np.array([0, 4, 30]), np.arange(40)
    layer(queries, keys)
    weight = tokens(6, 3)
    layer.set_weights([weight])
    bias = array(layer(queries, keys))
    assert bias.shape == (1, 3, 3, 40)
    distances = keys[None, :] - queries[:, None]
    buckets = keras.ops.convert_to_numpy(
        relative_buckets(distances, 6, 9, bidirectional)
    )
    assert len(set(buckets.ravel().tolist())) >= 5
    assert (bias[0] == weight[buckets].transpose(2, 0, 1)).all()


@pytest.mark.parametrize("policy", HALF)
def test_biases_are_float32_under_any_policy(policy):
    class Parent(keras.layers.Layer):
        """Opens a scope in which variables are read in half precision."""

        def __init__(self, bias):
            super().__init__()
            self.bias = bias

        def call(self, x):
            steps = keras.ops.arange(3)
            return self.bias(steps, steps)

    fine = 1.0 + 2.0**-20  # no number of half precision
    keras.config.set_dtype_policy(policy)
    for layer in (layers.RelativePositionBias(2), ConstantBias(2)):
        parent = Parent(layer)
        parent(np.ones(1))
        shapes = [w.shape for w in layer.get_weights()]
        layer.set_weights([np.full(shape, fine) for shape in shapes])
        bias = parent(np.ones(1))
        assert keras.backend.standardize_dtype(bias.dtype) == "float32"
        assert (array(bias) == np.float32(fine)).all()


def test_relative_bias_refuses_sizes_out_of_range():
    with pytest.raises(ValueError, match="num_buckets=31, bidirectional=True"):
        layers.RelativePositionBias(2, num_buckets=31)
    with pytest.raises(ValueError, match="Received: max_distance=8"):
        layers.RelativePositionBias(2, max_distance=8)


@pytest.mark.parametrize("num_heads", [0, -2, 1.5, None])
def test_biases_refuse_no_heads(num_heads):
    for layer in (layers.AlibiBias, layers.RelativePositionBias, ConstantBias):
        with pytest.raises(ValueError, match=f"num_heads={num_heads}"):
            layer(num_heads)


def test_position_of_an_attention_layer_by_name():
    assert get_attention_position(None, 3) is None
    kinds = {
        "rotary": layers.RotaryEmbedding,
        "relative_bias": layers.RelativePositionBias,
        "alibi": layers.AlibiBias,
        "tests_of_positions>ConstantBias": ConstantBias,
    }
    for name, kind in kinds.items():
        position = get_attention_position(name, 3, dtype="float32")
        assert type(position) is kind
        assert getattr(position, "num_heads", 3) == 3


def test_position_of_an_attention_layer_by_layer_or_config():
    for layer in (layers.RotaryEmbedding(base=7.0), ConstantBias(3, scale=2.0)):
        assert get_attention_position(layer, 3) is layer
        config = keras.saving.serialize_keras_object(layer)
        twin = get_attention_position(config, 3)
        assert twin is not layer
        assert keras.saving.serialize_keras_object(twin) == config


def test_refuses_an_unknown_position_and_names_the_nearest():
    with pytest.raises(ValueError, match="'rotery'. Did you mean 'rotary'"):
        get_attention_position("rotery", 3)


def test_refuses_a_position_that_is_added_to_token_vectors():
    with pytest.raises(ValueError, match="called before the attention layer"):
        get_attention_position(layers.PositionalEncoding(), 3)


def test_refuses_a_bias_for_other_heads():
    message = "AlibiBias with num_heads=4 for num_heads=3"
    with pytest.raises(ValueError, match=message):
        get_attention_position(layers.AlibiBias(4), 3)


EVERY = [
    layers.PositionalEncoding(base=7.0, dropout=0.25, layout="concatenated"),
    layers.LearnedPositionalEncoding(9, dropout=0.25, initializer="zeros"),
    layers.RotaryEmbedding(base=7.0, layout="concatenated"),
    layers.RelativePositionBias(3, 8, 20, bidirectional=False),
    layers.AlibiBias(3),
    ConstantBias(3, scale=2.0),
]


@pytest.mark.parametrize("layer", EVERY, ids=lambda layer: layer.name)
def test_config_round_trip(layer):
    config = keras.saving.serialize_keras_object(layer)
    twin = keras.saving.deserialize_keras_object(config)
    assert type(twin) is type(layer)
    assert keras.saving.serialize_keras_object(twin) == config


def test_position_by_name_gets_the_arguments_that_it_accepts():
    options = {"num_heads": 3, "max_length": 7, "dropout": 0.5, "base": 9.0}
    made = {name: get_position(name, **options) for name in NAMES}
    assert {name: type(layer) for name, layer in made.items()} == {
        "sinusoidal": layers.PositionalEncoding,
        "learned": layers.LearnedPositionalEncoding,
        "rotary": layers.RotaryEmbedding,
        "relative_bias": layers.RelativePositionBias,
        "alibi": layers.AlibiBias,
    }
    for layer in made.values():
        for name in options.keys() & layer.get_config().keys():
            assert getattr(layer, name) == options[name]
    inside = {n for n, layer in made.items() if belongs_in_attention(layer)}
    assert (
        inside
        == set(IN_ATTENTION_NAMES)
        == {"rotary", "relative_bias", "alibi"}
    )


@pytest.mark.parametrize(
    "base, arguments, shapes, message",
    [
        (layers.Score, {}, [(1, 2, 3, 4)] * 2, r"call\(query, key\)"),
        (layers.Pooling, {}, [(1, 2, 3)], r"call\(x, mask=None\)"),
        (layers.PositionBias, {"num_heads": 2}, [(3,), (3,)], "call"),
    ],
)
def test_a_base_class_names_the_method_to_implement(
    base, arguments, shapes, message
):
    inputs = [np.zeros(shape, "float32") for shape in shapes]
    with pytest.raises(NotImplementedError, match=f"must implement `{message}"):
        base(**arguments).call(*inputs)
