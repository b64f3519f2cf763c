"""Sinusoidal positions, added to token vectors."""

import keras
from keras import ops

from keras_attn._checks import (
    require_choice,
    require_positive_number,
    require_rate,
    require_tokens,
    shape_of,
)
from keras_attn._registration import register
from keras_attn.layers.dropout import Dropout
from keras_attn.layers.positions.given_positions import (
    given_positions,
    require_start_index,
)
from keras_attn.layers.ragged import RaggedInputs
from keras_attn.ops.masks import token_mask, token_positions
from keras_attn.ops.positions import (
    LAYOUTS,
    encode_positions,
    positional_encoding,
)


@register
class PositionalEncoding(RaggedInputs, keras.layers.Layer):
    """Add a sinusoidal position code to each token vector.

    `y[b, p, i] = x[b, p, i] + sin(p * rate[i])` in even columns i, and the
    cosine in odd columns, with `rate[i] = 1 / base^(2 * (i // 2) / D)`. Nothing
    is learned, and any length works, including lengths that did not occur in
    training.

    Only real tokens are counted, so padding on either side changes nothing. The
    codes are computed in float32 under any precision policy, then cast. In
    bfloat16, positions 256 and 257 would be equal.

    Shapes: B batch, T length, D width.

    Args:
        base: Float, the base of the wavelengths, finite and positive.
            Defaults to `10000.0`.
        dropout: Float in [0, 1), the dropout rate after the addition.
            Defaults to `0.0`.
        layout: String. With `"interleaved"`, sines and cosines alternate, as in
            the paper. With `"concatenated"`, all sines come before all cosines,
            as in TensorFlow's tutorial. If D is odd, there is one more sine.
            Defaults to `"interleaved"`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        x: Float tensor of shape `(B, T, D)`.
        mask: Boolean tensor of shape `(B, T)`, True at real tokens. Keras
            passes it automatically. Defaults to `None`: all tokens are real.
        training: Boolean, whether to apply dropout.
        start_index: Integer or scalar integer tensor, added to all positions,
            for texts that are decoded step by step. Defaults to `0`.
        positions: Integer tensor of shape `(T,)` or `(B, T)`, the positions to
            use instead of counting. Defaults to `None`.

    Returns:
        A tensor of shape `(B, T, D)` and the layer's compute dtype. It keeps
        the Keras mask.

    Raises:
        ValueError: If `base` or `dropout` is out of range, if `layout` is
            unknown, or if `start_index` or `positions` has a wrong shape or
            does not contain integers.

    Example:

    >>> import keras, keras_attn
    >>> layer = keras_attn.layers.PositionalEncoding()
    >>> for row in layer(keras.ops.zeros((1, 3, 4))).numpy()[0]:
    ...     print(*(f"{x:6.3f}" for x in row))
     0.000  1.000  0.000  1.000
     0.841  0.540  0.010  1.000
     0.909 -0.416  0.020  1.000

    Reference:
        Vaswani et al., 2017, [Attention Is All You Need](
        https://arxiv.org/abs/1706.03762), section 3.5.
    """

    def __init__(
        self, base=10000.0, dropout=0.0, layout="interleaved", **kwargs
    ):
        super().__init__(**kwargs)
        require_choice("layout", layout, LAYOUTS)
        self.base = float(require_positive_number("base", base))
        self.dropout = require_rate("dropout", dropout)
        self.layout = layout
        self.supports_masking = True
        self._dropout_layer = Dropout(self.dropout, dtype=self.dtype_policy)

    def call(self, x, mask=None, training=None, start_index=0, positions=None):
        require_tokens("x", shape_of(x))
        require_start_index(start_index)
        if mask is not None:
            mask = token_mask(mask, x.shape[:2])
        if positions is None:
            codes = self._count(x, mask, start_index)
        else:
            positions = given_positions(positions, x.shape[:2])
            positions = ops.add(positions, start_index)
            codes = encode_positions(
                positions, x.shape[-1], self.base, self.layout
            )
        if len(codes.shape) == 2:
            codes = ops.expand_dims(codes, 0)  # (1, T, D)
        x = x + ops.cast(codes, x.dtype)
        return self._dropout_layer(x, training=training)

    def _count(self, x, mask, start_index):
        length, width = ops.shape(x)[1], x.shape[-1]
        codes = positional_encoding(
            length, width, self.base, self.layout, start_index
        )  # (T, D)
        if mask is None:
            return codes
        return ops.take(codes, token_positions(mask), axis=0)  # (B, T, D)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "base": self.base,
                "dropout": self.dropout,
                "layout": self.layout,
            }
        )
        return config
