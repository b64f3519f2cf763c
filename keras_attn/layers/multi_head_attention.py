"""Multi-head attention, the base of all attention layers."""

import functools

import keras
from keras import ops

from keras_attn._checks import (
    is_integer,
    require_rate,
    shape_of,
)
from keras_attn._registration import register
from keras_attn.layers.attention_axes import AttentionAxes
from keras_attn.layers.attention_sizes import (
    output_axes,
    require_attention_shapes,
    require_booleans,
    require_sizes,
    share_of_width,
    shared_heads,
)
from keras_attn.layers.dropout import Dropout, FixedSeed
from keras_attn.layers.head_projection import HeadProjection, ProjectionOptions
from keras_attn.layers.keras_attention import from_keras, to_keras
from keras_attn.layers.positions import get_attention_position
from keras_attn.layers.positions.in_attention import add_bias, rotate
from keras_attn.layers.positions.position_bias import PositionBias
from keras_attn.layers.ragged import RaggedInputs
from keras_attn.layers.scores import get_score
from keras_attn.layers.scores.scaled_dot_product import ScaledDotProductScore
from keras_attn.layers.scores.score import require_scores_shape
from keras_attn.layers.sublayers import (
    QuantizableSublayers,
    own,
    serialize_sublayer,
)
from keras_attn.ops.attention import (
    attend,
    attention_weights,
    only_allowed_rows,
    unchecked_weights,
)
from keras_attn.ops.masks import (
    combine_masks,
    distance_mask,
    mask_rows,
    scores_masks,
    token_mask,
)
from keras_attn.ops.row_chunks import attend_by_rows, rows_per_chunk


