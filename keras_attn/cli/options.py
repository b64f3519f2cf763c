"""Options made from settings, and how a command reports mistakes."""

import sys
import typing

import click

from keras_attn.runs.printing import say
from keras_attn.runs.settings import Settings

# The settings that choose the texts on which a model is evaluated.
EVALUATION_SETTINGS = (
    "dataset",
    "data_dir",
    "test_file",
    "text_column",
    "pair_column",
    "label_column",
    "label_separator",
    "skip_empty",
    "labels",
    "drop_unknown_labels",
)


def settings_options(*names):
    """A decorator that adds an option for each named setting.

    An option that is not given has no value, so that a recipe can set it.

    Args:
        *names: Names of settings. Defaults to all.
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
    if annotation is bool:
        return {"help": text, "is_flag": True, "default": None}
    if field.default not in (None, ()) and not field.is_required():
        text = f"{text}  [{field.default}]"
    choices = _choices(annotation)
    repeated = bool(choices) and typing.get_origin(annotation) is tuple
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
    """The settings among the options that the user has given."""
    return {
        name: value
        for name, value in options.items()
        if name in Settings.model_fields and value not in (None, (), False)
    }


def run(command, arguments=None):
    """Run a click command; report a user mistake in one line, status 2.

    Args:
        command: A click command.
        arguments: List of strings. Defaults to those of the process.

    Raises:
        SystemExit: Always, with the exit status.
    """
    try:
        status = command(
            arguments, prog_name="keras-attn", standalone_mode=False
        )
        sys.exit(status)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        message = " ".join(error.format_message().split())
        say(f"error: {message}", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
