"""What is asked of texts, labels and tokens that come from outside."""

from collections.abc import Mapping


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