@register
class MultiHeadAttention(
    RaggedInputs, QuantizableSublayers, keras.layers.Layer
):
    """Multi-head attention from queries to the tokens of another sequence.

    Each head projects queries, keys and values, scores every query against
    every key, and averages the values by the softmax of the scores:

        q, k, v = query Wq, key Wk, value Wv
        weights = softmax over the allowed keys of score(q, k) + bias
        output  = concatenate over heads(weights v) Wo

    This layer takes the place of `keras.layers.MultiHeadAttention`: arguments,
    weights and results are the same, except that a query that may attend to
    nothing gets 0 instead of the mean of all values, and that scores are
    float32. `from_keras` and `to_keras` convert a layer.

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
        value_dim: Positive integer, the width of a head of the values.
            Defaults to K.
        dropout: Float in [0, 1), the dropout rate of the attention weights in
            training. Defaults to `0.0`.
        use_bias: Boolean, whether the projections have a bias. Defaults to
            `True`.
        output_shape: Positive integer or a tuple of them, the axes that replace
            D in the output. Defaults to `None`: D.
        attention_axes: Integer or a sequence of integers, the axes of the
            inputs that are attended over, if inputs have more than three axes.
            Each place along the other axes is a text of its own. Defaults to
            `None`: all axes between the batch and the width.
        sliding_window: Positive integer, the sliding window; see `window` in
            `keras_attn.ops.distance_mask`. Defaults to `None`: any distance.
        flash_attention: Boolean, whether to require Keras's flash attention,
            which exists on GPUs and returns no scores. Keras raises an error
            where it is missing. Defaults to `None`: no.
        kernel_initializer: Initializer of the kernels. Defaults to
            `"glorot_uniform"`.
        bias_initializer: Initializer of the biases. Defaults to `"zeros"`.
        kernel_regularizer: Regularizer of the kernels. Defaults to `None`.
        bias_regularizer: Regularizer of the biases. Defaults to `None`.
        activity_regularizer: Regularizer of the output of each projection.
            Defaults to `None`.
        kernel_constraint: Constraint of the kernels. Defaults to `None`.
        bias_constraint: Constraint of the biases. Defaults to `None`.
        use_gate: Boolean, whether to multiply the heads by
            `sigmoid(query Wg)`. Defaults to `False`.
        seed: Integer, the seed of the dropout. Defaults to `None`: random.
        score: `"dot"`, `"scaled_dot"`, `"cosine"`, `"bilinear"`, `"additive"`,
            the registered name of a layer, or a layer that maps `(B, H, T, K)`
            and `(B, H, S, K)` to `(B, H, T, S)`; see `Score`. Defaults to
            `"scaled_dot"`.
        num_key_value_heads: Positive integer that divides H, the number of
            heads of keys and values. Each is shared by a group of query heads.
            Defaults to H.
        causal: Boolean, whether every call uses the causal mask; see
            `use_causal_mask`. Defaults to `False`.
        position: `"rotary"`, `"relative_bias"`, `"alibi"`, a
            `RotaryEmbedding`, a `PositionBias`, or None. Defaults to `None`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        query: Float tensor of shape `(B, T, D)`.
        value: Float tensor of shape `(B, S, any width)`.
        key: Float tensor of shape `(B, S, any width)`. Defaults to `value`.
        query_mask: Mask of shape `(B, T)`. A masked query attends to nothing,
            and the mask is that of the output.
        value_mask: Mask of shape `(B, S)`, True at tokens that may be attended
            to. Keras passes all three masks automatically.
        key_mask: Like `value_mask`, with which it is combined.
        attention_mask: Mask of shape `(T, S)`, `(B, T, S)`, or one that
            broadcasts to `(B, H, T, S)`; True where a query may attend.
            Combined with the other masks. All masks are boolean, or numbers, of
            which 0 is False.
        return_attention_scores: Boolean, whether to also return the attention
            weights. Defaults to `False`.
        training: Boolean, whether to apply dropout.
        use_causal_mask: Boolean, whether a query attends only to keys at or
            before its own position. Defaults to `False`.

    Returns:
        A tensor of shape `(B, T, D)`. With `return_attention_scores=True`, the
        pair `(output, weights)`, with float32 weights of shape `(B, H, T, S)`,
        after softmax and before dropout. A query that may attend to nothing has
        weights 0. Inputs with more axes return what Keras's layer returns:
        `(B, ..., D)`, and weights of shape `(B, free axes, H, attention axes of
        the queries, attention axes of the keys)`.

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
        [GQA](https://arxiv.org/abs/2305.13245), for shared keys and values; Qiu
        et al., 2025, [Gated Attention](https://arxiv.org/abs/2505.06708), for
        the gate.
    """

    # Whether initializers receive the shape of a kernel with all heads joined.
    _initializes_matrices = False

    def __init__(
        self,
        num_heads,
        key_dim=None,
        value_dim=None,
        dropout=0.0,
        use_bias=True,
        output_shape=None,
        attention_axes=None,
        sliding_window=None,
        flash_attention=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        use_gate=False,
        seed=None,
        *,
        score="scaled_dot",
        num_key_value_heads=None,
        causal=False,
        position=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._num_shared_heads = shared_heads(num_heads, num_key_value_heads)
        self.num_heads, self.num_key_value_heads = require_sizes(
            num_heads=num_heads, num_key_value_heads=num_key_value_heads
        )
        self.key_dim, value_dim, self.sliding_window = require_sizes(
            key_dim=key_dim, value_dim=value_dim, sliding_window=sliding_window
        )
        self.value_dim = self.key_dim if value_dim is None else value_dim
        self.use_bias, self.use_gate, self.causal = require_booleans(
            use_bias=use_bias, use_gate=use_gate, causal=causal
        )
        self.dropout = require_rate("dropout", dropout)
        self.attention_axes = attention_axes
        self.flash_attention = flash_attention
        self.seed = int(seed) if is_integer(seed) else seed
        score = get_score(score, dtype=self.dtype_policy, name="score")
        self.score = own(self, "score", score)
        position = get_attention_position(
            position, self.num_heads, dtype=self.dtype_policy, name="position"
        )
        self.position = own(self, "position", position)
        self.supports_masking = True
        # Keras's functional models have an `output_shape` of their own.
        self._output_shape = output_axes(output_shape)
        self._options = ProjectionOptions(
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )
        self._flash_attention = (
            flash_attention or keras.config.is_flash_attention_enabled()
        )
        self._require_flash_attention_fits()
        self._dropout_layer = Dropout(
            self.dropout, dtype=self.dtype_policy, seed=self.seed
        )

    def build(self, query_shape, value_shape, key_shape=None):
        require_attention_shapes(
            query_shape, value_shape, key_shape, known_widths=True
        )
        width, heads = query_shape[-1], self.num_heads
        key_dim = self.key_dim or share_of_width(width, heads)
        value_dim, shared = self.value_dim or key_dim, self._num_shared_heads
        key_width = (key_shape or value_shape)[-1]
        self._query = self._into_heads("query", width, heads, key_dim)
        self._key = self._into_heads("key", key_width, shared, key_dim)
        self._gate = None
        if self.use_gate:
            self._gate = self._into_heads(
                "gate", width, heads, value_dim, activation="sigmoid"
            )
        self._value = self._into_heads(
            "value", value_shape[-1], shared, value_dim
        )
        self._output = self._projection(
            "output", self._output_shape or (width,), out_of_heads=True
        )
        self._output.build((None, None, heads, value_dim))
        self._build_score(key_dim)

    def _into_heads(self, name, width, num_heads, head_width, **options):
        layer = self._projection(name, (num_heads, head_width), **options)
        layer.build((None, None, width))
        return layer

    def _projection(self, name, output_axes, out_of_heads=False, **options):
        return HeadProjection(
            output_axes,
            out_of_heads,
            as_matrix=self._initializes_matrices,
            use_bias=self.use_bias,
            name=name,
            dtype=self.dtype_policy,
            **self._options.arguments(),
            **options,
        )

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
        return_attention_scores=False,
        training=None,
        use_causal_mask=False,
    ):
        require_attention_shapes(*map(shape_of, (query, value, key)))
        axes = AttentionAxes(self.attention_axes, len(query.shape))
        unfolded = query, value
        attention_mask = axes.fold_mask(attention_mask, *unfolded)
        query, value, key, query_mask, value_mask, key_mask = map(
            axes.fold, (query, value, key, query_mask, value_mask, key_mask)
        )
        if query_mask is not None:
            query_mask = token_mask(query_mask, query.shape[:2], "`query_mask`")
        gate = self._gate(query) if self.use_gate else None
        query, key, value = self._project(query, key, value)
        masks = scores_masks(
            (value_mask, key_mask),
            attention_mask,
            (*query.shape[:3], key.shape[2]),
        )
        causal = self.causal or use_causal_mask
        attended, weights = self._attend(
            query, key, value, masks, causal, training, return_attention_scores
        )
        attended = _kept(attended, query_mask)
        attended = ops.transpose(attended, (0, 2, 1, 3))  # (B, T, H, K)
        if gate is not None:
            attended = ops.multiply(attended, gate)
        output = axes.unfold(self._output(attended), unfolded[0])
        if not return_attention_scores:
            return output
        weights = _kept(weights, query_mask)
        return output, axes.unfold_scores(weights, *unfolded)

    def _project(self, query, key, value):
        """Return queries (B, H, T, K), and keys and values (B, H, S, K)."""
        key = value if key is None else key
        query, key, value = (
            ops.transpose(project(x), (0, 2, 1, 3))
            for project, x in (
                (self._query, query),
                (self._key, key),
                (self._value, value),
            )
        )
        query, key = rotate(self.position, query), rotate(self.position, key)
        group = self.num_heads // self._num_shared_heads
        if group > 1:
            key = ops.repeat(key, group, axis=1)
            value = ops.repeat(value, group, axis=1)
        return query, key, value

    def _attend(self, query, key, value, masks, causal, training, asked):
        """Return the heads (B, H, T, K), and the weights if there are any."""
        if self._flash_attention:
            if asked:
                raise ValueError(
                    "Returning attention scores is not supported when flash "
                    "attention is enabled. Please disable flash attention to "
                    "access attention scores."
                )
            return self._attend_by_flash(query, key, value, masks, causal), None
        num_rows = rows_per_chunk(query.shape, key.shape[2])
        if num_rows is not None and not asked:
            rows = self._rows(masks, causal, training)
            return attend_by_rows(rows, query, key, value, num_rows), None
        drop = functools.partial(self._dropout_layer, training=training)
        scores, mask = self._scores(query, key, masks, causal)
        if not asked:
            return _attended(scores, mask, value, drop), None
        weights = attention_weights(scores, mask)  # (B, H, T, S)
        return attend(drop(weights), value), weights

    def _attend_by_flash(self, query, key, value, masks, causal):
        near = self._near(query, key, causal)
        mask = combine_masks(near, *masks)
        query, key, value = (
            ops.transpose(x, (0, 2, 1, 3)) for x in (query, key, value)
        )
        attended = ops.dot_product_attention(
            query, key, value, mask=mask, flash_attention=True
        )
        attended = ops.transpose(attended, (0, 2, 1, 3))
        if mask is None:
            return attended
        some = ops.any(mask, axis=-1, keepdims=True)
        return ops.where(some, attended, ops.zeros_like(attended))

    def _near(self, query, key, causal, start=0):
        """Return the mask (rows, S) of distances, or None."""
        keys = ops.arange(ops.shape(key)[2])
        rows = ops.arange(start, start + ops.shape(query)[2])
        return distance_mask(rows, keys, causal, self.sliding_window)

    def _scores(self, query, key, masks, causal, start=0):
        """Return the scores (B, H, rows, S) of queries from row `start` on.

        Returns:
            A pair of the scores and their mask, which may be None.
        """
        keys = ops.arange(ops.shape(key)[2])
        rows = ops.arange(start, start + ops.shape(query)[2])
        scores = add_bias(self.position, self.score(query, key), rows, keys)
        near = self._near(query, key, causal, start)
        return scores, combine_masks(near, *masks)

    def _rows(self, masks, causal, training):
        """Return the function of rows that `attend_by_rows` expects."""
        drops = self.dropout and training
        seed = self._dropout_layer.seed_generator.next() if drops else None

        def attend_rows(query, key, value, start):
            def drop(weights):
                if seed is None:
                    return weights
                return keras.random.dropout(
                    weights, self.dropout, seed=FixedSeed(seed, start)
                )

            of_rows = [mask_rows(m, start, query.shape[2]) for m in masks]
            scores, mask = self._scores(query, key, of_rows, causal, start)
            return _attended(scores, mask, value, drop)

        return attend_rows

    def compute_output_shape(self, query_shape, value_shape, key_shape=None):
        require_attention_shapes(query_shape, value_shape, key_shape)
        return self._output_shape_of(query_shape)

    def _output_shape_of(self, query_shape):
        *others, width = query_shape
        return (*others, *(self._output_shape or (width,)))

    def compute_output_spec(
        self,
        query,
        value,
        key=None,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        return_attention_scores=False,
        training=None,
        use_causal_mask=False,
    ):
        require_attention_shapes(*map(shape_of, (query, value, key)))
        shape = self._output_shape_of(query.shape)
        output = keras.KerasTensor(shape, dtype=self.compute_dtype)
        if not return_attention_scores:
            return output
        axes = AttentionAxes(self.attention_axes, len(query.shape))
        weights = axes.scores_shape(query, value, self.num_heads)
        return output, keras.KerasTensor(weights, dtype="float32")

    def _require_flash_attention_fits(self):
        if not self._flash_attention:
            return
        if self.dropout > 0:
            raise ValueError(
                "Dropout is not supported when flash attention is enabled. "
                "Please set dropout to 0.0 to use flash attention."
            )
        plain = isinstance(self.score, ScaledDotProductScore)
        if not plain or isinstance(self.position, PositionBias):
            raise ValueError(
                "Flash attention computes the scaled dot product without a "
                f"bias. Received: score={self.score!r}, position="
                f"{self.position!r}. Leave out `flash_attention`."
            )

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "num_heads": self.num_heads,
                "key_dim": self.key_dim,
                "value_dim": self.value_dim,
                "dropout": self.dropout,
                "use_bias": self.use_bias,
                "output_shape": self._output_shape,
                "attention_axes": self.attention_axes,
                "sliding_window": self.sliding_window,
                "flash_attention": self.flash_attention,
                "use_gate": self.use_gate,
                "seed": self.seed,
                "score": serialize_sublayer(self, "score", self.score),
                "num_key_value_heads": self.num_key_value_heads,
                "causal": self.causal,
                "position": serialize_sublayer(self, "position", self.position),
                **self._options.config(),
            }
        )
        return config

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        if "window" in config:  # its name in version 0.1.0
            config["sliding_window"] = config.pop("window")
        return super().from_config(config)

    @classmethod
    def from_keras(cls, layer):
        """Return a layer with the arguments and weights of Keras's layer.

        Args:
            layer: `keras.layers.MultiHeadAttention` or
                `keras.layers.GroupQueryAttention`. LoRA is merged into the
                kernels.

        Returns:
            A new layer, built if `layer` is built.

        Raises:
            ValueError: If `layer` is of another class, or quantized.
        """
        return from_keras(cls, layer)

    def to_keras(self):
        """Return Keras's layer with the arguments and weights of this layer.

        Returns:
            A `keras.layers.MultiHeadAttention`, or a
            `keras.layers.GroupQueryAttention` if heads share keys and values.
            It is built if this layer is built. LoRA is merged into the
            kernels.

        Raises:
            ValueError: If Keras's layers do not have an argument of this one,
                or if this layer is quantized.
        """
        return to_keras(self)

    # The names of Keras's layer.
    query_dense = property(lambda self: self._query)
    key_dense = property(lambda self: self._key)
    value_dense = property(lambda self: self._value)
    output_dense = property(lambda self: self._output)
    gate_dense = property(lambda self: self._gate)


def _attended(scores, mask, value, drop):
    """Return the heads (B, H, T, K) that the scores (B, H, T, S) lead to."""
    attended = attend(drop(unchecked_weights(scores, mask)), value)
    return attended if mask is None else only_allowed_rows(attended, mask)


def _kept(x, query_mask):
    """Set the rows (B, H, T, any) of masked queries to 0."""
    if query_mask is None:
        return x
    mask = ops.expand_dims(ops.expand_dims(query_mask, 1), -1)
    return ops.where(mask, x, ops.zeros_like(x))
