"""Argument checks used by the whole package.

Each `require_...` function raises a `ValueError` if the value is invalid. The
message names the argument and contains the value received, the value expected
and, where it is not obvious, what to do.

Those that check one number or boolean return it as a plain Python value. NumPy
scalars are valid arguments, but `get_config` must return values that can be
written as JSON.
"""

import difflib
import math
import numbers
from collections.abc import Mapping

import numpy as np


def require_positive_integer(name, value):
    """Return `value` as an int. Raise `ValueError` unless it is at least 1."""
    if not is_integer(value) or value < 1:
        raise ValueError(
            f"The argument `{name}` must be a positive integer. Received: "
            f"{name}={value!r}."
        )
    return int(value)


def require_positive_number(name, value):
    """Return `value`. Raise `ValueError` unless it is finite and above 0."""
    if not _is_number(value) or not 0 < value < math.inf:
        raise ValueError(
            f"`{name}` must be a finite number above 0. "
            f"Received: {name}={value!r}."
        )
    return _plain(value)


def require_rate(name, value):
    """Return `value`. Raise `ValueError` unless it is a number in [0, 1)."""
    if not _is_number(value) or not 0 <= value < 1:
        raise ValueError(
            f"`{name}` must be at least 0 and below 1. "
            f"Received: {name}={value!r}."
        )
    return _plain(value)


def require_boolean(name, value):
    """Return `value`. Raise `ValueError` unless it is True or False.

    Other values are rejected because any non-empty string, such as "no", is
    true in a condition.
    """
    if not isinstance(value, bool | np.bool_):
        raise ValueError(
            f"`{name}` must be True or False. Received: {name}={value!r}."
        )
    return bool(value)


