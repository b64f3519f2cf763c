"""A learned bilinear form of query and key as a score."""

import keras
from keras import ops

from keras_attn._registration import register
from keras_attn.layers.scores.head_sizes import known_head_sizes
from keras_attn.ops.scores import bilinear_scores


@register
class BilinearScore(keras.layers.Layer):
    """Bilinear form, `q W_h k`, with a learned matrix a head ("general").

    Each matrix starts as the identity over sqrt(K), so that training starts
    from the scaled dot product and can only add to it. Glorot's
    initializer would start with scores of variance K instead of 1, the very
    thing that the scaled dot product avoids, and heads differ without it:
    their queries and keys come from projections that start at random.

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
    >>> score = keras_attn.layers.BilinearScore()
    >>> ones = keras.ops.ones((1, 1, 2, 4))
    >>> score(ones, ones).numpy().tolist()
    [[[[2.0, 2.0], [2.0, 2.0]]]]

    Reference:
        Luong et al., 2015, [Effective Approaches to Attention-based Neural
        Machine Translation](https://arxiv.org/abs/1508.04025), section 3.1,
        "general", with one matrix.
    """

    def build(self, query_shape, key_shape):
        num_heads, width = known_head_sizes(query_shape, key_shape)
        self.kernel = self.add_weight(
            name="kernel",
            shape=(num_heads, width, width),
            initializer=_scaled_identity,
        )

    def call(self, query, key):
        return bilinear_scores(query, key, self.kernel)

    def compute_output_shape(self, query_shape, key_shape):
        return (*query_shape[:-1], key_shape[-2])


def _scaled_identity(shape, dtype=None):
    num_heads, width, _ = shape
    identity = width**-0.5 * ops.eye(width, dtype=dtype)
    # Not `broadcast_to`: in torch that is a view, and cannot be assigned to.
    return ops.tile(ops.expand_dims(identity, 0), (num_heads, 1, 1))
