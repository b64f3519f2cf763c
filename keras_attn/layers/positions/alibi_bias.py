"""Attention with linear biases (ALiBi)."""

from keras import ops

from keras_attn._registration import register
from keras_attn.layers.positions.position_bias import PositionBias
from keras_attn.ops import alibi_slopes, relative_distances


@register
class AlibiBias(PositionBias):
    """Penalty on each score, proportional to the distance between the tokens.

    `bias[h, t, s] = -slope[h] * |t - s|`, with the slopes of
    `keras_attn.ops.alibi_slopes`. The paper's formula is for causal attention,
    where `|t - s|` is `t - s`. Nothing is learned, and any length works,
    including lengths that did not occur in training.

    Shapes: T query length, S key length, H heads.

    Args:
        num_heads: Positive integer, H.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        query_positions: Integer tensor of shape `(T,)`.
        key_positions: Integer tensor of shape `(S,)`.

    Returns:
        A float32 tensor of shape `(1, H, T, S)`.

    Raises:
        ValueError: If `num_heads` is not a positive integer.

    Example:

    >>> import keras, keras_attn
    >>> layer = keras_attn.layers.AlibiBias(num_heads=8)
    >>> steps = keras.ops.arange(3)
    >>> layer(steps, steps).numpy()[0, 0].tolist()
    [[-0.0, -0.5, -1.0], [-0.5, -0.0, -0.5], [-1.0, -0.5, -0.0]]

    Reference:
        Press et al., 2022, [Train Short, Test Long](
        https://arxiv.org/abs/2108.12409), section 3.
    """

    def call(self, query_positions, key_positions):
        distances = relative_distances(query_positions, key_positions)
        distances = ops.cast(ops.abs(distances), "float32")  # (T, S)
        slopes = ops.reshape(alibi_slopes(self.num_heads), (1, -1, 1, 1))
        return -slopes * distances
