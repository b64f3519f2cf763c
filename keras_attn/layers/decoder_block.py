"""Decoder block with cross-attention."""

import keras

from keras_attn._checks import require_tokens, require_width
from keras_attn._registration import register
from keras_attn.layers.residual_block import ResidualBlock
from keras_attn.layers.sublayers import (
    own,
    require_cross_attention,
    require_feed_forward,
    require_self_attention,
)


@register
class DecoderBlock(ResidualBlock):
    """Block of self-attention, cross-attention and a feed-forward network.

        x = x + dropout(self_attention(norm(x)))
        x = x + dropout(cross_attention(norm(x), memory))
        y = x + dropout(feed_forward(norm(x)))

    With `norm_first=False` (post-norm) each line is
    `norm(x + dropout(sublayer(x)))`. The memory, usually the output of an
    encoder, is not normalized here: an encoder of pre-norm blocks ends with
    its own normalization.

    Tokens attend to later tokens unless `self_attention` is causal. Language
    models and translation models need `causal=True`.

    Masked tokens must be finite, because 0 times NaN is NaN, as in Keras.

    Shapes: B batch, T length, S length of the memory, D width, H heads.

    Args:
        self_attention: Layer that maps `(B, T, D)` to `(B, T, D)` and takes
            `mask`, `attention_mask` and `return_attention_scores`, such as
            `MultiHeadSelfAttention`.
        cross_attention: Layer that maps a query `(B, T, D)` and a memory to
            `(B, T, D)` and takes `query_mask`, `value_mask`, `attention_mask`
            and `return_attention_scores`, such as `MultiHeadAttention`.
        feed_forward: Layer that maps `(B, T, D)` to `(B, T, D)`, such as
            `FeedForward`.
        dropout: Float in [0, 1), applied to the output of each sublayer.
            Defaults to `0.0`.
        epsilon: Float, added to the variance in the normalizations. Defaults
            to `1e-6`.
        norm_first: Boolean, whether to normalize the input of each sublayer
            (pre-norm) instead of the sum (post-norm). Defaults to `True`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        x: Float tensor of shape `(B, T, D)`.
        memory: Float tensor of shape `(B, S, any width)`.
        x_mask: Boolean tensor of shape `(B, T)`, True at real tokens. Keras
            passes it automatically.
        memory_mask: Boolean tensor of shape `(B, S)`, True at real tokens.
            Keras passes it automatically.
        attention_mask: See `MultiHeadSelfAttention`.
        cross_attention_mask: Boolean tensor of shape `(T, S)`, `(B, T, S)`, or
            one that broadcasts to `(B, H, T, S)`; True where a token may
            attend to the memory.
        training: Boolean, whether to apply dropout.
        return_attention_scores: Boolean, whether to also return the attention
            weights. Defaults to `False`: the attention layers are not asked for
            them either.

    Returns:
        A tensor of shape `(B, T, D)`. With `return_attention_scores=True`, the
        triple `(output, self_weights, cross_weights)`, with float32 weights of
        shapes `(B, H, T, T)` and `(B, H, T, S)`. The output keeps the Keras
        mask of x. A mask passed as `x_mask` must also be passed to the next
        layer.

    Raises:
        ValueError: If an argument is out of range or not a suitable layer, or
            if a sublayer changes the width or rejects its input.

    Example:

    >>> import keras
    >>> from keras_attn import layers
    >>> block = layers.DecoderBlock(
    ...     layers.MultiHeadSelfAttention(num_heads=2, causal=True),
    ...     layers.MultiHeadAttention(num_heads=2),
    ...     layers.FeedForward(hidden_dim=16),
    ... )
    >>> x, memory = keras.ops.ones((2, 3, 8)), keras.ops.ones((2, 5, 6))
    >>> y, own, cross = block(x, memory, return_attention_scores=True)
    >>> tuple(y.shape), tuple(own.shape), tuple(cross.shape)
    ((2, 3, 8), (2, 2, 3, 3), (2, 2, 3, 5))

    Reference:
        Vaswani et al., 2017, [Attention Is All You Need](
        https://arxiv.org/abs/1706.03762), section 3.1; their order is that of
        `norm_first=False`.
    """

    sublayer_names = ("self_attention", "cross_attention", "feed_forward")

    def __init__(
        self,
        self_attention,
        cross_attention,
        feed_forward,
        dropout=0.0,
        epsilon=1e-6,
        norm_first=True,
        **kwargs,
    ):
        super().__init__(dropout, epsilon, norm_first, **kwargs)
        require_self_attention("self_attention", self_attention)
        require_cross_attention("cross_attention", cross_attention)
        require_feed_forward("feed_forward", feed_forward)
        self.self_attention = own(self, "self_attention", self_attention)
        self.cross_attention = own(self, "cross_attention", cross_attention)
        self.feed_forward = own(self, "feed_forward", feed_forward)
        self._self_attention_norm = self._norm("self_attention_norm")
        self._cross_attention_norm = self._norm("cross_attention_norm")
        self._feed_forward_norm = self._norm("feed_forward_norm")

    def build(self, x_shape, memory_shape):
        for name, shape in (("x", x_shape), ("memory", memory_shape)):
            require_tokens(name, shape)
            require_width(name, shape)
        self._self_attention_norm.build(x_shape)
        self._cross_attention_norm.build(x_shape)
        self._feed_forward_norm.build(x_shape)
        self._build_sublayer("self_attention", x_shape)
        self._build_sublayer("cross_attention", x_shape, memory_shape)
        self._build_sublayer("feed_forward", x_shape)

    def call(
        self,
        x,
        memory,
        x_mask=None,
        memory_mask=None,
        attention_mask=None,
        cross_attention_mask=None,
        training=None,
        return_attention_scores=False,
    ):
        x, *self_weights = self._around(
            self._self_attention_norm,
            self.self_attention,
            x,
            mask=x_mask,
            attention_mask=attention_mask,
            training=training,
            return_attention_scores=return_attention_scores,
        )
        x, *cross_weights = self._around(
            self._cross_attention_norm,
            self.cross_attention,
            x,
            memory,
            query_mask=x_mask,
            value_mask=memory_mask,
            attention_mask=cross_attention_mask,
            training=training,
            return_attention_scores=return_attention_scores,
        )
        (x,) = self._around(
            self._feed_forward_norm, self.feed_forward, x, training=training
        )
        if return_attention_scores:
            return x, *self_weights, *cross_weights
        return x

    def compute_output_shape(self, x_shape, memory_shape=None):
        return x_shape

    def compute_output_spec(
        self,
        x,
        memory,
        x_mask=None,
        memory_mask=None,
        attention_mask=None,
        cross_attention_mask=None,
        training=None,
        return_attention_scores=False,
    ):
        output = keras.KerasTensor(x.shape, dtype=self.compute_dtype)
        if not return_attention_scores:
            return output
        _, self_weights = self.self_attention.compute_output_spec(
            output, return_attention_scores=True
        )
        _, cross_weights = self.cross_attention.compute_output_spec(
            output, memory, return_attention_scores=True
        )
        return output, self_weights, cross_weights
