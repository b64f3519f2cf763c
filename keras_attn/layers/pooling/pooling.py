"""Base class for pooling layers."""

import keras

from keras_attn._checks import require_tokens
from keras_attn._registration import register
from keras_attn.layers.ragged import RaggedInputs


@register
class Pooling(RaggedInputs, keras.layers.Layer):
    """Base class for layers that pool the tokens of a text into one vector.

    A subclass implements `call(x, mask=None)`. If the width of the vector is
    not D, it also overrides `compute_output_shape`. Register the subclass with
    Keras so that models that contain it can be saved and loaded.

    Shapes: B batch, T length, D width.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        x: Float tensor of shape `(B, T, D)`.
        mask: Boolean tensor of shape `(B, T)`, True at real tokens. Keras
            passes it automatically.

    Returns:
        A tensor of shape `(B, D)`, 0 for a text without real tokens. It has
        no Keras mask.

    Raises:
        ValueError: If `x` is not of shape `(B, T, D)`, or if `mask` is not
            boolean or not of shape `(B, T)`.

    Example:

    >>> import keras, keras_attn
    >>> @keras.saving.register_keras_serializable("my_package")
    ... class SumPooling(keras_attn.layers.Pooling):
    ...     def call(self, x, mask=None):
    ...         if mask is not None:
    ...             mask = keras.ops.expand_dims(mask, -1)
    ...             x = keras.ops.where(mask, x, 0.0)
    ...         return keras.ops.sum(x, axis=1)
    >>> tuple(SumPooling()(keras.ops.ones((2, 3, 8))).shape)
    (2, 8)
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, x, mask=None):
        raise NotImplementedError(
            f"{type(self).__name__} must implement `call(x, mask=None)`, which "
            "returns one vector for each text."
        )

    def compute_mask(self, x, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        require_tokens("x", input_shape)
        return (input_shape[0], input_shape[-1])

    @classmethod
    def from_config(cls, config):
        # Not Keras's own, which passes a map of dtype policies as an object.
        # Keras creates the config of a subclass without `get_config` from
        # plain values only.
        return cls(**config)
