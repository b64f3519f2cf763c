"""What the commands have in common: options from settings, errors in a line."""

import sys
import typing

import click

from keras_attn.runs.settings import Settings


def settings_options(*names):
    """A decorator that adds one option for each named setting, or for all.

    Options that are not given stay away, so that a recipe can say them.
    """
    fields = Settings.model_fields
    chosen = {name: fields[name] for name in names or fields}

    def decorate(function):
        for name, field in reversed(chosen.items()):
            function = click.option(
                f"--{name}", **_option(field.annotation, field)
            )(function)
        return function

    return decorate


def _option(annotation, field):
    text = field.description
    if field.default not in (None, ()) and not field.is_required():
        text = f"{text}  [{field.default}]"
    choices = _choices(annotation)
    repeated = typing.get_origin(annotation) is tuple
    return {
        "help": text,
        "multiple": repeated,
        # Numbers are checked with all other settings, by their own limits.
        "type": click.Choice(choices) if choices else str,
        "default": None,
        "metavar": None if choices else "VALUE",
    }


def _choices(annotation):
    if typing.get_origin(annotation) is typing.Literal:
        return typing.get_args(annotation)
    for argument in typing.get_args(annotation):
        found = _choices(argument)
        if found:
            return found
    return ()


def given(options):
    """The options that were really given, as settings."""
    return {
        name: value
        for name, value in options.items()
        if name in Settings.model_fields and value not in (None, ())
    }


def run(command, arguments=None):
    """Runs a click command; every user mistake is one line and status 2.

    Args:
        command: A click command.
        arguments: List of strings. Defaults to those of the process.

    Raises:
        SystemExit: Always, with the exit status.
    """
    try:
        sys.exit(command(arguments, standalone_mode=False))
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        message = " ".join(error.format_message().split())
        click.echo(f"error: {message}", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
