"""The mean of the real tokens."""

import keras

from keras_attn._checks import require_tokens
from keras_attn._registration import register
from keras_attn.ops import masked_mean


@register
class MaskedMeanPooling(keras.layers.Layer):
    """Mean of the token vectors of a sentence, padding left out.

    Shapes: B batch, T length, D width.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        x: Float tensor of shape `(B, T, D)`.
        mask: Boolean tensor of shape `(B, T)`, True at real tokens. Keras
            passes it on by itself.

    Returns:
        A tensor of shape `(B, D)`: 0 for a sentence without a real token. The
        mask ends here.

    Raises:
        ValueError: If x is not of shape `(B, T, D)`, or if `mask` is not
            boolean, or not of shape `(B, T)`.

    Example:

    >>> import keras, keras_attn
    >>> pool = keras_attn.layers.MaskedMeanPooling()
    >>> x = keras.ops.convert_to_tensor([[[1.0], [3.0], [100.0]]])
    >>> mask = keras.ops.convert_to_tensor([[True, True, False]])
    >>> keras.ops.convert_to_numpy(pool(x, mask=mask)).tolist()
    [[2.0]]
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, x, mask=None):
        return masked_mean(x, mask)

    def compute_mask(self, x, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        require_tokens("x", input_shape)
        return (input_shape[0], input_shape[-1])
