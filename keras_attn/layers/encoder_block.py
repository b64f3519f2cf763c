"""Encoder block with self-attention."""

import keras

from keras_attn._checks import require_tokens, require_width
from keras_attn._registration import register
from keras_attn.layers.residual_block import ResidualBlock
from keras_attn.layers.sublayers import (
    own,
    require_feed_forward,
    require_self_attention,
)


@register
class EncoderBlock(ResidualBlock):
    """Block of self-attention and a feed-forward network, with residuals.

        x = x + dropout(attention(norm(x)))
        y = x + dropout(feed_forward(norm(x)))

    Pre-norm, the default, leaves the residual path unchanged from end to end,
    so training needs no long warm-up. `norm_first=False` is post-norm, as in
    the original Transformer:

        x = norm(x + dropout(attention(x)))
        y = norm(x + dropout(feed_forward(x)))

    Masked tokens must be finite, because 0 times NaN is NaN, as in Keras.

    Shapes: B batch, T length, D width, H heads.

    Args:
        attention: Layer that maps `(B, T, D)` to `(B, T, D)` and takes `mask`,
            `attention_mask` and `return_attention_scores`, such as
            `MultiHeadSelfAttention`.
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
        mask: Boolean tensor of shape `(B, T)`, True at real tokens. Keras
            passes it automatically.
        attention_mask: See `MultiHeadSelfAttention`.
        training: Boolean, whether to apply dropout.
        return_attention_scores: Boolean, whether to also return the attention
            weights. Defaults to `False`: `attention` is not asked for them
            either.
        x_mask: The same as `mask`. Keras uses this name when there is an
            `attention_mask`.

    Returns:
        A tensor of shape `(B, T, D)`. With `return_attention_scores=True`, the
        pair `(output, weights)`, with float32 weights of shape `(B, H, T, T)`.
        The output keeps the Keras mask.

    Raises:
        ValueError: If an argument is out of range or not a suitable layer, or
            if a sublayer changes the width or rejects its input.

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
        Architecture](https://arxiv.org/abs/2002.04745), figure 1: (b) and,
        with `norm_first=False`, (a).
    """

    sublayer_names = ("attention", "feed_forward")

    def __init__(
        self,
        attention,
        feed_forward,
        dropout=0.0,
        epsilon=1e-6,
        norm_first=True,
        **kwargs,
    ):
        super().__init__(dropout, epsilon, norm_first, **kwargs)
        require_self_attention("attention", attention)
        require_feed_forward("feed_forward", feed_forward)
        self.attention = own(self, "attention", attention)
        self.feed_forward = own(self, "feed_forward", feed_forward)
        self._attention_norm = self._norm("attention_norm")
        self._feed_forward_norm = self._norm("feed_forward_norm")

    def build(self, input_shape):
        require_tokens("x", input_shape)
        require_width("x", input_shape)
        self._attention_norm.build(input_shape)
        self._feed_forward_norm.build(input_shape)
        for name in self.sublayer_names:
            self._build_sublayer(name, input_shape)

    def call(
        self,
        x,
        mask=None,
        attention_mask=None,
        training=None,
        return_attention_scores=False,
        x_mask=None,
    ):
        x, *weights = self._around(
            self._attention_norm,
            self.attention,
            x,
            # Keras passes `mask` only if x is the only tensor. With an
            # `attention_mask` it looks for an argument called `x_mask`.
            mask=x_mask if mask is None else mask,
            attention_mask=attention_mask,
            training=training,
            return_attention_scores=return_attention_scores,
        )
        (x,) = self._around(
            self._feed_forward_norm, self.feed_forward, x, training=training
        )
        return (x, *weights) if return_attention_scores else x

    def compute_output_shape(self, input_shape):
        return input_shape

    def compute_output_spec(
        self,
        x,
        mask=None,
        attention_mask=None,
        training=None,
        return_attention_scores=False,
        x_mask=None,
    ):
        output = keras.KerasTensor(x.shape, dtype=self.compute_dtype)
        if not return_attention_scores:
            return output
        _, weights = self.attention.compute_output_spec(
            output, return_attention_scores=True
        )
        return output, weights
