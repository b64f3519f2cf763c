"""The one error that bad data or a bad name raises, and how it is worded."""

from collections.abc import Iterable


class DataError(ValueError):
    """A mistake in what the user gave: a name, a path, a column or a file.

    The message is one line that says what came, what was expected and what to
    do; a command line can print it as it stands. Line breaks in `message`
    (from file content or another library) are replaced by spaces.

    Args:
        message: the sentence to show.
    """

    def __init__(self, message: str):
        super().__init__(" ".join(message.splitlines()))


class ColumnError(DataError):
    """The text or the label column was not given and cannot be found.

    Args:
        message: String, the sentence to show.
        role: String, `"text"` or `"label"`.
        columns: Sequence of strings, the columns there are.
    """

    def __init__(self, message, role, columns):
        super().__init__(message)
        self.role = role
        self.columns = tuple(columns)


def listing(names: Iterable[str], limit: int = 12) -> str:
    """The names joined by commas, cut after `limit` of them; "none" if empty.

    >>> listing(["a", "b", "c"], limit=2)
    'a, b and 1 more'
    """
    names = [shortened(name) for name in names]
    shown = ", ".join(names[:limit]) or "none"
    return shown + (f" and {len(names) - limit} more" if names[limit:] else "")


def shortened(name: str, limit: int = 40) -> str:
    """The name, or its beginning if it has more than `limit` characters."""
    return name if len(name) <= limit else name[: limit - 3] + "..."
