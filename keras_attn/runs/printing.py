"""Printing of labels, texts and paths, which may contain anything.

They are printed as text: never as markup, and with control characters shown as
escapes such as `\\x1b`, so that they cannot control the terminal.
"""

import json
import re
import unicodedata

import click
from rich.console import Console

_NOT_ASCII = re.compile("[^ -~]")


def visible(text):
    """Return a text on one line, with control characters as escapes.

    Args:
        text: Any object; its `str` is used.

    Example:

    >>> visible("red\\x1b[1m\\nblue")
    'red\\\\x1b[1m\\\\nblue'
    """
    return "".join(c if _is_visible(c) else _escape(c) for c in str(text))


def _is_visible(character):
    # Spaces of all widths cannot do harm. U+3000 is common in Japanese.
    return character.isprintable() or unicodedata.category(character) == "Zs"


def _escape(character):
    return character.encode("unicode_escape").decode("ascii")


def say(line, err=False):
    """Print one line on standard output, or on standard error."""
    click.echo(visible(line), err=err)


def json_line(values):
    """Return JSON on one line, without characters that control a terminal.

    JSON itself escapes neither lone surrogates nor all such characters.
    """
    line = json.dumps(values, ensure_ascii=False)
    return _NOT_ASCII.sub(_escaped_in_json, line)


def _escaped_in_json(match):
    character = match[0]
    if character.isprintable():
        return character
    return json.dumps(character)[1:-1]


def plain_console(**options):
    """Return a `rich.console.Console` that prints strings as they are.

    Without this, `rich` reads `[/b]` in a label as markup and `:smile:` as an
    emoji. It does not escape control characters: see `visible`.

    Args:
        **options: Arguments of `rich.console.Console`.
    """
    return Console(markup=False, emoji=False, highlight=False, **options)
