"""Score layers, which measure how well each key matches each query.

Attention layers take one as their argument `score`: by name, as your own
`Score`, or as any layer that maps queries `(B, H, T, K)` and keys
`(B, H, S, K)` to scores `(B, H, T, S)`.
"""

from keras_attn.layers.scores.additive import AdditiveScore
from keras_attn.layers.scores.bilinear import BilinearScore
from keras_attn.layers.scores.cosine import CosineScore
from keras_attn.layers.scores.dot_product import DotProductScore
from keras_attn.layers.scores.scaled_dot_product import ScaledDotProductScore
from keras_attn.layers.scores.score import Score
from keras_attn.layers.sublayers import from_name

__all__ = [
    "AdditiveScore",
    "BilinearScore",
    "CosineScore",
    "DotProductScore",
    "NAMES",
    "ScaledDotProductScore",
    "Score",
    "get_score",
]

_BY_NAME = {
    "dot": DotProductScore,
    "scaled_dot": ScaledDotProductScore,
    "cosine": CosineScore,
    "bilinear": BilinearScore,
    "additive": AdditiveScore,
}
NAMES = tuple(_BY_NAME)


def get_score(identifier, **kwargs):
    """Return the score layer specified by a name, a config or a layer.

    Args:
        identifier: `"dot"`, `"scaled_dot"`, `"cosine"`, `"bilinear"`,
            `"additive"`, the name of a layer registered with Keras, the config
            of a layer, or a layer, which is returned unchanged.
        **kwargs: Arguments for a layer created from a name.

    Returns:
        A Keras layer that maps `(B, H, T, K)` and `(B, H, S, K)` to
        `(B, H, T, S)`.

    Raises:
        ValueError: If no score has this name.

    Example:

    >>> from keras_attn.layers.scores import get_score
    >>> get_score("additive", units=8).units
    8
    """
    return from_name("score", identifier, _BY_NAME, **kwargs)
