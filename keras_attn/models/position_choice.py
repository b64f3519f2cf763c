"""Where the positions of a classifier go: to the tokens, or into attention."""

from keras.saving import serialize_keras_object

from keras_attn.layers import (
    AlibiBias,
    LearnedPositionalEncoding,
    PositionalEncoding,
    PositionBias,
    RelativePositionBias,
    RotaryEmbedding,
)
from keras_attn.layers.lookup import from_name


def choose_position(identifier, num_heads, dropout, max_length):
    """The two places of positions; at most one of them is taken.

    Args:
        identifier: As `position` of `SentenceClassifier`.
        num_heads: Positive integer, H.
        dropout: Float in [0, 1), for a layer made from a name.
        max_length: Positive integer, the longest sentence in tokens.

    Returns:
        A pair of a layer that maps `(B, T, D)` to itself, or None, and of the
        config from which each block makes the `position` of its attention, or
        None.

    Raises:
        ValueError: If there is no position of that name.
    """
    if identifier is None:
        return None, None
    added = {"dropout": dropout, "name": "position"}
    table = {
        "alibi": lambda: AlibiBias(num_heads),
        "learned": lambda: LearnedPositionalEncoding(max_length, **added),
        "relative_bias": lambda: RelativePositionBias(num_heads),
        "rotary": RotaryEmbedding,
        "sinusoidal": lambda: PositionalEncoding(**added),
    }
    layer = from_name("position", identifier, table)
    if isinstance(layer, RotaryEmbedding | PositionBias):
        return None, serialize_keras_object(layer)
    return layer, None
