"""Checks of the sizes passed to an attention layer."""

from keras_attn._checks import (
    require_positive_integer,
    require_tokens,
    require_width,
    sizes_differ,
)


def shared_heads(num_heads, num_key_value_heads):
    """Return the number of heads of keys and values.

    Args:
        num_heads: Positive integer, the number of query heads.
        num_key_value_heads: Positive integer that divides `num_heads`, or None
            for as many as there are query heads.
    """
    require_positive_integer("num_heads", num_heads)
    if num_key_value_heads is None:
        return num_heads
    require_positive_integer("num_key_value_heads", num_key_value_heads)
    if num_heads % num_key_value_heads:
        raise ValueError(
            "`num_heads` must be a multiple of `num_key_value_heads`. "
            f"Received: num_heads={num_heads}, "
            f"num_key_value_heads={num_key_value_heads}."
        )
    return num_key_value_heads


def share_of_width(width, num_heads):
    """Return the width of each head when the heads share the query's width."""
    key_dim, rest = divmod(width, num_heads)
    if rest:
        raise ValueError(
            "Without `key_dim`, the width of `query` must be a multiple of "
            f"`num_heads`. Received: width={width}, num_heads={num_heads}."
        )
    return key_dim


def require_attention_shapes(query, value, key=None, known_widths=False):
    """Raise `ValueError` if the known sizes of the inputs do not match.

    Args:
        query: The shape `(B, T, D)`.
        value: The shape `(B, S, any width)`.
        key: The shape `(B, S, any width)`, or None if `value` is the key.
        known_widths: Boolean, whether the widths must be known. Defaults to
            `False`.
    """
    shapes = {"query": query, "value": value}
    if key is not None:
        shapes["key"] = key
    for name, shape in shapes.items():
        require_tokens(name, shape)
        if known_widths:
            require_width(name, shape)
    if any(getattr(s, "rank", 3) is None for s in shapes.values()):
        return
    received = ", ".join(f"{name} {tuple(s)}" for name, s in shapes.items())
    if sizes_differ(*(shape[0] for shape in shapes.values())):
        raise ValueError(
            "`query`, `value` and `key` must have the same batch size. "
            f"Received: {received}. To share one tensor between all texts of "
            "a batch, repeat it, as in `keras.ops.repeat(value, batch, "
            "axis=0)`."
        )
    if key is not None and sizes_differ(value[1], key[1]):
        raise ValueError(
            "`value` and `key` must have the same length S, because both "
            f"describe the same tokens. Received: {received}."
        )
