"""Checks of arguments: each raises a `ValueError` that names the argument.

The message gives the value received, the value expected and what to do.
"""

import difflib
import math
from collections.abc import Mapping


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


def each_string(name, strings):
    """Hands on strings one by one, each checked when its turn comes.

    Args:
        name: String, the argument, for the message.
        strings: Iterable of strings, such as a generator.

    Yields:
        The strings, in their order.

    Raises:
        ValueError: If `strings` is one string, a dictionary, or nothing to go
            through, or holds anything but strings.
    """
    # Each of these can be gone through, and gives what nobody meant.
    if isinstance(strings, (str, bytes)):
        raise ValueError(
            f"`{name}` must be a list of strings. Received: one string. Put "
            "it into a list."
        )
    if isinstance(strings, Mapping):
        raise ValueError(
            f"`{name}` must be a list of strings. Received: a dictionary. "
            "Give one of its lists, or `list(dictionary.values())`."
        )
    try:
        strings = iter(strings)
    except TypeError:
        raise ValueError(
            f"`{name}` must be a list of strings. Received: "
            f"{_with_type(strings)}."
        ) from None
    for number, string in enumerate(strings, 1):
        if not isinstance(string, str):
            raise ValueError(
                f"`{name}` must be strings. Received: {_with_type(string)}, "
                f"as number {number}.{_advice(string)}"
            )
        yield string


def require_string(name, value):
    """Refuses what is no string.

    Args:
        name: String, the argument, for the message.
        value: What came.

    Raises:
        ValueError: That says what came.
    """
    if not isinstance(value, str):
        raise ValueError(
            f"`{name}` must be a string. Received: {_with_type(value)}."
            f"{_advice(value)}"
        )


def _with_type(value):
    return f"{value!r:.80} of type {type(value).__name__}"


def _advice(value):
    # TensorFlow has no other strings: `tfds.as_numpy` yields them.
    if isinstance(value, bytes):
        return " Decode bytes first: `.decode()`."
    return ""


def require_tokens(name, shape):
    """Refuses what is not the shape of one tensor `(B, T, D)`.

    Args:
        name: String, what errors call the tensor.
        shape: The shape of it; what Keras gives as one of an input that is
            no tensor, None or a structure of shapes, is refused.

    Raises:
        ValueError: That names the tensor and says what came.
    """
    if getattr(shape, "rank", 3) is None:  # TensorFlow knows not even that
        return
    if not _is_shape(shape):
        raise ValueError(
            f"`{name}` must be one tensor of shape (B, T, D): batch, tokens, "
            f"width. Received: {_kind(shape)}. Give the tensor itself."
        )
    if len(shape) != 3:
        hint = (
            "Give one sentence a batch axis first, as in `x[None]`."
            if len(shape) < 3
            else "Join the axes before the tokens into one with a reshape."
        )
        raise ValueError(
            f"`{name}` must have the shape (B, T, D): batch, tokens, width. "
            f"Received: {name} of shape {tuple(shape)}. {hint}"
        )


def shape_of(x):
    """The static shape of a tensor; of anything else what stands for it."""
    if isinstance(x, (list, tuple, dict)):
        return type(x)  # a structure, whatever its tensors look like
    return getattr(x, "shape", None)


def differ(*sizes):
    """Whether two of the sizes are known, and not the same."""
    return len({size for size in sizes if isinstance(size, int)}) > 1


def _is_shape(shape):
    if shape is None or isinstance(shape, (dict, type)):
        return False
    return not any(isinstance(size, (tuple, list, dict)) for size in shape)


def _kind(shape):
    if shape is None:
        return "None, or something without a shape"
    name = shape.__name__ if isinstance(shape, type) else type(shape).__name__
    return f"a structure ({name}) of tensors"


def did_you_mean(name, names):
    """A question that names the closest of `names`, or "" if none is close.

    Case does not count. A name that contains all of `name`, from three
    characters on, comes before one with a similar spelling. The question
    starts with a space, so that it can follow a sentence.

    >>> did_you_mean("lable", ["label", "text"])
    " Did you mean 'label'?"
    >>> did_you_mean("text", ["id", "Review Text"])
    " Did you mean 'Review Text'?"
    """
    by_lower = {str(each).lower(): each for each in names}
    name = str(name).lower()
    close = [each for each in by_lower if len(name) > 2 and name in each]
    close.sort(key=len)
    # The default of 0.6 would take "extra" for "text".
    close += difflib.get_close_matches(name, by_lower, n=1, cutoff=0.7)
    return f" Did you mean {by_lower[close[0]]!r}?" if close else ""
