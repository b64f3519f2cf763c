"""One block of a self-attention encoder."""

import keras
from keras.saving import deserialize_keras_object, serialize_keras_object

from keras_attn._registration import register


@register
class EncoderBlock(keras.layers.Layer):
    """Self-attention, then a feed-forward network, each around a residual.

        x = x + dropout(attention(norm(x)))
        y = x + dropout(feed_forward(norm(x)))

    Normalization comes first, so that the residuals run from end to end
    unchanged and training needs no long warm-up.

    Shapes: B batch, T length, D width, H heads.

    Args:
        attention: Layer that maps `(B, T, D)` to `(B, T, D)` and takes `mask`,
            `attention_mask` and `return_attention_scores`, such as
            `MultiHeadSelfAttention`.
        feed_forward: Layer that maps `(B, T, D)` to `(B, T, D)`, such as
            `FeedForward`.
        dropout: Float in [0, 1), applied to what each half adds. Defaults to
            `0.0`.
        epsilon: Float, added to the variance in the normalizations. Defaults
            to `1e-6`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        x: Float tensor of shape `(B, T, D)`.
        mask: Boolean tensor of shape `(B, T)`, True at real tokens. Keras
            passes it on by itself.
        attention_mask: As in `MultiHeadSelfAttention`.
        training: Boolean, whether dropout is applied.
        return_attention_scores: Boolean. Defaults to `False`.

    Returns:
        A tensor of shape `(B, T, D)`; with `return_attention_scores=True` a
        pair of it and the attention weights, float32, of shape
        `(B, H, T, T)`. The mask goes on to the next layer.

    Raises:
        ValueError: If `dropout` is out of range, or a sublayer refuses its
            input.

    Example:

    >>> import keras, keras_attn
    >>> from keras_attn.layers import FeedForward, MultiHeadSelfAttention
    >>> block = keras_attn.layers.EncoderBlock(
    ...     MultiHeadSelfAttention(num_heads=2), FeedForward(hidden_dim=16)
    ... )
    >>> tuple(block(keras.ops.ones((2, 3, 8))).shape)
    (2, 3, 8)

    Reference:
        Xiong et al., 2020, [On Layer Normalization in the Transformer
        Architecture](https://arxiv.org/abs/2002.04745), figure 1(b).
    """

    def __init__(
        self, attention, feed_forward, dropout=0.0, epsilon=1e-6, **kwargs
    ):
        super().__init__(**kwargs)
        self.attention = attention
        self.feed_forward = feed_forward
        self.dropout = dropout
        self.epsilon = epsilon
        self.supports_masking = True
        self._attention_norm = self._norm("attention_norm")
        self._feed_forward_norm = self._norm("feed_forward_norm")
        self._dropout_layer = keras.layers.Dropout(
            dropout, dtype=self.dtype_policy
        )

    def _norm(self, name):
        return keras.layers.LayerNormalization(
            epsilon=self.epsilon, dtype=self.dtype_policy, name=name
        )

    def build(self, input_shape):
        self._attention_norm.build(input_shape)
        self._feed_forward_norm.build(input_shape)
        for sublayer in (self.attention, self.feed_forward):
            if not sublayer.built:  # those out of a .keras file are
                sublayer.build(input_shape)

    def call(
        self,
        x,
        mask=None,
        attention_mask=None,
        training=None,
        return_attention_scores=False,
    ):
        attended, weights = self.attention(
            self._attention_norm(x),
            mask=mask,
            attention_mask=attention_mask,
            training=training,
            return_attention_scores=True,
        )
        x = x + self._dropout_layer(attended, training=training)
        added = self.feed_forward(self._feed_forward_norm(x), training=training)
        x = x + self._dropout_layer(added, training=training)
        if return_attention_scores:
            return x, weights
        return x

    def compute_output_shape(self, input_shape):
        return input_shape

    def compute_output_spec(
        self,
        x,
        mask=None,
        attention_mask=None,
        training=None,
        return_attention_scores=False,
    ):
        output = keras.KerasTensor(x.shape, dtype=self.compute_dtype)
        if not return_attention_scores:
            return output
        _, weights = self.attention.compute_output_spec(
            output, return_attention_scores=True
        )
        return output, weights

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "attention": serialize_keras_object(self.attention),
                "feed_forward": serialize_keras_object(self.feed_forward),
                "dropout": self.dropout,
                "epsilon": self.epsilon,
            }
        )
        return config

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        for name in ("attention", "feed_forward"):
            config[name] = deserialize_keras_object(config[name])
        return cls(**config)
