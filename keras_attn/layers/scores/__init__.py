"""How well a query fits a key: the score functions of multi-head attention.

A score is a layer that maps queries `(B, H, T, K)` and keys `(B, H, S, K)` to
scores `(B, H, T, S)`. Any such layer can be handed to the attention layers.
"""

from keras_attn.layers.lookup import from_name
from keras_attn.layers.scores.additive import AdditiveScore
from keras_attn.layers.scores.bilinear import BilinearScore
from keras_attn.layers.scores.cosine import CosineScore
from keras_attn.layers.scores.dot_product import DotProductScore
from keras_attn.layers.scores.scaled_dot_product import ScaledDotProductScore

__all__ = [
    "AdditiveScore",
    "BilinearScore",
    "CosineScore",
    "DotProductScore",
    "ScaledDotProductScore",
    "get_score",
]

_BY_NAME = {
    "additive": AdditiveScore,
    "bilinear": BilinearScore,
    "cosine": CosineScore,
    "dot": DotProductScore,
    "scaled_dot": ScaledDotProductScore,
}


def get_score(identifier, **kwargs):
    """The score layer that a name, a config or a layer stands for.

    Args:
        identifier: `"additive"`, `"bilinear"`, `"cosine"`, `"dot"`,
            `"scaled_dot"`, the name of a layer registered with Keras, a
            serialized config, or a layer, which is returned as it is.
        **kwargs: Arguments for a layer made from a name.

    Returns:
        A Keras layer that maps `(B, H, T, K)` and `(B, H, S, K)` to
        `(B, H, T, S)`.

    Raises:
        ValueError: If there is no score of that name.

    Example:

    A score of one's own, used by its name:

    >>> import keras
    >>> from keras_attn.layers.scores import get_score
    >>> @keras.saving.register_keras_serializable("my_package")
    ... class DistanceScore(keras.layers.Layer):
    ...     def call(self, query, key):
    ...         query = keras.ops.expand_dims(query, 3)
    ...         key = keras.ops.expand_dims(key, 2)
    ...         return -keras.ops.sum((query - key) ** 2, -1)
    >>> score = get_score("my_package>DistanceScore")
    >>> tuple(score(keras.ops.ones((1, 2, 3, 4)), keras.ops.ones((1, 2, 5, 4)))
    ...       .shape)
    (1, 2, 3, 5)
    """
    return from_name("score", identifier, _BY_NAME, **kwargs)
