"""What writers and callbacks ask of their numbers."""


def require_positive_integer(name, value):
    """Refuses what is no integer above 0.

    Raises:
        ValueError: That names the argument and what came.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(
            f"`{name}` must be a positive integer. Received: {name}={value!r}."
        )
