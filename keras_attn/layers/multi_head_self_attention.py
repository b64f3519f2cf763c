"""Multi-head self-attention."""

import keras

from keras_attn._registration import register
from keras_attn.layers.scores import get_score
from keras_attn.ops import (
    attend,
    attention_weights,
    combine_masks,
    merge_heads,
    split_heads,
)


@register
class MultiHeadSelfAttention(keras.layers.Layer):
    """Multi-head self-attention, exact under every mask and precision.

    Each head h projects the tokens x to queries, keys and values, scores every
    pair of tokens, and averages the values by the softmax of the scores:

        q, k, v = x Wq, x Wk, x Wv
        weights = softmax over keys of q.k / sqrt(K)
        output  = concatenate over heads(weights v) Wo

    The output is the same whether or not the scores are asked for; there is
    one way through the layer.

    Shapes: B batch, T length, D width, H heads, K width of a head.

    Args:
        num_heads: Positive integer, H.
        key_dim: Positive integer, K. Defaults to `D / H`, where D must then
            be a multiple of H.
        score: How a query is scored against a key: `"scaled_dot"`, or a layer
            that maps `(B, H, T, K)` and `(B, H, S, K)` to `(B, H, T, S)`.
            Defaults to `"scaled_dot"`.
        dropout: Float in [0, 1), the rate at which attention weights are
            dropped in training. Defaults to `0.0`.
        use_bias: Boolean, whether the four projections add a bias. Defaults to
            `True`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        x: Float tensor of shape `(B, T, D)`.
        mask: Boolean tensor of shape `(B, T)`, True at real tokens. Keras
            passes it on by itself. No token attends to a PAD token.
        attention_mask: Boolean tensor of shape `(T, T)`, `(B, T, T)`, or one
            that broadcasts to `(B, H, T, T)`; True where a query may attend.
            Combined with `mask`.
        training: Boolean, whether dropout is applied.
        return_attention_scores: Boolean, whether to return the weights too.
            Defaults to `False`.

    Returns:
        A tensor of shape `(B, T, D)`; with `return_attention_scores=True` a
        pair of it and the weights after softmax and before dropout, float32,
        of shape `(B, H, T, T)`. A query that may attend to nothing has weights
        0 and attends to the zero vector. The mask goes on to the next layer.

    Raises:
        ValueError: If an argument is out of range, if D is no multiple of H
            while `key_dim` is None, or if `attention_mask` is not boolean.

    Example:

    >>> import keras, keras_attn
    >>> layer = keras_attn.layers.MultiHeadSelfAttention(num_heads=5)
    >>> x = keras.ops.ones((2, 4, 100))
    >>> mask = keras_attn.ops.length_mask([3, 2], max_length=4)
    >>> y, weights = layer(x, mask=mask, return_attention_scores=True)
    >>> tuple(y.shape), tuple(weights.shape)
    ((2, 4, 100), (2, 5, 4, 4))
    >>> weights[1, 0, 0].numpy().round(3).astype(float).tolist()
    [0.5, 0.5, 0.0, 0.0]

    Reference:
        Vaswani et al., 2017, [Attention Is All You Need](
        https://arxiv.org/abs/1706.03762), section 3.2. Their h is our H, their
        d_k and d_v are our K.
    """

    def __init__(
        self,
        num_heads,
        key_dim=None,
        score="scaled_dot",
        dropout=0.0,
        use_bias=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        _require_positive("num_heads", num_heads)
        if key_dim is not None:
            _require_positive("key_dim", key_dim)
        self.num_heads = num_heads
        self.key_dim = key_dim
        self.score = get_score(score, dtype=self.dtype_policy.name)
        self.dropout = dropout
        self.use_bias = use_bias
        self.supports_masking = True
        self._dropout_layer = keras.layers.Dropout(
            dropout, dtype=self.dtype_policy
        )

    def build(self, input_shape):
        width = input_shape[-1]
        key_dim = self.key_dim
        if key_dim is None:
            key_dim, rest = divmod(width, self.num_heads)
            if rest:
                raise ValueError(
                    "Without `key_dim` the width must be a multiple of "
                    f"`num_heads`. Received: width={width}, "
                    f"num_heads={self.num_heads}. Give `key_dim`, or choose "
                    "other sizes."
                )
        self._query = self._projection("query", input_shape, key_dim)
        self._key = self._projection("key", input_shape, key_dim)
        self._value = self._projection("value", input_shape, key_dim)
        joined = self.num_heads * key_dim
        self._output = self._dense("output", width)
        self._output.build((*input_shape[:-1], joined))
        self._build_score(key_dim)

    def _build_score(self, key_dim):
        # A symbolic call builds any layer, whatever its `build` looks like.
        query = keras.KerasTensor((None, self.num_heads, None, key_dim))
        key = keras.KerasTensor((None, self.num_heads, None, key_dim))
        scores = self.score(query, key)
        if len(scores.shape) != 4 or scores.shape[1] != self.num_heads:
            raise ValueError(
                "A score must map queries (B, H, T, K) and keys (B, H, S, K) "
                f"to (B, H, T, S). Received: shape {tuple(scores.shape)} from "
                f"score={self.score!r} with {self.num_heads} heads."
            )

    def _projection(self, name, input_shape, key_dim):
        layer = self._dense(name, self.num_heads * key_dim)
        layer.build(input_shape)
        return layer

    def _dense(self, name, units):
        return keras.layers.Dense(
            units,
            use_bias=self.use_bias,
            dtype=self.dtype_policy,
            name=name,
        )

    def call(
        self,
        x,
        mask=None,
        attention_mask=None,
        training=None,
        return_attention_scores=False,
    ):
        query = split_heads(self._query(x), self.num_heads)  # (B, H, T, K)
        key = split_heads(self._key(x), self.num_heads)
        value = split_heads(self._value(x), self.num_heads)
        weights = attention_weights(
            self.score(query, key), combine_masks(mask, attention_mask)
        )  # (B, H, T, T)
        kept = self._dropout_layer(weights, training=training)
        output = self._output(merge_heads(attend(kept, value)))  # (B, T, D)
        if return_attention_scores:
            return output, weights
        return output

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
        batch, length, _ = x.shape
        weights = (batch, self.num_heads, length, length)
        return output, keras.KerasTensor(weights, dtype="float32")

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "num_heads": self.num_heads,
                "key_dim": self.key_dim,
                "score": keras.saving.serialize_keras_object(self.score),
                "dropout": self.dropout,
                "use_bias": self.use_bias,
            }
        )
        return config


def _require_positive(name, value):
    if not isinstance(value, int) or value < 1:
        raise ValueError(
            f"`{name}` must be a positive integer. Received: {name}={value!r}."
        )
