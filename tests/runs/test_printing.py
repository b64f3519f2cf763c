"""Texts, labels and paths are printed as they are, and do no harm."""

import io
import json

import pytest
from rich.table import Table

from keras_attn.runs.errors import UserError
from keras_attn.runs.printing import json_line, plain_console, say, visible


@pytest.mark.parametrize(
    "text, shown",
    [
        ("où 猫 😀 [b]x[/b]", "où 猫 😀 [b]x[/b]"),
        ("a\u00a0b\u3000c", "a\u00a0b\u3000c"),
        ("\x1b[2J\x07", r"\x1b[2J\x07"),
        ("a\r\n\tb", r"a\r\n\tb"),
        ("\x9b2J \u202e\u2028", r"\x9b2J \u202e\u2028"),
        ("\udcff\U000e0001", r"\udcff\U000e0001"),
    ],
)
def test_control_characters_are_visible(text, shown, capsys):
    assert visible(text) == shown
    say(text)
    say(text, err=True)
    UserError(text).show()
    printed = capsys.readouterr()
    assert printed.out == f"{shown}\n"
    assert printed.err == f"{shown}\nerror: {shown}\n"


def test_json_is_one_line_of_visible_characters():
    text = "où \x1b[2J\x9b2J\u202e\udcff \U000e0001 猫"
    line = json_line({"text": text})
    assert line.isprintable() and "où" in line and "猫" in line
    assert json.loads(line)["text"] == text


def test_a_console_reads_no_markup_and_no_emoji():
    names = ["[/b]", "[red]x", ":smile:", "[link=http://a.b]c"]
    console = plain_console(file=io.StringIO(), width=60)
    table = Table(*names, title=names[0], box=None)
    for name in names:
        table.add_row(name)
        console.print(name)
    console.print(table)
    printed = console.file.getvalue()
    for name in names:
        assert printed.count(name) >= 3
