"""The cosine of query and key as a score, with a learned temperature."""

import math

import keras
from keras import ops

from keras_attn._checks import require_positive_number
from keras_attn._registration import register
from keras_attn.layers.scores.head_sizes import known_head_sizes
from keras_attn.ops.scores import cosine_scores


@register
class CosineScore(keras.layers.Layer):
    """Cosine similarity, `exp(log_scale_h) * cos(q, k)`.

    The lengths of queries and keys have no say, so no score exceeds the scale
    of its head. A cosine alone could not make one key stand out, so the scale
    is learned, one a head, as its logarithm: it stays positive.

    Shapes: B batch, H heads, T query length, S key length, K width of a head.

    Args:
        initial_scale: Float above 0, the scale of every head before training.
            Defaults to `10.0`, as in Swin Transformer V2 (there as temperature
            0.1).
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        query: Float tensor of shape `(B, H, T, K)`.
        key: Float tensor of shape `(B, H, S, K)`.

    Returns:
        A tensor of shape `(B, H, T, S)`; 0 where query or key is the zero
        vector.

    Raises:
        ValueError: If `initial_scale` is not finite and above 0, or if queries
            and keys are not of these shapes.

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
        https://arxiv.org/abs/2111.09883), section 3.3, with one a head, which
        they keep below 100.
    """

    def __init__(self, initial_scale=10.0, **kwargs):
        super().__init__(**kwargs)
        require_positive_number("initial_scale", initial_scale)
        self.initial_scale = initial_scale

    def build(self, query_shape, key_shape):
        num_heads, _ = known_head_sizes(query_shape, key_shape)
        self.log_scale = self.add_weight(
            name="log_scale",
            shape=(num_heads,),
            initializer=keras.initializers.Constant(
                math.log(self.initial_scale)
            ),
            autocast=False,  # rounding a logarithm moves the scale by more
        )

    def call(self, query, key):
        scale = ops.exp(ops.cast(self.log_scale, "float32"))
        return cosine_scores(query, key, scale)

    def compute_output_shape(self, query_shape, key_shape):
        return (*query_shape[:-1], key_shape[-2])

    def get_config(self):
        config = super().get_config()
        config.update({"initial_scale": self.initial_scale})
        return config
