"""User mistakes: one line on standard error, exit status 2."""

import contextlib

import click


class UserError(click.ClickException):
    """Something the user can put right; the message says how."""

    exit_code = 2

    def show(self, file=None):
        click.echo(f"error: {self.format_message()}", err=True)


@contextlib.contextmanager
def user_errors():
    """Turns a `ValueError` into a `UserError` with the same words.

    For the calls that check what the user gave: reading data (`DataError` is a
    `ValueError`), and encoding texts. Elsewhere a `ValueError` is a bug.
    """
    try:
        yield
    except ValueError as error:
        raise UserError(" ".join(str(error).split())) from error
