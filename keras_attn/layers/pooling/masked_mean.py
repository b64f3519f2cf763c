"""The mean of the real tokens."""

from keras_attn._registration import register
from keras_attn.layers.pooling.pooling import Pooling
from keras_attn.ops.pooling import masked_mean


@register
class MaskedMeanPooling(Pooling):
    """Mean of the real token vectors of each text.

    See `Pooling` for inputs and outputs.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Example:

    >>> import keras, keras_attn
    >>> pool = keras_attn.layers.MaskedMeanPooling()
    >>> x = keras.ops.convert_to_tensor([[[1.0], [3.0], [100.0]]])
    >>> mask = keras.ops.convert_to_tensor([[True, True, False]])
    >>> keras.ops.convert_to_numpy(pool(x, mask=mask)).tolist()
    [[2.0]]
    """

    def call(self, x, mask=None):
        return masked_mean(x, mask)
