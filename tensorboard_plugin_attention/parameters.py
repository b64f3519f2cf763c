"""What a request asks for: each parameter once, integers that are integers.

Whatever comes, the answer is a value or an error of one short line.
"""

import re

from tensorboard import errors

_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)


def text(request, name):
    """The one value that a request gives for a parameter.

    Args:
        request: A `werkzeug.Request`.
        name: Of the parameter.

    Raises:
        InvalidArgumentError: If it is missing or came more than once.
    """
    values = request.args.getlist(name)
    if len(values) != 1:
        raise errors.InvalidArgumentError(
            f"parameter `{name}` came {len(values)} times; give it once."
        )
    return values[0]


def integer(request, name, least=-(2**63)):
    """The same as an integer from `least` to 2^63 - 1, what a step can be."""
    value = text(request, name)
    # The digits are counted first: a million of them take a while to read.
    if not _INTEGER.fullmatch(value) or not least <= int(value) < 2**63:
        raise errors.InvalidArgumentError(
            f"parameter `{name}` is {shown(value)}; an integer from {least} "
            "to 2^63 - 1 is expected."
        )
    return int(value)


def shown(value):
    """A string as an error quotes it: its beginning, nothing invisible."""
    return repr(value if len(value) <= 100 else value[:100] + "...")
