"""Pooling layers, which combine the token vectors of a text into one vector."""

from keras_attn.layers.pooling.attention import AttentionPooling
from keras_attn.layers.pooling.first_token import FirstTokenPooling
from keras_attn.layers.pooling.masked_max import MaskedMaxPooling
from keras_attn.layers.pooling.masked_mean import MaskedMeanPooling
from keras_attn.layers.pooling.pooling import Pooling
from keras_attn.layers.sublayers import from_name

__all__ = [
    "AttentionPooling",
    "FirstTokenPooling",
    "MaskedMaxPooling",
    "MaskedMeanPooling",
    "NAMES",
    "Pooling",
    "get_pooling",
]

_BY_NAME = {
    "mean": MaskedMeanPooling,
    "max": MaskedMaxPooling,
    "first": FirstTokenPooling,
    "attention": AttentionPooling,
}
NAMES = tuple(_BY_NAME)


def get_pooling(identifier, **kwargs):
    """Return the pooling layer specified by a name, a config or a layer.

    Args:
        identifier: `"mean"`, `"max"`, `"first"`, `"attention"`, the name of a
            layer registered with Keras, the config of a layer, or a layer,
            which is returned unchanged.
        **kwargs: Arguments for a layer created from a name.

    Returns:
        A Keras layer that maps `(B, T, D)` to one vector per text.

    Raises:
        ValueError: If no pooling layer has this name.

    Example:

    >>> from keras_attn.layers.pooling import get_pooling
    >>> get_pooling("attention", num_hops=3).num_hops
    3
    """
    return from_name("pooling", identifier, _BY_NAME, **kwargs)