def is_integer(value):
    """Return whether `value` is an integer of Python or NumPy."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _plain(number):
    whole = isinstance(number, numbers.Integral)
    return int(number) if whole else float(number)


def require_choice(name, value, choices):
    """Raise `ValueError` unless `value` is one of `choices`."""
    if value not in choices:
        raise ValueError(
            f"`{name}` must be one of {list(choices)}. Received: "
            f"{name}={value!r}.{did_you_mean(value, choices)}"
        )


def did_you_mean(name, names):
    """Return a question that suggests the closest of `names`, or "".

    The comparison ignores case. Names that contain `name`, if it has at least
    three characters, come first. Names with a similar spelling are next, and
    names that `name` contains are last. The question starts with a space, so
    that it can follow a sentence.

    >>> did_you_mean("lable", ["label", "text"])
    " Did you mean 'label'?"
    >>> did_you_mean("text", ["id", "Review Text"])
    " Did you mean 'Review Text'?"
    """
    by_lower = {str(each).lower(): each for each in names}
    name = str(name).lower()
    longer = [each for each in by_lower if len(name) > 2 and name in each]
    # The default cutoff of 0.6 would match "text" with "extra".
    similar = difflib.get_close_matches(name, by_lower, n=1, cutoff=0.7)
    shorter = [each for each in by_lower if len(each) > 2 and each in name]
    longer.sort(key=len)
    shorter.sort(key=len, reverse=True)
    close = longer + similar + shorter
    return f" Did you mean {by_lower[close[0]]!r}?" if close else ""


def require_string(name, value):
    """Raise `ValueError` unless `value` is a string."""
    if not isinstance(value, str):
        raise ValueError(
            f"`{name}` must be a string. Received: {_with_type(value)}."
            f"{_decoding_hint(value)}"
        )


def each_string(name, strings):
    """Yield strings one by one, checking each when it is reached.

    Args:
        name: String, the name of the argument, for error messages.
        strings: Iterable of strings, such as a list or a generator.

    Yields:
        The strings, in their order.

    Raises:
        ValueError: If `strings` is a single string, a dictionary or not
            iterable, or if an element is not a string.
    """
    # Strings and dictionaries are iterable, but iterating over characters or
    # keys is a mistake here.
    if isinstance(strings, (str, bytes)):
        raise ValueError(
            f"`{name}` must be a list of strings. Received: one string. Put "
            "it in a list."
        )
    if isinstance(strings, Mapping):
        raise ValueError(
            f"`{name}` must be a list of strings. Received: a dictionary. "
            "Pass one of its lists, or `list(dictionary.values())`."
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
                f"as number {number}.{_decoding_hint(string)}"
            )
        yield string


def _with_type(value):
    return f"{value!r:.80} of type {type(value).__name__}"


def _decoding_hint(value):
    # TensorFlow datasets yield strings as bytes.
    if isinstance(value, bytes):
        return " Decode bytes first: `.decode()`."
    return ""


def is_ragged(x):
    """Return whether `x` is a `tf.RaggedTensor`, without TensorFlow."""
    return hasattr(x, "ragged_rank") and hasattr(x, "row_lengths")


def require_dense(**tensors):
    """Raise `ValueError` if one of the named tensors is ragged."""
    for name, tensor in tensors.items():
        if is_ragged(tensor):
            raise ValueError(
                f"`{name}` must be a padded tensor. Received: a RaggedTensor "
                f"of shape {tuple(tensor.shape)}. Pass "
                f"`{name}.to_tensor()`, and a mask of the real tokens."
            )


def shape_of(x):
    """Return the static shape of a tensor, for `require_tokens`.

    For a structure of tensors, return the type of the structure, and for
    anything else without a shape, None. `require_tokens` rejects both.

    Raises:
        ValueError: If `x` is a `tf.RaggedTensor`.
    """
    if isinstance(x, (list, tuple, dict)):
        return type(x)
    require_dense(x=x)
    return getattr(x, "shape", None)


def require_tokens(name, shape, more_axes=False):
    """Raise `ValueError` unless `shape` is that of one tensor `(B, T, D)`.

    Args:
        name: String, the name of the tensor, for the error message.
        shape: The shape, as Keras passes it to `build` or as `shape_of`
            returns it. A TensorFlow shape of unknown rank is accepted.
        more_axes: Boolean, whether there may be more axes before the width.
            Defaults to `False`.
    """
    if _has_unknown_rank(shape):
        return
    if not _is_shape(shape):
        raise ValueError(
            f"`{name}` must be one tensor of shape (B, T, D): batch, tokens, "
            f"width. Received: {_kind(shape)}. Pass the tensor itself."
        )
    if len(shape) < 3 or len(shape) > 3 and not more_axes:
        hint = (
            "Add a batch axis to a single text first, as in `x[None]`."
            if len(shape) < 3
            else "Merge the axes before the tokens into one with a reshape."
        )
        raise ValueError(
            f"`{name}` must have the shape (B, T, D): batch, tokens, width. "
            f"Received: {name} of shape {tuple(shape)}. {hint}"
        )


def require_width(name, shape):
    """Raise `ValueError` if the last axis of `shape` is unknown."""
    if shape[-1] is None:
        raise ValueError(
            f"The width of `{name}`, its last axis, must be known, because "
            f"the shapes of weights depend on it. Received: {name} of shape "
            f"{tuple(shape)}. Specify the width, as in "
            "`keras.Input((None, 16))`."
        )


def sizes_differ(*sizes):
    """Return whether two of the sizes are known and different."""
    return len({size for size in sizes if is_integer(size)}) > 1


def is_known_shape(shape):
    """Return whether `shape` is that of one tensor, of known rank."""
    return _is_shape(shape) and not _has_unknown_rank(shape)


def _has_unknown_rank(shape):
    return getattr(shape, "rank", 3) is None


def _is_shape(shape):
    # Keras passes a structure of shapes for a structure of tensors, and None
    # for an input that is not a tensor.
    if shape is None or isinstance(shape, (dict, type)):
        return False
    return not any(isinstance(size, (tuple, list, dict)) for size in shape)


def _kind(shape):
    if shape is None:
        return "None, or something without a shape"
    name = shape.__name__ if isinstance(shape, type) else type(shape).__name__
    return f"a structure ({name}) of tensors"
