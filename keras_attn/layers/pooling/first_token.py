"""The first real token as the vector of its text."""

from keras_attn._registration import register
from keras_attn.layers.pooling.pooling import Pooling
from keras_attn.ops.pooling import first_token


@register
class FirstTokenPooling(Pooling):
    """Vector of the first real token of each text.

    After self-attention, the vector of any token can represent the whole text.
    Use this pooling in models whose texts all start with a special token such
    as `[CLS]`. It works with padding on either side. See `Pooling` for inputs
    and outputs.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Example:

    >>> import keras, keras_attn
    >>> pool = keras_attn.layers.FirstTokenPooling()
    >>> x = keras.ops.convert_to_tensor([[[100.0], [1.0], [3.0]]])
    >>> mask = keras.ops.convert_to_tensor([[False, True, True]])
    >>> keras.ops.convert_to_numpy(pool(x, mask=mask)).tolist()
    [[1.0]]

    Reference:
        Devlin et al., 2019, [BERT](https://arxiv.org/abs/1810.04805), section
        3, the representation C.
    """

    def call(self, x, mask=None):
        return first_token(x, mask)
