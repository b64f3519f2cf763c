"""Pooling by learned attention over the tokens, in several hops."""

import keras

from keras_attn._checks import (
    require_positive_integer,
    require_rate,
    require_tokens,
    require_width,
)
from keras_attn._registration import register
from keras_attn.layers.dropout import Dropout
from keras_attn.layers.pooling.pooling import Pooling
from keras_attn.layers.sublayers import QuantizableSublayers
from keras_attn.ops.pooling import blank_padding, hop_weights, pool_hops


@register
class AttentionPooling(QuantizableSublayers, Pooling):
    """Weighted sums of the tokens of each text, with learned weights.

    Each of the H hops can attend to different tokens:

        weights = softmax over tokens of W2 tanh(W1 x)
        output  = concatenate over hops(weights x)

    Shapes: B batch, T length, D width, H hops.

    Args:
        num_hops: Positive integer, H. Defaults to `1`.
        hidden_dim: Positive integer, the width between W1 and W2. Defaults to
            D.
        dropout: Float in [0, 1), the dropout rate of the weights in training.
            Defaults to `0.0`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        x: Float tensor of shape `(B, T, D)`.
        mask: Boolean tensor of shape `(B, T)`, True at real tokens. Keras
            passes it automatically.
        training: Boolean, whether to apply dropout.
        return_attention_scores: Boolean, whether to also return the attention
            weights. Defaults to `False`.

    Returns:
        A tensor of shape `(B, H * D)`. With `return_attention_scores=True`, the
        pair `(output, weights)`, with float32 weights of shape `(B, H, 1, T)`,
        after softmax and before dropout, as for H heads with one query each. A
        text without real tokens has weights 0 and output 0. The output has no
        Keras mask.

    Raises:
        ValueError: If an argument is out of range, if `x` is not of shape
            `(B, T, D)`, or if `mask` is not boolean or not of shape `(B, T)`.

    Example:

    >>> import keras, keras_attn
    >>> pool = keras_attn.layers.AttentionPooling(num_hops=3)
    >>> x = keras.ops.ones((2, 5, 4))
    >>> y, weights = pool(x, return_attention_scores=True)
    >>> tuple(y.shape), tuple(weights.shape)
    ((2, 12), (2, 3, 1, 5))

    Reference:
        Lin et al., 2017, [A Structured Self-attentive Sentence Embedding](
        https://arxiv.org/abs/1703.03130), equations 6 and 7. Their r is our H,
        their d_a our `hidden_dim`.
    """

    def __init__(self, num_hops=1, hidden_dim=None, dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        if hidden_dim is not None:
            hidden_dim = require_positive_integer("hidden_dim", hidden_dim)
        self.num_hops = require_positive_integer("num_hops", num_hops)
        self.hidden_dim = hidden_dim
        self.dropout = require_rate("dropout", dropout)
        self._dropout_layer = Dropout(self.dropout, dtype=self.dtype_policy)

    def build(self, input_shape):
        require_tokens("x", input_shape)
        require_width("x", input_shape)
        hidden_dim = self.hidden_dim or input_shape[-1]
        self._hidden = self._projection("hidden", hidden_dim, "tanh")
        self._hops = self._projection("hops", self.num_hops, None)
        self._hidden.build(input_shape)
        self._hops.build((*input_shape[:-1], hidden_dim))

    def _projection(self, name, units, activation):
        return keras.layers.Dense(
            units,
            activation=activation,
            use_bias=False,
            dtype=self.dtype_policy,
            name=name,
        )

    def call(self, x, mask=None, training=None, return_attention_scores=False):
        x = blank_padding(x, mask)
        weights = hop_weights(self._hops(self._hidden(x)), mask)  # (B, H, 1, T)
        kept = self._dropout_layer(weights, training=training)
        output = pool_hops(kept, x)  # (B, H * D)
        if return_attention_scores:
            return output, weights
        return output

    def compute_output_shape(self, input_shape):
        batch, width = super().compute_output_shape(input_shape)
        return (batch, self.num_hops * width)

    def compute_output_spec(
        self, x, mask=None, training=None, return_attention_scores=False
    ):
        output = keras.KerasTensor(
            self.compute_output_shape(x.shape), dtype=self.compute_dtype
        )
        if not return_attention_scores:
            return output
        weights = (x.shape[0], self.num_hops, 1, x.shape[1])
        return output, keras.KerasTensor(weights, dtype="float32")

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "num_hops": self.num_hops,
                "hidden_dim": self.hidden_dim,
                "dropout": self.dropout,
            }
        )
        return config
