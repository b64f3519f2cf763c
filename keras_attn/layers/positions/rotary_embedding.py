"""Rotary positions of queries and keys."""

import keras
from keras import ops

from keras_attn._checks import require_choice, require_positive_number
from keras_attn._registration import register
from keras_attn.layers.positions.given_positions import (
    given_positions,
    require_start_index,
)
from keras_attn.ops import rotary_embedding
from keras_attn.ops.positions import LAYOUTS
from keras_attn.ops.rotation import require_even_width


@register
class RotaryEmbedding(keras.layers.Layer):
    """Rotate queries and keys by the angles of their positions.

    The i-th pair of columns (a, b) at position p becomes
    `(a cos(p r) - b sin(p r), a sin(p r) + b cos(p r))`, with
    `r = 1 / base^(2 i / K)`. The dot product of a query at p and a key at q
    then depends on their positions only through p - q. Nothing is learned,
    and any length works.

    Because only distances matter, padding in front of a text changes nothing.
    Angles and rotations are computed in float32 under any precision policy,
    then cast.

    Shapes: B batch, H heads, T length, K width of a head.

    Args:
        base: Float, the base of the wavelengths, finite and positive.
            Defaults to `10000.0`.
        layout: String, which columns form a pair: 2i and 2i + 1 with
            `"interleaved"`, as in the paper, or i and i + K / 2 with
            `"concatenated"`, as in many published models. The two differ only
            in the order of the columns, which training adapts to. Defaults to
            `"interleaved"`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        x: Float tensor of shape `(B, H, T, K)`, K even.
        positions: Integer tensor of shape `(T,)` or `(B, T)`. Defaults to
            0 to `T - 1`.
        start_index: Integer or scalar integer tensor, added to all positions,
            for texts that are decoded step by step. Defaults to `0`.

    Returns:
        A tensor of shape `(B, H, T, K)` and the layer's compute dtype.

    Raises:
        ValueError: If `base` is out of range, if `layout` is unknown, if K is
            odd, or if `start_index` or `positions` has a wrong shape or does
            not contain integers.

    Example:

    >>> import keras, keras_attn
    >>> layer = keras_attn.layers.RotaryEmbedding()
    >>> for row in layer(keras.ops.ones((1, 1, 3, 4))).numpy()[0, 0]:
    ...     print(*(f"{x:6.3f}" for x in row))
     1.000  1.000  1.000  1.000
    -0.301  1.382  0.990  1.010
    -1.325  0.493  0.980  1.020

    Reference:
        Su et al., 2021, [RoFormer](https://arxiv.org/abs/2104.09864), section
        3.4.2. Their d is our K.
    """

    def __init__(self, base=10000.0, layout="interleaved", **kwargs):
        super().__init__(**kwargs)
        require_positive_number("base", base)
        require_choice("layout", layout, LAYOUTS)
        self.base = float(base)
        self.layout = layout
        self.supports_masking = True

    def build(self, input_shape):
        require_even_width(input_shape[-1])

    def call(self, x, positions=None, start_index=0):
        require_start_index(start_index)
        if positions is None:
            positions = ops.arange(ops.shape(x)[2])
        else:
            batch, _, length, _ = x.shape
            positions = given_positions(positions, (batch, length))
        if len(positions.shape) == 2:
            positions = ops.expand_dims(positions, 1)  # (B, 1, T)
        return rotary_embedding(
            x, ops.add(positions, start_index), self.base, self.layout
        )

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        config = super().get_config()
        config.update({"base": self.base, "layout": self.layout})
        return config
