"""The largest value of each column among the real tokens."""

import keras

from keras_attn._checks import require_tokens
from keras_attn._registration import register
from keras_attn.ops import masked_max


@register
class MaskedMaxPooling(keras.layers.Layer):
    """Largest value of each column of a sentence, padding left out.

    Shapes: B batch, T length, D width.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        x: Float tensor of shape `(B, T, D)`.
        mask: Boolean tensor of shape `(B, T)`, True at real tokens. Keras
            passes it on by itself.

    Returns:
        A tensor of shape `(B, D)`: 0, with gradient 0, for a sentence without
        a real token. The mask ends here.

    Raises:
        ValueError: If x is not of shape `(B, T, D)`, or if `mask` is not
            boolean, or not of shape `(B, T)`.

    Example:

    >>> import keras, keras_attn
    >>> pool = keras_attn.layers.MaskedMaxPooling()
    >>> x = keras.ops.convert_to_tensor([[[-1.0], [-3.0], [100.0]]])
    >>> mask = keras.ops.convert_to_tensor([[True, True, False]])
    >>> keras.ops.convert_to_numpy(pool(x, mask=mask)).tolist()
    [[-1.0]]

    Reference:
        Kim, 2014, [Convolutional Neural Networks for Sentence Classification](
        https://arxiv.org/abs/1408.5882), section 2, "max-over-time".
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, x, mask=None):
        return masked_max(x, mask)

    def compute_mask(self, x, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        require_tokens("x", input_shape)
        return (input_shape[0], input_shape[-1])
