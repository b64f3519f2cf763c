"""The additive score, a small network of query and key."""

import keras

from keras_attn._checks import require_positive_integer
from keras_attn._registration import register
from keras_attn.layers.scores.score import Score, known_head_sizes
from keras_attn.ops.scores import additive_scores


@register
class AdditiveScore(Score):
    """Additive score, `w_h . tanh(q Wq_h + k Wk_h)`, learned for each head.

    It has no bias, because the projections of queries and keys in an attention
    layer have one. For queries and keys of variance 1, the scores start with a
    variance of about 1, like those of the scaled dot product. The score takes U
    times the memory of the others, because it creates a tensor of shape
    `(B, H, T, S, U)`. See `Score` for inputs and outputs.

    Args:
        units: Positive integer, U. Defaults to K, the width of a head.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Example:

    >>> import keras, keras_attn
    >>> score = keras_attn.layers.AdditiveScore(units=8)
    >>> query, key = keras.ops.ones((2, 3, 5, 4)), keras.ops.ones((2, 3, 7, 4))
    >>> tuple(score(query, key).shape)
    (2, 3, 5, 7)

    Reference:
        Bahdanau et al., 2014, [Neural Machine Translation by Jointly Learning
        to Align and Translate](https://arxiv.org/abs/1409.0473), appendix
        A.1.2: their W_a, U_a and v_a are our Wq, Wk and w.
    """

    def __init__(self, units=None, **kwargs):
        super().__init__(**kwargs)
        if units is not None:
            units = require_positive_integer("units", units)
        self.units = units

    def build(self, query_shape, key_shape):
        num_heads, width = known_head_sizes(query_shape, key_shape)
        units = self.units or width
        kernel = (num_heads, width, units)
        self.query_kernel = self.add_weight(
            name="query_kernel", shape=kernel, initializer=_glorot(num_heads)
        )
        self.key_kernel = self.add_weight(
            name="key_kernel", shape=kernel, initializer=_glorot(num_heads)
        )
        self.vector = self.add_weight(
            name="vector",
            shape=(num_heads, units),
            # Variance 2 / U, because the tanh halves the variance of its
            # input.
            initializer=keras.initializers.VarianceScaling(
                2.0, mode="fan_out", distribution="uniform"
            ),
        )

    def call(self, query, key):
        return additive_scores(
            query, key, self.query_kernel, self.key_kernel, self.vector
        )

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units})
        return config


def _glorot(num_heads):
    """Return Glorot's initializer for the (K, U) matrix of each head.

    Keras treats the axes before the last two as the window of a convolution
    and multiplies the fans by their sizes. The scale undoes this.
    """
    return keras.initializers.VarianceScaling(
        float(num_heads), mode="fan_avg", distribution="uniform"
    )
