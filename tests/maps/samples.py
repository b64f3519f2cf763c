"""Models with attention, of every kind that Keras has."""

import keras
import numpy as np

import keras_attn

B, T, S, H, D = (
    2,
    5,
    7,
    3,
    11,
)  # different primes, so that no axis can stand in for another


def array(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


PADDED = array(B, T, D)
PADDED[1, 3:] = 0


def numpy_of(structure):
    """Tensors anywhere in `structure` as arrays."""
    return keras.tree.map_structure(keras.ops.convert_to_numpy, structure)


def assert_identical(actual, expected):
    """The same structure of tensors, each equal to the last bit."""
    keras.tree.map_structure(
        np.testing.assert_array_equal, numpy_of(actual), numpy_of(expected)
    )


def multi_head(name, **arguments):
    """Keras's own layer, which takes the fused path without dropout.

    The factor 1 / sqrt(5) is rounded, so that the two paths differ in the last
    bits. With a key width of 4 the factor is exact, and they may not.
    """
    return keras.layers.MultiHeadAttention(H, 5, name=name, **arguments)


def functional():
    """Two attention layers, the second inside a nested model."""
    x = keras.Input((None, D))
    inner_x = keras.Input((None, D))
    inner_y = multi_head("deep")(inner_x, inner_x)
    inner = keras.Model(inner_x, inner_y, name="inner")
    y = multi_head("first")(x, x)
    return keras.Model(x, keras.layers.Dense(2)(inner(y)))


def sequential():
    """Our own self-attention twice."""
    return keras.Sequential(
        [
            keras.Input((None, D)),
            keras_attn.layers.MultiHeadSelfAttention(H, 4, name="first"),
            keras_attn.layers.MultiHeadSelfAttention(H, 4, name="second"),
        ]
    )


def grouped():
    """Keras's grouped-query attention, causal."""
    x = keras.Input((None, D))
    layer = keras.layers.GroupQueryAttention(4, 2 * H, H, name="grouped")
    return keras.Model(x, layer(x, x, use_causal_mask=True))


def cross():
    """Queries and keys of different lengths."""
    query, value = keras.Input((T, D)), keras.Input((S, D))
    return keras.Model(
        [query, value], multi_head("cross")(query, value), name="crossed"
    )


class Block(keras.layers.Layer):
    """A subclassed block around one of our layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.attention = keras_attn.layers.MultiHeadSelfAttention(
            H, key_dim=4, dropout=0.5, name="attention"
        )

    def call(self, x, return_attention_scores=False):
        return self.attention(
            x, return_attention_scores=return_attention_scores
        )


@keras.saving.register_keras_serializable("tests")
class Stack(keras.Model):
    """A subclassed model of two blocks that requests the second's scores."""

    fail = False  # whether to raise once all layers have run

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [Block(name=f"block_{i}") for i in range(2)]
        self.last = multi_head("last")

    def call(self, x):
        x = self.blocks[0](x)
        x, self.scores = self.blocks[1](x, return_attention_scores=True)
        x = self.last(x, x)
        if self.fail:
            raise RuntimeError("after the attention")
        return x

    def get_config(self):
        return {"name": self.name}


STACK_PATHS = [
    "stack/block_0/attention",
    "stack/block_1/attention",
    "stack/last",
]


class Restless(keras.layers.Layer):
    """Attention that changes everything a layer can change in a call."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.dropout = keras.layers.Dropout(0.5, seed=3)
        self.norm = keras.layers.BatchNormalization()
        self.seen = keras.metrics.Sum()
        self.requested = None

    def build(self, input_shape):
        self.norm.build(input_shape)
        self.calls = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="calls"
        )

    def call(self, x, mask=None, training=None, return_attention_scores=False):
        self.requested = return_attention_scores
        self.calls.assign(self.calls + 1.0)
        self.seen.update_state(x)
        self.add_loss(keras.ops.mean(x))
        x = self.norm(x, training=True)
        noise = self.dropout(x, training=True)
        scores = keras.ops.softmax(x @ keras.ops.swapaxes(x, 1, 2), axis=-1)
        output = scores @ noise
        return (output, scores) if return_attention_scores else output


def masked():
    """Keras's own layer behind a mask, which it takes off its inputs."""
    x = keras.Input((None, D))
    y = keras.layers.Masking()(x)
    z = multi_head("attention")(y, y)
    return keras.Model(x, keras.layers.GlobalAveragePooling1D()(z + y))


def restless():
    x = keras.Input((None, D))
    y = keras.layers.Masking()(x)
    y = Restless(name="restless", activity_regularizer="l2")(y)
    # Its regularizers sit on layers inside, which are called again.
    attention = multi_head("regular", dropout=0.5, activity_regularizer="l2")
    return keras.Model(x, attention(y, y))


KINDS = {
    "functional": (functional, array(B, T, D)),
    "sequential": (sequential, array(B, T, D)),
    "subclassed": (lambda: Stack(name="stack"), array(B, T, D)),
    "grouped": (grouped, array(B, T, D)),
    "masked": (masked, PADDED),
    "cross": (cross, [array(B, T, D), array(B, S, D)]),
}


def built(kind):
    """A model of `KINDS`, called once, with the input it was called on."""
    make, inputs = KINDS[kind]
    model = make()
    model(inputs)
    return model, inputs
