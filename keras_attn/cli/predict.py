"""`keras-attn predict`: labels for texts."""

import dataclasses
import json
import re

import click
from rich.console import Console

from keras_attn.cli.heat_table import attention_table
from keras_attn.cli.text_lines import numbered_lines, opened
from keras_attn.runs.classification import TextClassification
from keras_attn.runs.errors import UserError
from keras_attn.runs.loading import load_model, model_file
from keras_attn.text import TextError

BATCH = 32
_NOT_ASCII = re.compile("[^ -~]")


@click.command(context_settings={"max_content_width": 100})
@click.argument("run_or_model")
@click.argument("texts", nargs=-1)
@click.option("--file", help="read the texts from a file, one per line")
@click.option(
    "--json", "as_json", is_flag=True, help="print one JSON object per line"
)
@click.option(
    "--attention", is_flag=True, help="also print each token's attention"
)
def main(run_or_model, texts, file, as_json, attention):
    """Classify texts.

    RUN_OR_MODEL is the folder of a training run or a .keras file. Without
    TEXTS and --file, texts are read from standard input, one per line, and
    classified as they arrive. Blank lines are skipped.
    """
    if texts and file:
        raise UserError("Pass texts or `--file`, not both.")
    path = model_file(run_or_model)
    name = file or "standard input"
    with opened(name, file) as stream:
        model = load_model(path, TextClassification())
        if texts:
            parts = [[(f"Text {i}", text) for i, text in enumerate(texts, 1)]]
        else:
            parts = numbered_lines(name, stream)
        for result in _classify(model, parts, attention):
            if as_json:
                click.echo(json_line(result))
            else:
                _print(result)


def _classify(model, parts, attention):
    """Yield the classified texts of all parts, in their order."""
    for part in parts:
        encoded = [_encoded(model.vectorizer, *line) for line in part]
        # Maps need memory, so keep those of only one batch at a time.
        for start in range(0, len(encoded), BATCH):
            batch = encoded[start : start + BATCH]
            yield from model.classify(batch, BATCH, attention=attention)


def _encoded(vectorizer, where, text):
    try:
        return vectorizer.encode_text(text)
    except TextError as error:
        raise UserError(f"{where} {error.problem}") from None


def json_line(result):
    """A `Classification` as one line of JSON, with its maps if it has them."""
    values = dataclasses.asdict(result)
    if result.attention is None:
        del values["attention"]
    else:
        values["attention"] = result.attention.tolist()
    line = json.dumps(values, ensure_ascii=False)
    # JSON does not escape lone surrogates, nor all characters that control a
    # terminal.
    return _NOT_ASCII.sub(_escaped, line)


def _escaped(match):
    character = match[0]
    if character.isprintable():
        return character
    return json.dumps(character)[1:-1]


def _print(result):
    probability = result.probabilities[result.label]
    cut = "  (the end was not read)" if result.truncated else ""
    click.echo(
        _printable(f"{result.label}  {probability:.3f}  {result.text}{cut}")
    )
    if result.attention is not None:
        Console().print(attention_table(result.tokens, result.attention))


# `export/device/classify.py` must run on its own and has its own copy.
def _printable(text):
    """A text on one line, without characters that control a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
