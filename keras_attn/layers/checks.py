"""What several layers ask of their arguments."""


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
