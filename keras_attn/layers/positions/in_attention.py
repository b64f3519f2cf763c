"""Positions inside an attention layer: rotated heads and biased scores."""

from keras import ops

from keras_attn.layers.positions.position_bias import PositionBias
from keras_attn.layers.positions.rotary_embedding import RotaryEmbedding


def belongs_in_attention(position):
    """Return whether a position layer is part of an attention layer."""
    return isinstance(position, RotaryEmbedding | PositionBias)


def require_heads(position, num_heads):
    """Raise `ValueError` if `position` is a bias for another `num_heads`."""
    if isinstance(position, PositionBias) and position.num_heads != num_heads:
        raise ValueError(
            "A position bias must have as many heads as its attention layer. "
            f"Received: {type(position).__name__} with "
            f"num_heads={position.num_heads} for num_heads={num_heads}."
        )


def rotate(position, heads):
    """Rotate queries or keys `(B, H, T, K)` if `position` is rotary."""
    if isinstance(position, RotaryEmbedding):
        return position(heads)
    return heads


def add_bias(position, scores, query_positions, key_positions):
    """Add the bias to scores `(B, H, T, S)` if `position` is a bias."""
    if isinstance(position, PositionBias):
        bias = position(query_positions, key_positions)
        return ops.cast(scores, "float32") + bias
    return scores
