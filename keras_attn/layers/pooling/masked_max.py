"""The largest value of each column among the real tokens."""

from keras_attn._registration import register
from keras_attn.layers.pooling.pooling import Pooling
from keras_attn.ops.pooling import masked_max


@register
class MaskedMaxPooling(Pooling):
    """Largest value of each column among the real tokens of each text.

    See `Pooling` for inputs and outputs. The gradient for a text without real
    tokens is 0.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

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

    def call(self, x, mask=None):
        return masked_max(x, mask)
