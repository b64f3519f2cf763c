"""Reading the parameters of an HTTP request.

Every function returns a valid value or raises an error with a one-line message.
"""

import re

from tensorboard import errors

_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)


def text(request, name):
    """Return the value of a parameter, which must be given exactly once.

    Args:
        request: A `werkzeug.Request`.
        name: String, the name of the parameter.

    Raises:
        InvalidArgumentError: If it is missing or repeated.
    """
    values = request.args.getlist(name)
    if len(values) != 1:
        raise errors.InvalidArgumentError(
            f"parameter `{name}` must be given once. Received: {len(values)} "
            "times."
        )
    return values[0]


def integer(request, name, least=-(2**63)):
    """Return a parameter as an integer from `least` to 2^63 - 1."""
    value = text(request, name)
    # The pattern limits the number of digits: converting a million is slow.
    if not _INTEGER.fullmatch(value) or not least <= int(value) < 2**63:
        raise errors.InvalidArgumentError(
            f"parameter `{name}` must be an integer from {least} to "
            f"2^63 - 1. Received: {shown(value)}."
        )
    return int(value)


def shown(value):
    """Quote a string for an error: shortened, control characters escaped."""
    return repr(value if len(value) <= 100 else value[:100] + "...")
