"""User mistakes: one line on standard error, exit status 2."""

import contextlib

import click

from keras_attn.data import DataError


class UserError(click.ClickException):
    """Something the user can put right; the message says how."""

    exit_code = 2

    def show(self, file=None):
        click.echo(f"error: {self.format_message()}", err=True)


@contextlib.contextmanager
def user_errors(*kinds):
    """Turns the given exceptions into a `UserError` with the same words."""
    try:
        yield
    except (DataError, *kinds) as error:
        raise UserError(" ".join(str(error).split())) from error
