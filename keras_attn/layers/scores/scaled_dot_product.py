"""The scaled dot product as a score."""

from keras_attn._registration import register
from keras_attn.layers.scores.score import Score
from keras_attn.ops.scores import scaled_dot_scores


@register
class ScaledDotProductScore(Score):
    """Scaled dot product, `q . k / sqrt(K)`.

    For queries and keys of variance 1, the scores have variance 1 at any width
    K. See `Score` for inputs and outputs.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

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

    def call(self, query, key):
        return scaled_dot_scores(query, key)
