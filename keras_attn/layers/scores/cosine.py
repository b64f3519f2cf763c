"""The cosine of query and key as a score, with a learned temperature."""

import math

import keras
from keras import ops

from keras_attn._checks import require_positive_number
from keras_attn._registration import register
from keras_attn.layers.scores.score import Score, known_head_sizes
from keras_attn.ops.scores import cosine_scores


@register
class CosineScore(Score):
    """Cosine similarity, `exp(log_scale_h) * cos(q, k)`.

    The score does not depend on the lengths of queries and keys, so it never
    exceeds the scale of its head. Cosines between -1 and 1 alone could not make
    one key stand out in the softmax. The scale is therefore learned for each
    head, as its logarithm, which keeps it positive. Where query or key is the
    zero vector, the score is 0. See `Score` for inputs and outputs.

    Args:
        initial_scale: Float above 0, the scale of every head before training.
            Defaults to `10.0`, which is the temperature 0.1 of Swin
            Transformer V2.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Example:

    >>> import keras, keras_attn
    >>> score = keras_attn.layers.CosineScore(initial_scale=5.0)
    >>> query = keras.ops.array([[[[3.0, 4.0]]]])
    >>> key = keras.ops.array([[[[1.0, 0.0], [30.0, 40.0], [0.0, -2.0]]]])
    >>> score(query, key).numpy().round(4).tolist()
    [[[[3.0, 5.0, -4.0]]]]

    Reference:
        Henry et al., 2020, [Query-Key Normalization for Transformers](
        https://arxiv.org/abs/2010.04245), section 3, with one scale for all
        heads; Liu et al., 2021, [Swin Transformer V2](
        https://arxiv.org/abs/2111.09883), section 3.3, with one scale for
        each head, which they keep below 100.
    """

    def __init__(self, initial_scale=10.0, **kwargs):
        super().__init__(**kwargs)
        self.initial_scale = require_positive_number(
            "initial_scale", initial_scale
        )

    def build(self, query_shape, key_shape):
        num_heads, _ = known_head_sizes(query_shape, key_shape)
        self.log_scale = self.add_weight(
            name="log_scale",
            shape=(num_heads,),
            initializer=keras.initializers.Constant(
                math.log(self.initial_scale)
            ),
            autocast=False,  # `exp` would magnify the rounding error
        )

    def call(self, query, key):
        scale = ops.exp(ops.cast(self.log_scale, "float32"))
        return cosine_scores(query, key, scale)

    def get_config(self):
        config = super().get_config()
        config.update({"initial_scale": self.initial_scale})
        return config
