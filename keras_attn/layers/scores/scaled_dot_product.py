"""The scaled dot product as a score."""

import keras

from keras_attn._registration import register
from keras_attn.layers.scores.head_sizes import head_sizes
from keras_attn.ops.scores import scaled_dot_scores


@register
class ScaledDotProductScore(keras.layers.Layer):
    """Scaled dot product, `q . k / sqrt(K)`.

    For queries and keys of variance 1 its variance is 1, whatever their width.

    Shapes: B batch, H heads, T query length, S key length, K width of a head.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        query: Float tensor of shape `(B, H, T, K)`.
        key: Float tensor of shape `(B, H, S, K)`.

    Returns:
        A tensor of shape `(B, H, T, S)`.

    Raises:
        ValueError: If queries and keys are not of these shapes.

    Example:

    >>> import keras, keras_attn
    >>> score = keras_attn.layers.ScaledDotProductScore()
    >>> ones = keras.ops.ones((1, 1, 2, 4))
    >>> score(ones, ones).numpy().tolist()
    [[[[2.0, 2.0], [2.0, 2.0]]]]

    Reference:
        Vaswani et al., 2017, [Attention Is All You Need](
        https://arxiv.org/abs/1706.03762), section 3.2.1.
    """

    def build(self, query_shape, key_shape):
        head_sizes(query_shape, key_shape)

    def call(self, query, key):
        return scaled_dot_scores(query, key)

    def compute_output_shape(self, query_shape, key_shape):
        return (*query_shape[:-1], key_shape[-2])
