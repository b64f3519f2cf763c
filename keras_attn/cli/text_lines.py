"""Lines of text from a file or a pipe, as soon as they arrive."""

import contextlib
import io
import sys
from itertools import chain

from keras_attn.runs.errors import UserError


def opened(name, file):
    """The file, or standard input if `file` is None. Nothing is read yet.

    Args:
        name: String, the name of the stream in error messages.
        file: Path, or None.

    Returns:
        A context manager that yields a binary stream.
    """
    if not file:
        # A process may be started without a standard input.
        stdin = sys.stdin.buffer if sys.stdin else io.BytesIO()
        return contextlib.nullcontext(stdin)
    with _file_errors(name):
        return open(file, "rb")


@contextlib.contextmanager
def _file_errors(name):
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(f"{name}: {reason.lower()}.") from None


def numbered_lines(name, stream):
    """Yield lists of lines, each list as soon as its lines can be read.

    Args:
        name: String, the name of the stream in error messages.
        stream: Binary stream.

    Yields:
        Lists of pairs: where a line is, such as `"standard input, line 3"`,
        and its text. Blank lines are left out.

    Raises:
        UserError: If the stream cannot be read, a line is not UTF-8, or all
            are blank.
    """
    number, blank = 0, True
    for lines in _whole_lines(name, stream):
        part = []
        for line in lines:
            number += 1
            where = f"{name}, line {number}"
            encoding = "utf-8-sig" if number == 1 else "utf-8"
            text = _decoded(where, line, encoding)
            if text.strip():
                part.append((where, text))
                blank = False
        yield part
    if blank:
        raise UserError(f"{name} contains no text.")


def _whole_lines(name, stream):
    """Yield lists of complete lines, in bytes."""
    rest = b""
    for chunk in chain(_chunks(name, stream), [b"\n"]):
        *ended, rest = (rest + chunk).split(b"\n")
        # `\n` is not the only line break of all systems. Blank lines count.
        yield [line for part in ended for line in part.splitlines() or [b""]]


def _chunks(name, stream):
    with _file_errors(name):
        # `read1` waits only for the first byte, so the lines of a slow pipe
        # are classified as they arrive.
        while chunk := stream.read1(2**20):
            yield chunk


def _decoded(where, line, encoding):
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        raise UserError(
            f"{where} is not UTF-8. Convert the text first."
        ) from None
