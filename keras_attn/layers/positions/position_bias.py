"""Base class for position biases."""

import keras

from keras_attn._checks import require_positive_integer
from keras_attn._registration import register


@register
class PositionBias(keras.layers.Layer):
    """Base class for biases that depend on the positions of query and key.

    A subclass implements `call` and is passed to an attention layer as its
    `position`. Register it with Keras so that models that contain it can be
    saved and loaded.

    Scores and biases are float32 under any precision policy. Positions are
    column indices, including padding. A bias should therefore depend only on
    distances, so that padding in front of a text changes nothing.

    Shapes: T query length, S key length, H heads.

    Args:
        num_heads: Positive integer, H.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        query_positions: Integer tensor of shape `(T,)`.
        key_positions: Integer tensor of shape `(S,)`.

    Returns:
        A float32 tensor of shape `(1, H, T, S)`, which the attention layer
        adds to its scores before the softmax.

    Raises:
        ValueError: If `num_heads` is not a positive integer.

    Example:

    >>> import keras, keras_attn
    >>> @keras.saving.register_keras_serializable("docs")
    ... class NeighborsOnly(keras_attn.layers.PositionBias):
    ...     def call(self, query_positions, key_positions):
    ...         distances = keras_attn.ops.relative_distances(
    ...             query_positions, key_positions
    ...         )
    ...         near = keras.ops.abs(distances) <= 1
    ...         bias = keras.ops.where(near, 0.0, -1e9)
    ...         shape = (1, self.num_heads, *keras.ops.shape(distances))
    ...         return keras.ops.broadcast_to(bias, shape)
    >>> steps = keras.ops.arange(3)
    >>> for row in NeighborsOnly(num_heads=2)(steps, steps).numpy()[0, 1]:
    ...     print(row)
    [ 0.e+00  0.e+00 -1.e+09]
    [0. 0. 0.]
    [-1.e+09  0.e+00  0.e+00]
    """

    def __init__(self, num_heads, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.num_heads = require_positive_integer("num_heads", num_heads)

    def call(self, query_positions, key_positions):
        raise NotImplementedError(
            f"{type(self).__name__} must implement `call(query_positions, "
            "key_positions)`, which returns what is added to the scores."
        )

    def compute_output_shape(self, query_positions_shape, key_positions_shape):
        return (
            1,
            self.num_heads,
            query_positions_shape[0],
            key_positions_shape[0],
        )

    def get_config(self):
        config = super().get_config()
        config.update({"num_heads": self.num_heads})
        return config
