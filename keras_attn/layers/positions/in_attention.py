"""Positions inside an attention layer: turned heads, and biased scores."""

from keras import ops

from keras_attn.layers.lookup import from_name
from keras_attn.layers.positions.alibi_bias import AlibiBias
from keras_attn.layers.positions.position_bias import PositionBias
from keras_attn.layers.positions.relative_position_bias import (
    RelativePositionBias,
)
from keras_attn.layers.positions.rotary_embedding import RotaryEmbedding


def _rotary(num_heads, **kwargs):
    """Angles know nothing of heads."""
    return RotaryEmbedding(**kwargs)


_BY_NAME = {
    "alibi": AlibiBias,
    "relative_bias": RelativePositionBias,
    "rotary": _rotary,
}


def get_attention_position(identifier, num_heads, **kwargs):
    """The layer that tells positions to an attention layer of `num_heads`.

    Args:
        identifier: `"rotary"`, `"relative_bias"`, `"alibi"`, the name of a
            `PositionBias` registered with Keras, the serialized config of a
            layer, or a `RotaryEmbedding` or `PositionBias`, which is returned
            as it is; None for no positions.
        num_heads: Positive integer, H of the attention.
        **kwargs: Arguments for a layer made from a name.

    Returns:
        A Keras layer, or None.

    Raises:
        ValueError: If there is no position of that name, if the layer is
            neither a `RotaryEmbedding` nor a `PositionBias`, or if it is a
            bias for another number of heads.
    """
    if identifier is None:
        return None
    position = from_name(
        "position", identifier, _BY_NAME, num_heads=num_heads, **kwargs
    )
    if isinstance(position, RotaryEmbedding):
        return position
    if not isinstance(position, PositionBias):
        raise ValueError(
            "The position of an attention layer is a RotaryEmbedding or a "
            f"PositionBias. Received: position={position!r}. An encoding that "
            "is added to token vectors, such as PositionalEncoding, stands "
            "before the attention layer, not in it."
        )
    if position.num_heads != num_heads:
        raise ValueError(
            "A position bias must have as many heads as its attention layer. "
            f"Received: {type(position).__name__} with "
            f"num_heads={position.num_heads} for num_heads={num_heads}."
        )
    return position


def rotate(position, heads):
    """Queries or keys `(B, H, T, K)`, turned if that is the `position`."""
    if isinstance(position, RotaryEmbedding):
        return position(heads)
    return heads


def add_bias(position, scores, query_positions, key_positions):
    """Scores `(B, H, T, S)`, with a bias if that is the `position`."""
    if isinstance(position, PositionBias):
        bias = position(query_positions, key_positions)
        return ops.cast(scores, "float32") + bias
    return scores
