"""The dot product as a score."""

from keras_attn._registration import register
from keras_attn.layers.scores.score import Score
from keras_attn.ops.scores import dot_scores


@register
class DotProductScore(Score):
    """Dot product, `q . k`.

    For queries and keys of variance 1, the scores have variance K. With wide
    heads, the softmax therefore starts almost one-hot; use
    `ScaledDotProductScore` to avoid this. See `Score` for inputs and outputs.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

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

    def call(self, query, key):
        return dot_scores(query, key)
