"""Checks of the arguments and inputs of an attention layer."""

import numbers

from keras_attn._checks import (
    is_known_shape,
    require_boolean,
    require_positive_integer,
    require_tokens,
    require_width,
    sizes_differ,
)


def require_sizes(**sizes):
    """Return sizes. Each must be a positive integer or None."""
    return [
        None if size is None else require_positive_integer(name, size)
        for name, size in sizes.items()
    ]


def require_booleans(**flags):
    """Return flags. Each must be True or False."""
    return [require_boolean(name, flag) for name, flag in flags.items()]


def shared_heads(num_heads, num_key_value_heads):
    """Return the number of heads of keys and values.

    Args:
        num_heads: Positive integer, the number of query heads.
        num_key_value_heads: Positive integer that divides `num_heads`, or None
            for as many as there are query heads.
    """
    num_heads = require_positive_integer("num_heads", num_heads)
    if num_key_value_heads is None:
        return num_heads
    num_key_value_heads = require_positive_integer(
        "num_key_value_heads", num_key_value_heads
    )
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


def output_axes(output_shape):
    """Return the argument `output_shape` as a tuple, or None.

    Args:
        output_shape: Positive integer, a sequence of them, or None.
    """
    if output_shape is None:
        return None
    single = isinstance(output_shape, numbers.Integral)
    try:
        sizes = (output_shape,) if single else tuple(output_shape)
        for size in sizes:
            require_positive_integer("output_shape", size)
    except (TypeError, ValueError):
        sizes = ()
    if not sizes:
        raise ValueError(
            f"Invalid `output_shape`: {output_shape!r}. Expected a positive "
            "integer, a tuple of them, or None for the width of the query."
        )
    return tuple(map(int, sizes))


def require_attention_shapes(query, value, key=None, known_widths=False):
    """Raise `ValueError` if the known sizes of the inputs do not match.

    Args:
        query: The shape `(B, T, D)`, or `(B, ..., D)` with more axes.
        value: The shape `(B, S, any width)`, or with as many axes as `query`.
        key: A shape that differs from that of `value` in the width only, or
            None if `value` is the key.
        known_widths: Boolean, whether the widths must be known. Defaults to
            `False`.
    """
    shapes = {"query": query, "value": value}
    if key is not None:
        shapes["key"] = key
    _require_equal_lengths(shapes)
    for name, shape in shapes.items():
        require_tokens(name, shape, more_axes=True)
        if known_widths:
            require_width(name, shape)
    if any(getattr(s, "rank", 3) is None for s in shapes.values()):
        return
    received = ", ".join(f"{name} {tuple(s)}" for name, s in shapes.items())
    if len({len(shape) for shape in shapes.values()}) > 1:
        raise ValueError(
            "The numbers of axes of `query`, `value` and `key` must be equal. "
            f"Received: {received}."
        )
    if sizes_differ(*(shape[0] for shape in shapes.values())):
        raise ValueError(
            "`query`, `value` and `key` must have the same batch size. "
            f"Received: {received}. To share one tensor between all texts of "
            "a batch, repeat it, as in `keras.ops.repeat(value, batch, "
            "axis=0)`."
        )


def _require_equal_lengths(shapes):
    """Check the key first: its message is the most exact one."""
    value, key = shapes["value"], shapes.get("key")
    if key is None or not (is_known_shape(value) and is_known_shape(key)):
        return
    value_axes, key_axes = tuple(value)[1:-1], tuple(key)[1:-1]
    if len(value_axes) != len(key_axes) or any(
        sizes_differ(*pair) for pair in zip(value_axes, key_axes, strict=True)
    ):
        raise ValueError(
            "The axes of `value` and `key`, except the last one, must be "
            "equal, because both describe the same tokens. Received: value "
            f"{tuple(value)}, key {tuple(key)}."
        )
