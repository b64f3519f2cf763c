"""Feed-forward network of an encoder or decoder block."""

import keras

from keras_attn._checks import require_positive_integer, require_rate
from keras_attn._registration import register
from keras_attn.layers.dropout import Dropout
from keras_attn.layers.ragged import RaggedInputs
from keras_attn.layers.sublayers import QuantizableSublayers


@register
class FeedForward(RaggedInputs, QuantizableSublayers, keras.layers.Layer):
    """Two dense layers applied to each token separately.

    `y = activation(x W1 + b1) W2 + b2`, with dropout after the activation.

    Shapes: B batch, T length, D width.

    Args:
        hidden_dim: Positive integer, the width of the hidden layer.
        activation: Name of a Keras activation, or a function. Defaults to
            `"relu"`.
        dropout: Float in [0, 1), the dropout rate after the activation.
            Defaults to `0.0`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        x: Float tensor of shape `(B, T, D)`.
        training: Boolean, whether to apply dropout.

    Returns:
        A tensor of shape `(B, T, D)`. It keeps the Keras mask.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> import keras, keras_attn
    >>> layer = keras_attn.layers.FeedForward(hidden_dim=16)
    >>> tuple(layer(keras.ops.ones((2, 3, 5))).shape)
    (2, 3, 5)

    Reference:
        Vaswani et al., 2017, [Attention Is All You Need](
        https://arxiv.org/abs/1706.03762), section 3.3.
    """

    def __init__(self, hidden_dim, activation="relu", dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        self.hidden_dim = require_positive_integer("hidden_dim", hidden_dim)
        self.activation = keras.activations.get(activation)
        self.dropout = require_rate("dropout", dropout)
        self.supports_masking = True
        self._expand = keras.layers.Dense(
            self.hidden_dim,
            activation=self.activation,
            dtype=self.dtype_policy,
            name="expand",
        )
        self._dropout_layer = Dropout(self.dropout, dtype=self.dtype_policy)

    def build(self, input_shape):
        self._contract = keras.layers.Dense(
            input_shape[-1], dtype=self.dtype_policy, name="contract"
        )
        self._expand.build(input_shape)
        self._contract.build((*input_shape[:-1], self.hidden_dim))

    def call(self, x, training=None):
        x = self._dropout_layer(self._expand(x), training=training)
        return self._contract(x)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "hidden_dim": self.hidden_dim,
                "activation": keras.activations.serialize(self.activation),
                "dropout": self.dropout,
            }
        )
        return config
