"""A learned bilinear form of query and key as a score."""

from keras import ops

from keras_attn._registration import register
from keras_attn.layers.scores.score import Score, known_head_sizes
from keras_attn.ops.scores import bilinear_scores


@register
class BilinearScore(Score):
    """Bilinear form, `q W_h k`, with a learned matrix W_h for each head.

    Each matrix starts as the identity divided by sqrt(K), so that training
    starts from the scaled dot product. Glorot's initializer would start with
    scores of variance K instead of 1. The heads still differ, because their
    queries and keys come from randomly initialized projections. See `Score` for
    inputs and outputs.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Example:

    >>> import keras, keras_attn
    >>> score = keras_attn.layers.BilinearScore()
    >>> ones = keras.ops.ones((1, 1, 2, 4))
    >>> score(ones, ones).numpy().tolist()
    [[[[2.0, 2.0], [2.0, 2.0]]]]

    Reference:
        Luong et al., 2015, [Effective Approaches to Attention-based Neural
        Machine Translation](https://arxiv.org/abs/1508.04025), section 3.1,
        "general", with one matrix for all heads.
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


def _scaled_identity(shape, dtype=None):
    num_heads, width, _ = shape
    identity = width**-0.5 * ops.eye(width, dtype=dtype)
    # Not `broadcast_to`: on PyTorch its result is a view, which cannot be
    # assigned to.
    return ops.tile(ops.expand_dims(identity, 0), (num_heads, 1, 1))
