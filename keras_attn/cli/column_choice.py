"""Asks for the columns of a file if none of them has a usual name."""

import sys

import click

from keras_attn.runs.errors import MissingColumn, user_errors
from keras_attn.runs.printing import visible


def ask_for_columns(read, settings):
    """Read a dataset, and ask the user for a column that cannot be found.

    The user is asked only in a terminal. Otherwise, the error lists the columns
    and names the option.

    Args:
        read: Function from `Settings` to a dataset.
        settings: `Settings`.

    Returns:
        The dataset, and `Settings` with the columns that were chosen.

    Raises:
        UserError: If the dataset is invalid.
    """
    while True:
        try:
            with user_errors():
                return read(settings), settings
        except MissingColumn as error:
            if not _is_terminal():
                raise
            role, columns = error.role, error.columns
        shown = {visible(column): column for column in columns}
        answer = click.prompt(
            f"Which column contains the {role}?",
            type=click.Choice(tuple(shown)),
            prompt_suffix=" ",
        )
        column = shown[answer]
        settings = settings.model_copy(update={f"{role}_column": column})


def _is_terminal():
    return sys.stdin is not None and sys.stdin.isatty()
