"""How well a query fits a key: the score functions of multi-head attention.

A score is a layer that maps queries `(B, H, T, K)` and keys `(B, H, S, K)` to
scores `(B, H, T, S)`. Any such layer can be handed to the attention layers.
"""

import difflib

import keras

from keras_attn._registration import register
from keras_attn.ops import scaled_dot_scores


@register
class ScaledDotProductScore(keras.layers.Layer):
    """Scaled dot product, `q . k / sqrt(K)`.

    Call arguments:
        query: Float tensor of shape `(B, H, T, K)`.
        key: Float tensor of shape `(B, H, S, K)`.

    Returns:
        A tensor of shape `(B, H, T, S)`.

    Example:

    >>> import keras, keras_attn
    >>> score = keras_attn.layers.ScaledDotProductScore()
    >>> ones = keras.ops.ones((1, 1, 2, 4))
    >>> score(ones, ones).numpy().tolist()
    [[[[2.0, 2.0], [2.0, 2.0]]]]

    Reference:
        Vaswani et al., 2017, [Attention Is All You Need](
        https://arxiv.org/abs/1706.03762), section 3.2.1.
    """

    def call(self, query, key):
        return scaled_dot_scores(query, key)

    def compute_output_shape(self, query_shape, key_shape):
        return (*query_shape[:-1], key_shape[-2])


_BY_NAME = {"scaled_dot": ScaledDotProductScore}


def get_score(identifier, **kwargs):
    """The score layer that a name, a config or a layer stands for.

    Args:
        identifier: A registered name (`"scaled_dot"`), the serialized config
            of a score layer, or a layer, which is returned as it is.
        **kwargs: Arguments for a layer made from a name.

    Returns:
        A Keras layer.

    Raises:
        ValueError: If there is no score of that name.
    """
    if isinstance(identifier, keras.layers.Layer):
        return identifier
    if isinstance(identifier, dict):
        return keras.saving.deserialize_keras_object(identifier)
    if identifier in _BY_NAME:
        return _BY_NAME[identifier](**kwargs)
    nearest = difflib.get_close_matches(str(identifier), _BY_NAME, n=1)
    hint = f" Did you mean '{nearest[0]}'?" if nearest else ""
    raise ValueError(
        f"A score is one of {sorted(_BY_NAME)} or a Keras layer. "
        f"Received: score={identifier!r}.{hint}"
    )
