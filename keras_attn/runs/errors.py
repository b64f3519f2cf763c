"""User mistakes: one line on standard error, exit status 2."""

import contextlib

import click

from keras_attn.data import ColumnError
from keras_attn.runs.printing import say


class UserError(click.ClickException):
    """A mistake that the user can correct; the message says how."""

    exit_code = 2

    def show(self, file=None):
        say(f"error: {self.format_message()}", err=True)


class MissingColumn(UserError):
    """The text or the label column was not given and cannot be found.

    Args:
        error: `keras_attn.data.ColumnError`.
    """

    def __init__(self, error):
        super().__init__(str(error))
        self.role = error.role
        self.columns = error.columns


@contextlib.contextmanager
def user_errors():
    """Turn a `ValueError` into a `UserError` with the same message.

    Only for calls that check user input: reading data (`DataError` is a
    `ValueError`) and encoding texts. Anywhere else a `ValueError` is a bug.
    """
    try:
        yield
    except ColumnError as error:
        raise MissingColumn(error) from error
    except ValueError as error:
        raise UserError(" ".join(str(error).split())) from error
