"""What several layers ask of their arguments and inputs."""

import math

from keras_attn.ops.shapes import differ, require_tokens


def require_positive_integer(name, value):
    """Refuses what is no integer above 0.

    Raises:
        ValueError: That names the argument and what came.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(
            f"`{name}` must be a positive integer. Received: {name}={value!r}."
        )


def require_rate(name, value):
    """Refuses a rate of dropout outside [0, 1).

    Raises:
        ValueError: That names the argument and what came.
    """
    if not isinstance(value, int | float) or not 0 <= value < 1:
        raise ValueError(
            f"`{name}` must be at least 0 and below 1. "
            f"Received: {name}={value!r}."
        )


def require_boolean(name, value):
    """Refuses what is neither True nor False: any string would count as True.

    Raises:
        ValueError: That names the argument and what came.
    """
    if not isinstance(value, bool):
        raise ValueError(
            f"`{name}` must be True or False. Received: {name}={value!r}."
        )


def require_epsilon(value):
    """Refuses an epsilon that is no finite number above 0.

    Raises:
        ValueError: That says what came.
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < value < math.inf:
        raise ValueError(
            "`epsilon` must be a finite number above 0. "
            f"Received: epsilon={value!r}."
        )


def shared_heads(num_heads, num_key_value_heads):
    """The number of heads of keys and values; None is for one a query head.

    Raises:
        ValueError: If one is no positive integer, or they do not divide.
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


def require_width(name, shape):
    """Refuses a shape whose last axis, the width, is not known.

    Raises:
        ValueError: That names the tensor and its shape.
    """
    if shape[-1] is None:
        raise ValueError(
            f"The width of `{name}`, its last axis, must be known, because "
            f"weights are made for it. Received: {name} of shape "
            f"{tuple(shape)}. Say it, as in `keras.Input((None, 16))`."
        )


def share_of_width(width, num_heads):
    """The width of each head where the heads share the width of the queries.

    Raises:
        ValueError: If the heads do not divide the width.
    """
    key_dim, rest = divmod(width, num_heads)
    if rest:
        raise ValueError(
            "The width must be a multiple of `num_heads`, or `key_dim` "
            f"given. Received: width={width}, num_heads={num_heads}."
        )
    return key_dim


def require_attention_shapes(query, value, key=None, widths=False):
    """Refuses shapes that no attention fits, as far as they are known.

    Args:
        query: The shape `(B, T, D)`.
        value: The shape `(B, S, any width)`.
        key: The same of the keys, or None where they are the values.
        widths: Boolean, whether the widths must be known. Defaults to `False`.

    Raises:
        ValueError: That names the three and their shapes.
    """
    shapes = {"query": query, "value": value}
    if key is not None:
        shapes["key"] = key
    for name, shape in shapes.items():
        require_tokens(name, shape)
        if widths:
            require_width(name, shape)
    if any(getattr(s, "rank", 3) is None for s in shapes.values()):
        return
    seen = ", ".join(f"{name} {tuple(s)}" for name, s in shapes.items())
    if differ(*(shape[0] for shape in shapes.values())):
        raise ValueError(
            "`query`, `value` and `key` must have the same batch size. "
            f"Received: {seen}. What all sentences share is repeated first, "
            "as in `keras.ops.repeat(value, batch, axis=0)`."
        )
    if key is not None and differ(value[1], key[1]):
        raise ValueError(
            "`value` and `key` must have the same length S: they say two "
            f"things of the same tokens. Received: {seen}."
        )
