"""Sentence vectors from token vectors, by name or by class."""

from keras_attn.layers.lookup import from_name
from keras_attn.layers.pooling.attention import AttentionPooling
from keras_attn.layers.pooling.first_token import FirstTokenPooling
from keras_attn.layers.pooling.masked_max import MaskedMaxPooling
from keras_attn.layers.pooling.masked_mean import MaskedMeanPooling

__all__ = [
    "AttentionPooling",
    "FirstTokenPooling",
    "MaskedMaxPooling",
    "MaskedMeanPooling",
    "get_pooling",
]

_BY_NAME = {
    "mean": MaskedMeanPooling,
    "max": MaskedMaxPooling,
    "first": FirstTokenPooling,
    "attention": AttentionPooling,
}


def get_pooling(identifier, **kwargs):
    """The pooling layer that a name, a config or a layer stands for.

    Args:
        identifier: `"mean"`, `"max"`, `"first"`, `"attention"`, the name of a
            layer registered with Keras, a serialized config, or a layer, which
            is returned as it is.
        **kwargs: Arguments for a layer made from a name.

    Returns:
        A Keras layer that maps `(B, T, D)` to one vector a sentence.

    Raises:
        ValueError: If there is no pooling of that name.

    Example:

    >>> from keras_attn.layers.pooling import get_pooling
    >>> get_pooling("attention", num_hops=3).num_hops
    3
    """
    return from_name("pooling", identifier, _BY_NAME, **kwargs)
