"""The errors for invalid data and names, and how their messages list names."""


class DataError(ValueError):
    """A mistake in user input: a name, a path, a column or a file.

    The message is one line, so that a command can print it unchanged. Line
    breaks in `message`, such as those of another library, become spaces.

    Args:
        message: String, what is wrong, what was expected and what to do.
    """

    def __init__(self, message):
        super().__init__(" ".join(message.splitlines()))


class ColumnError(DataError):
    """The text or label column was not given and cannot be determined.

    Args:
        message: String, as in `DataError`.
        role: String, `"text"` or `"label"`.
        columns: Sequence of strings, the columns of the dataset.
    """

    def __init__(self, message, role, columns):
        super().__init__(message)
        self.role = role
        self.columns = tuple(columns)


def listing(names, limit=12):
    """Join names with commas, cut after `limit` names; "none" if empty.

    >>> listing(["a", "b", "c"], limit=2)
    'a, b and 1 more'
    """
    names = [shortened(name) for name in names]
    shown = ", ".join(names[:limit]) or "none"
    return shown + (f" and {len(names) - limit} more" if names[limit:] else "")


def shortened(name, limit=40):
    """Return the name, cut if it has more than `limit` characters."""
    return name if len(name) <= limit else name[: limit - 3] + "..."
