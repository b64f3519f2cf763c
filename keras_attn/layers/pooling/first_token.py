"""The first real token as the vector of its sentence."""

import keras

from keras_attn._checks import require_tokens
from keras_attn._registration import register
from keras_attn.ops import first_token


@register
class FirstTokenPooling(keras.layers.Layer):
    """Vector of the first real token, on whichever side the padding stands.

    After self-attention any token may speak for its sentence. Models that
    begin every sentence with a token of its own (`[CLS]`) take that one.

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
    >>> pool = keras_attn.layers.FirstTokenPooling()
    >>> x = keras.ops.convert_to_tensor([[[100.0], [1.0], [3.0]]])
    >>> mask = keras.ops.convert_to_tensor([[False, True, True]])
    >>> keras.ops.convert_to_numpy(pool(x, mask=mask)).tolist()
    [[1.0]]

    Reference:
        Devlin et al., 2019, [BERT](https://arxiv.org/abs/1810.04805), section
        3, the representation C.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, x, mask=None):
        return first_token(x, mask)

    def compute_mask(self, x, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        require_tokens("x", input_shape)
        return (input_shape[0], input_shape[-1])
