"""`python -m training.predict`: labels for texts."""

import contextlib
import dataclasses
import io
import json
import re
import sys
from itertools import chain

import click

from keras_attn.runs import startup as quiet
from keras_attn.runs.errors import UserError
from keras_attn.runs.loading import load_classifier, model_file

BATCH = 32
_NOT_ASCII = re.compile("[^ -~]")


@click.command(context_settings={"max_content_width": 100})
@click.argument("run_or_model")
@click.argument("texts", nargs=-1)
@click.option("--file", help="read the texts from a file, one a line")
@click.option("--json", "as_json", is_flag=True, help="print JSON lines")
@click.option(
    "--attention", is_flag=True, help="also say what the model attends to"
)
def main(run_or_model, texts, file, as_json, attention):
    """Classifies TEXTS with a run's folder or a .keras file.

    Without TEXTS and --file, texts are read from standard input, one a line.
    Lines are answered as they come; blank ones are skipped.
    """
    if texts and file:
        raise UserError("Give texts or --file, not both.")
    path = model_file(run_or_model)
    name = file or "standard input"
    with _opened(name, file) as stream:
        quiet.start()
        model = load_classifier(path)
        if texts:
            parts = [[(f"Text {i}", text) for i, text in enumerate(texts, 1)]]
        else:
            parts = _lines_as_they_come(name, stream)
        for result in _answers(model, parts, attention):
            if as_json:
                click.echo(json_line(result))
            else:
                _print(result)


def _opened(name, file):
    """The file, or standard input; nothing is read yet."""
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


def _lines_as_they_come(name, stream):
    """Lists of pairs of where a line stands, and of the line.

    A list holds the lines that are there to be read and that are not blank.
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
        raise UserError(f"{name} holds no text.")


def _whole_lines(name, stream):
    """Lists of lines, in bytes: all that end in what is there to be read."""
    rest = b""
    for chunk in chain(_chunks(name, stream), [b"\n"]):
        *ended, rest = (rest + chunk).split(b"\n")
        # The ends of lines of other systems are inside; a blank line counts.
        yield [line for part in ended for line in part.splitlines() or [b""]]


def _chunks(name, stream):
    with _file_errors(name):
        # `read1` waits for the first byte only: a slow pipe gets its answers.
        while chunk := stream.read1(2**20):
            yield chunk


def _decoded(where, line, encoding):
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        raise UserError(
            f"{where} is not UTF-8. Convert the text first."
        ) from None


def _answers(model, parts, attention):
    """Yields the classified texts of all parts, in their order."""
    for part in parts:
        for where, text in part:
            _require_readable(model.vectorizer, where, text)
        # Maps take room: no more of them at once than the model makes.
        for start in range(0, len(part), BATCH):
            texts = [text for _, text in part[start : start + BATCH]]
            yield from model.classify(texts, BATCH, attention=attention)


def _require_readable(vectorizer, where, text):
    """Refuses a text that has no token or too many, and says its place."""
    try:
        vectorizer.encode_text(text)
    except ValueError as error:  # a `TextError`
        raise UserError(f"{where} {error.problem}") from None


def json_line(result):
    """One classified text as a line of JSON, its maps where it has some."""
    values = dataclasses.asdict(result)
    if result.attention is None:
        del values["attention"]
    else:
        values["attention"] = result.attention.tolist()
    line = json.dumps(values, ensure_ascii=False)
    # JSON leaves out some that steer a terminal, and half surrogate pairs.
    return _NOT_ASCII.sub(_escaped, line)


def _escaped(match):
    character = match[0]
    if character.isprintable():
        return character
    return json.dumps(character)[1:-1]


def _print(result):
    probability = result.probabilities[result.label]
    cut = "  (its end was not read)" if result.truncated else ""
    line = f"{result.label}  {probability:.3f}  {result.text}{cut}"
    click.echo(_shown(line))
    if result.attention is not None:
        from rich.console import Console

        from keras_attn.cli.heat_table import heat_table, received_attention

        Console().print(
            heat_table(
                result.tokens,
                received_attention(result.attention),
                "Attention each token receives, mean over layers and heads",
            )
        )


# `export/device/classify.py` must run alone and has its own copy.
def _shown(text):
    """A text on one line, without what could steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
