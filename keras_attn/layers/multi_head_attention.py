"""Multi-head attention, the base of all attention layers."""

import keras
from keras import ops
from keras.saving import serialize_keras_object

from keras_attn._checks import (
    require_boolean,
    require_positive_integer,
    require_rate,
    shape_of,
)
from keras_attn._registration import register
from keras_attn.layers.attention_sizes import (
    require_attention_shapes,
    share_of_width,
    shared_heads,
)
from keras_attn.layers.fixed_seed import FixedSeed
from keras_attn.layers.positions import get_attention_position
from keras_attn.layers.positions.in_attention import add_bias, rotate
from keras_attn.layers.scores import get_score
from keras_attn.layers.scores.score import require_scores_shape
from keras_attn.ops.attention import (
    attend,
    attention_weights,
    merge_heads,
    split_heads,
)
from keras_attn.ops.masks import (
    combine_masks,
    distance_mask,
    mask_rows,
    require_window,
    scores_masks,
    token_mask,
)
from keras_attn.ops.row_chunks import attend_by_rows, rows_per_chunk


@register
class MultiHeadAttention(keras.layers.Layer):
    """Multi-head attention from queries to the tokens of another sequence.

    Each head projects queries, keys and values, scores every query against
    every key, and averages the values by the softmax of the scores:

        q, k, v = query Wq, key Wk, value Wv
        weights = softmax over the allowed keys of score(q, k) + bias
        output  = concatenate over heads(weights v) Wo

    Returning the scores does not change the output. If they are not returned, a
    score matrix larger than 64 MB is computed a few rows at a time and never
    stored as a whole, provided that T and S are known. Inside a `tf.function`,
    this means that they are part of the input's static shape.

    Masked tokens must be finite, because 0 times NaN is NaN, as in Keras.

    Shapes: B batch, T query length, S key length, D width of the queries, H
    heads, K width of a head.

    Args:
        num_heads: Positive integer, H.
        key_dim: Positive integer, K. Defaults to `D / H`, which requires D to
            be a multiple of H.
        score: `"dot"`, `"scaled_dot"`, `"cosine"`, `"bilinear"`, `"additive"`,
            the registered name of a layer, or a layer that maps `(B, H, T, K)`
            and `(B, H, S, K)` to `(B, H, T, S)`; see `Score`. Defaults to
            `"scaled_dot"`.
        dropout: Float in [0, 1), the dropout rate of the attention weights in
            training. Defaults to `0.0`.
        use_bias: Boolean, whether the four projections have a bias. Defaults to
            `True`.
        num_key_value_heads: Positive integer that divides H, the number of
            heads of keys and values. Each is shared by a group of query heads.
            Defaults to H.
        causal: Boolean, whether a query attends only to keys at or before its
            own position. Defaults to `False`.
        window: Positive integer, the sliding window; see
            `keras_attn.ops.distance_mask`. Defaults to `None`: any distance.
        position: `"rotary"`, `"relative_bias"`, `"alibi"`, a
            `RotaryEmbedding`, a `PositionBias`, or None. Defaults to `None`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        query: Float tensor of shape `(B, T, D)`.
        value: Float tensor of shape `(B, S, any width)`.
        key: Float tensor of shape `(B, S, any width)`. Defaults to `value`.
        query_mask: Boolean tensor of shape `(B, T)`, the mask of the output.
        value_mask: Boolean tensor of shape `(B, S)`, True at tokens that may
            be attended to. Keras passes all three masks automatically.
        key_mask: Like `value_mask`, with which it is combined.
        attention_mask: Boolean tensor of shape `(T, S)`, `(B, T, S)`, or one
            that broadcasts to `(B, H, T, S)`; True where a query may attend.
            Combined with the other masks.
        training: Boolean, whether to apply dropout.
        return_attention_scores: Boolean, whether to also return the attention
            weights. Defaults to `False`.

    Returns:
        A tensor of shape `(B, T, D)`. With `return_attention_scores=True`, the
        pair `(output, weights)`, with float32 weights of shape `(B, H, T, S)`,
        after softmax and before dropout. A query that may attend to nothing has
        weights 0.

    Raises:
        ValueError: If an argument is invalid, or if sizes or masks do not
            match.

    Example:

    >>> import keras, keras_attn
    >>> layer = keras_attn.layers.MultiHeadAttention(num_heads=2)
    >>> query, value = keras.ops.ones((1, 3, 8)), keras.ops.ones((1, 5, 6))
    >>> y, weights = layer(query, value, return_attention_scores=True)
    >>> tuple(y.shape), tuple(weights.shape)
    ((1, 3, 8), (1, 2, 3, 5))

    Reference:
        Vaswani et al., 2017, [Attention Is All You Need](
        https://arxiv.org/abs/1706.03762), section 3.2; Ainslie et al., 2023,
        [GQA](https://arxiv.org/abs/2305.13245), for shared keys and values.
    """

    def __init__(
        self,
        num_heads,
        key_dim=None,
        score="scaled_dot",
        dropout=0.0,
        use_bias=True,
        num_key_value_heads=None,
        causal=False,
        window=None,
        position=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        shared = shared_heads(num_heads, num_key_value_heads)
        if key_dim is not None:
            require_positive_integer("key_dim", key_dim)
        require_rate("dropout", dropout)
        require_boolean("use_bias", use_bias)
        require_boolean("causal", causal)
        require_window(window)
        self.num_heads = num_heads
        self.key_dim = key_dim
        self.score = get_score(
            score, dtype=self.dtype_policy.name, name="score"
        )
        self.dropout = dropout
        self.use_bias = use_bias
        self.num_key_value_heads = num_key_value_heads
        self.causal = causal
        self.window = window
        self.position = get_attention_position(
            position, num_heads, dtype=self.dtype_policy.name, name="position"
        )
        self.supports_masking = True
        self._num_shared_heads = shared
        self._dropout_layer = keras.layers.Dropout(
            dropout, dtype=self.dtype_policy
        )

    def build(self, query_shape, value_shape, key_shape=None):
        require_attention_shapes(
            query_shape, value_shape, key_shape, known_widths=True
        )
        width = query_shape[-1]
        key_dim = self.key_dim or share_of_width(width, self.num_heads)
        joined = self.num_heads * key_dim
        shared = self._num_shared_heads * key_dim
        self._query = self._dense("query", joined, query_shape)
        self._key = self._dense("key", shared, key_shape or value_shape)
        self._value = self._dense("value", shared, value_shape)
        self._output = self._dense("output", width, (None, None, joined))
        self._build_score(key_dim)

    def _dense(self, name, units, input_shape):
        layer = keras.layers.Dense(
            units,
            use_bias=self.use_bias,
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build(input_shape)
        return layer

    def _build_score(self, key_dim):
        """Build score and position with symbolic calls, as for any layer."""
        heads = (None, self.num_heads, None, key_dim)
        query, key = keras.KerasTensor(heads), keras.KerasTensor(heads)
        steps = keras.KerasTensor((None,), dtype="int32")
        query = rotate(self.position, query)
        add_bias(self.position, query, steps, steps)
        scores = self.score(query, key)
        require_scores_shape(scores.shape, self.score, self.num_heads)

    def call(
        self,
        query,
        value,
        key=None,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        training=None,
        return_attention_scores=False,
    ):
        require_attention_shapes(*map(shape_of, (query, value, key)))
        if query_mask is not None:
            token_mask(query_mask, query.shape[:2], "`query_mask`")
        key = value if key is None else key
        query, key, value = self._project(query, key, value)
        masks = scores_masks(
            (value_mask, key_mask),
            attention_mask,
            (*query.shape[:3], key.shape[2]),
        )
        num_rows = rows_per_chunk(query.shape, key.shape[2])
        if return_attention_scores or num_rows is None:
            weights = self._weights(query, key, masks)  # (B, H, T, S)
            kept = self._dropout_layer(weights, training=training)
            attended = attend(kept, value)
        else:
            attended = attend_by_rows(
                self._rows(masks, training), query, key, value, num_rows
            )
        output = self._output(merge_heads(attended))  # (B, T, D)
        return (output, weights) if return_attention_scores else output

    def _project(self, query, key, value):
        """Return queries (B, H, T, K), and keys and values (B, H, S, K)."""
        shared = self._num_shared_heads
        query = split_heads(self._query(query), self.num_heads)
        key = split_heads(self._key(key), shared)
        value = split_heads(self._value(value), shared)
        query, key = rotate(self.position, query), rotate(self.position, key)
        group = self.num_heads // shared
        if group > 1:
            key = ops.repeat(key, group, axis=1)
            value = ops.repeat(value, group, axis=1)
        return query, key, value

    def _weights(self, query, key, masks, start=0):
        """Return the weights (B, H, rows, S) of queries from row `start` on."""
        keys = ops.arange(ops.shape(key)[2])
        rows = ops.arange(start, start + ops.shape(query)[2])
        scores = add_bias(self.position, self.score(query, key), rows, keys)
        near = distance_mask(rows, keys, self.causal, self.window)
        return attention_weights(scores, combine_masks(near, *masks))

    def _rows(self, masks, training):
        """Return the function of rows that `attend_by_rows` expects."""
        drops = training and self.dropout
        seed = self._dropout_layer.seed_generator.next() if drops else None

        def attend_rows(query, key, value, start):
            of_rows = [mask_rows(m, start, query.shape[2]) for m in masks]
            weights = self._weights(query, key, of_rows, start)
            if seed is not None:
                weights = keras.random.dropout(
                    weights, self.dropout, seed=FixedSeed(seed, start)
                )
            return attend(weights, value)

        return attend_rows

    def compute_output_shape(self, query_shape, *args, **kwargs):
        return query_shape

    def compute_output_spec(
        self,
        query,
        value,
        key=None,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        training=None,
        return_attention_scores=False,
    ):
        require_attention_shapes(*map(shape_of, (query, value, key)))
        output = keras.KerasTensor(query.shape, dtype=self.compute_dtype)
        if not return_attention_scores:
            return output
        batch, length, _ = query.shape
        weights = (batch, self.num_heads, length, value.shape[1])
        return output, keras.KerasTensor(weights, dtype="float32")

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "num_heads": self.num_heads,
                "key_dim": self.key_dim,
                "score": serialize_keras_object(self.score),
                "dropout": self.dropout,
                "use_bias": self.use_bias,
                "num_key_value_heads": self.num_key_value_heads,
                "causal": self.causal,
                "window": self.window,
                "position": serialize_keras_object(self.position),
            }
        )
        return config
