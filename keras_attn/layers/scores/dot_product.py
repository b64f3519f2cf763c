"""The dot product as a score."""

import keras

from keras_attn._registration import register
from keras_attn.layers.scores.head_sizes import head_sizes
from keras_attn.ops.scores import dot_scores


@register
class DotProductScore(keras.layers.Layer):
    """Dot product, `q . k`.

    For queries and keys of variance 1 its variance is K, which lets the
    softmax of wide heads start almost hard; the scaled dot product does not.

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
    >>> score = keras_attn.layers.DotProductScore()
    >>> ones = keras.ops.ones((1, 1, 2, 4))
    >>> score(ones, ones).numpy().tolist()
    [[[[4.0, 4.0], [4.0, 4.0]]]]

    Reference:
        Luong et al., 2015, [Effective Approaches to Attention-based Neural
        Machine Translation](https://arxiv.org/abs/1508.04025), section 3.1,
        "dot".
    """

    def build(self, query_shape, key_shape):
        head_sizes(query_shape, key_shape)

    def call(self, query, key):
        return dot_scores(query, key)

    def compute_output_shape(self, query_shape, key_shape):
        return (*query_shape[:-1], key_shape[-2])
