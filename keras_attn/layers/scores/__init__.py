"""How well a query fits a key: the score functions of multi-head attention.

A score is a layer that maps queries `(B, H, T, K)` and keys `(B, H, S, K)` to
scores `(B, H, T, S)`. Any such layer can be handed to the attention layers as
their `score`, itself or by the name that it is registered under. It needs
`call(query, key)`; weights are made in `build(query_shape, key_shape)`, whose
arguments are named so; registered, it is saved and loaded with its model. The
attention layer takes care of masks and of the softmax.

A learned weight for each column of the heads:

>>> import keras, keras_attn
>>> @keras.saving.register_keras_serializable("my_package")
... class WeightedScore(keras.layers.Layer):
...     def build(self, query_shape, key_shape):
...         _, num_heads, _, width = query_shape
...         shape = (num_heads, 1, width)
...         self.scale = self.add_weight(shape=shape, initializer="ones")
...
...     def call(self, query, key):
...         key = keras.ops.transpose(key, (0, 1, 3, 2))  # (B, H, K, S)
...         return keras.ops.matmul(query * self.scale, key)
>>> layer = keras_attn.layers.MultiHeadSelfAttention(2, score=WeightedScore())
>>> tuple(layer(keras.ops.ones((1, 3, 8))).shape)
(1, 3, 8)
>>> by_name = keras_attn.layers.MultiHeadSelfAttention(
...     2, score="my_package>WeightedScore"
... )
>>> tuple(by_name(keras.ops.ones((1, 3, 8))).shape)
(1, 3, 8)

A score with arguments of its own has a `get_config` too, as any Keras layer.
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

    >>> from keras_attn.layers.scores import get_score
    >>> get_score("additive", units=8).units
    8
    """
    return from_name("score", identifier, _BY_NAME, **kwargs)
