"""Multi-head self-attention."""

from keras_attn._checks import require_tokens, require_width, shape_of
from keras_attn._registration import register
from keras_attn.layers.multi_head_attention import MultiHeadAttention


@register
class MultiHeadSelfAttention(MultiHeadAttention):
    """Multi-head attention among the tokens of one sequence.

        q, k, v = x Wq, x Wk, x Wv
        weights = softmax over the allowed keys of score(q, k) + bias
        output  = concatenate over heads(weights v) Wo

    This is `MultiHeadAttention` from x to x. See there for a full description
    of the arguments. Only the outputs of PAD tokens differ.

    Masked tokens must be finite, because 0 times NaN is NaN, as in Keras.

    Shapes: B batch, T length, D width, H heads, K width of a head.

    Args:
        num_heads: Positive integer, H.
        key_dim: Positive integer, K. Defaults to `D / H`.
        score: Name or layer; see `Score`. Defaults to `"scaled_dot"`.
        dropout: Float in [0, 1), the dropout rate of the attention weights in
            training. Defaults to `0.0`.
        **kwargs: Other arguments of `MultiHeadAttention`, such as `causal`,
            `sliding_window` and `position`. Initializers receive the shape of a
            kernel as a matrix `(D, H * K)`, whereas in Keras's layer and in
            `MultiHeadAttention` they receive `(D, H, K)`.

    Call arguments:
        x: Float tensor of shape `(B, T, D)`.
        mask: Boolean tensor of shape `(B, T)`, True at real tokens. Keras
            passes it automatically. No token attends to a PAD token.
        attention_mask: Boolean tensor of shape `(T, T)`, `(B, T, T)`, or one
            that broadcasts to `(B, H, T, T)`; True where a query may attend.
            Combined with `mask`.
        training: Boolean, whether to apply dropout.
        return_attention_scores: Boolean, whether to also return the attention
            weights. Defaults to `False`.
        x_mask: The same as `mask`. Keras uses this name when there is an
            `attention_mask`.
        use_causal_mask: Boolean, whether a token attends only to tokens at or
            before its own position. Defaults to `False`.

    Returns:
        A tensor of shape `(B, T, D)`. With `return_attention_scores=True`, the
        pair `(output, weights)`, with float32 weights of shape `(B, H, T, T)`,
        after softmax and before dropout. A query that may attend to nothing has
        weights 0. The output keeps the Keras mask.

    Raises:
        ValueError: As in `MultiHeadAttention`.

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

    # The kernels of Vaswani et al. are matrices.
    _initializes_matrices = True

    def __init__(
        self, num_heads, key_dim=None, score="scaled_dot", dropout=0.0, **kwargs
    ):
        super().__init__(
            num_heads, key_dim, score=score, dropout=dropout, **kwargs
        )

    def build(self, x_shape):
        require_tokens("x", x_shape)
        require_width("x", x_shape)
        super().build(x_shape, x_shape)

    def call(
        self,
        x,
        mask=None,
        attention_mask=None,
        training=None,
        return_attention_scores=False,
        x_mask=None,
        use_causal_mask=False,
    ):
        require_tokens("x", shape_of(x))
        return super().call(
            x,
            x,
            value_mask=x_mask if mask is None else mask,
            attention_mask=attention_mask,
            training=training,
            return_attention_scores=return_attention_scores,
            use_causal_mask=use_causal_mask,
        )

    def compute_output_shape(self, x_shape):
        return self._output_shape_of(x_shape)

    def compute_output_spec(
        self,
        x,
        mask=None,
        attention_mask=None,
        training=None,
        return_attention_scores=False,
        x_mask=None,
        use_causal_mask=False,
    ):
        require_tokens("x", shape_of(x))
        return super().compute_output_spec(
            x, x, return_attention_scores=return_attention_scores
        )
