"""Position layers, which make attention depend on the order of the tokens.

An encoding is added to token vectors before the first attention layer. A
`RotaryEmbedding` or a `PositionBias` is part of an attention layer, which takes
it as its argument `position`.
"""

from keras_attn.layers.positions.alibi_bias import AlibiBias
from keras_attn.layers.positions.in_attention import (
    belongs_in_attention,
    require_heads,
)
from keras_attn.layers.positions.learned_positional_encoding import (
    LearnedPositionalEncoding,
)
from keras_attn.layers.positions.position_bias import PositionBias
from keras_attn.layers.positions.positional_encoding import PositionalEncoding
from keras_attn.layers.positions.relative_position_bias import (
    RelativePositionBias,
)
from keras_attn.layers.positions.rotary_embedding import RotaryEmbedding
from keras_attn.layers.sublayers import from_name

__all__ = [
    "AlibiBias",
    "IN_ATTENTION_NAMES",
    "LearnedPositionalEncoding",
    "NAMES",
    "PositionBias",
    "PositionalEncoding",
    "RelativePositionBias",
    "RotaryEmbedding",
    "belongs_in_attention",
    "get_attention_position",
    "get_position",
]

_BY_NAME = {
    "sinusoidal": PositionalEncoding,
    "learned": LearnedPositionalEncoding,
    "rotary": RotaryEmbedding,
    "relative_bias": RelativePositionBias,
    "alibi": AlibiBias,
}
_IN_ATTENTION = {
    name: cls
    for name, cls in _BY_NAME.items()
    if issubclass(cls, RotaryEmbedding | PositionBias)
}
NAMES = tuple(_BY_NAME)
IN_ATTENTION_NAMES = tuple(_IN_ATTENTION)


def get_position(identifier, **kwargs):
    """Return the position layer specified by a name, a config or a layer.

    Args:
        identifier: `"sinusoidal"`, `"learned"`, `"rotary"`, `"relative_bias"`,
            `"alibi"`, the name of a layer registered with Keras, the config of
            a layer, or a layer, which is returned unchanged.
        **kwargs: Arguments for a layer created from a name, such as
            `num_heads`, `max_length`, `dropout` and `base`. Each layer receives
            those that its constructor accepts.

    Returns:
        A Keras layer. A `RotaryEmbedding` or `PositionBias` must be passed to
        attention layers. Any other layer maps `(B, T, D)` to `(B, T, D)`.

    Raises:
        ValueError: If no position has this name.

    Example:

    >>> from keras_attn.layers.positions import get_position
    >>> sizes = {"num_heads": 4, "max_length": 512}
    >>> get_position("learned", **sizes).max_length
    512
    >>> get_position("alibi", **sizes).num_heads
    4
    """
    return from_name("position", identifier, _BY_NAME, offered=kwargs)


def get_attention_position(identifier, num_heads, **kwargs):
    """Return the `position` of an attention layer with `num_heads` heads.

    Args:
        identifier: `"rotary"`, `"relative_bias"`, `"alibi"`, the name of a
            `PositionBias` registered with Keras, the config of a layer, or a
            `RotaryEmbedding` or `PositionBias`, which is returned unchanged;
            None for no positions.
        num_heads: Positive integer, H of the attention layer.
        **kwargs: Arguments for a layer created from a name.

    Returns:
        A Keras layer, or None.

    Raises:
        ValueError: If no position has this name, if the layer is neither a
            `RotaryEmbedding` nor a `PositionBias`, or if it is a bias for a
            different number of heads.
    """
    if identifier is None:
        return None
    position = from_name(
        "position",
        identifier,
        _IN_ATTENTION,
        offered={"num_heads": num_heads},
        **kwargs,
    )
    if not belongs_in_attention(position):
        raise ValueError(
            "The position of an attention layer must be a RotaryEmbedding or "
            f"a PositionBias. Received: position={position!r}. An encoding "
            "that is added to token vectors, such as PositionalEncoding, is "
            "called before the attention layer."
        )
    require_heads(position, num_heads)
    return position
