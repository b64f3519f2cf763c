"""`keras-attn predict`: labels for texts."""

import dataclasses
import difflib
import re

import click

from keras_attn.cli.decided import decided_text, shown_text
from keras_attn.cli.heat_table import attention_table
from keras_attn.cli.text_lines import numbered_lines, opened
from keras_attn.runs.classification import TextClassification
from keras_attn.runs.errors import UserError
from keras_attn.runs.loading import load_model, model_file
from keras_attn.runs.printing import json_line, plain_console, say
from keras_attn.text import TextError, join_pair
from keras_attn.text.pairs import TAB

BATCH = 32
MANY = 4096  # texts that are sorted by length together


class _TextArguments(click.Command):
    """A command whose arguments may begin with "-", such as "-5 degrees".

    A word that begins with "-" is an argument if it contains a space or if a
    digit or nothing follows. Any other such word is an option. After `--`,
    every word is an argument.
    """

    def parse_args(self, ctx, args):
        options = {name for p in self.get_params(ctx) for name in p.opts}
        for word in args:
            if word == "--":
                break
            name = word.partition("=")[0]
            if _is_option(word) and name not in options:
                raise click.NoSuchOption(
                    name,
                    f"No such option: {name}. Write `--` before a text that "
                    'begins with "-".',
                    difflib.get_close_matches(name, options),
                )
        ctx.ignore_unknown_options = True
        return super().parse_args(ctx, args)


def _is_option(word):
    return re.fullmatch(r"-[^\d\s]\S*", word) is not None


@click.command(cls=_TextArguments, context_settings={"max_content_width": 100})
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
    classified as they arrive. Blank lines are skipped. A model of pairs takes
    two arguments, or two texts separated by a tab, for each pair. Write --
    before a text that begins with a dash and has no space.
    """
    if texts and file:
        raise UserError("Pass texts or `--file`, not both.")
    path = model_file(run_or_model)
    name = file or "standard input"
    with opened(name, file) as stream:
        model = load_model(path, TextClassification())
        several = model.decision.is_multi_label
        if texts:
            texts = _pairs(texts) if model.vectorizer.pairs else texts
            parts = [[(f"Text {i}", text) for i, text in enumerate(texts, 1)]]
        else:
            parts = numbered_lines(name, stream)
        for result in _classify(model, parts, attention):
            if as_json:
                click.echo(json_line(_values(result, several)))
            else:
                _print(result)


def _pairs(texts):
    """Join the first argument with the second, the third with the fourth, ...

    Arguments with a tab are pairs already.
    """
    if any(TAB in text for text in texts):
        return texts
    if len(texts) % 2:
        raise UserError(
            f"The model takes pairs of texts. Received: {len(texts)} texts. "
            "Pass two texts for each pair."
        )
    return list(map(join_pair, texts[::2], texts[1::2]))


def _classify(model, parts, attention):
    """Yield the classified texts of all parts, in their order."""
    for part in parts:
        encoded = [_encoded(model.vectorizer, *line) for line in part]
        # Maps need memory, so keep those of only one batch at a time.
        size = BATCH if attention else MANY
        for start in range(0, len(encoded), size):
            some = encoded[start : start + size]
            yield from model.classify(some, BATCH, attention=attention)


def _encoded(vectorizer, where, text):
    try:
        return vectorizer.encode_text(text)
    except TextError as error:
        raise UserError(f"{where} {error.problem}") from None


def _values(result, several):
    """A `Classification` as a dictionary, with its maps if it has them."""
    values = dataclasses.asdict(result)
    if not several:
        del values["labels"]
    if result.attention is None:
        del values["attention"]
    else:
        values["attention"] = result.attention.tolist()
    return values


def _print(result):
    labels, probabilities = decided_text(result)
    cut = "  (the end was not read)" if result.truncated else ""
    say(f"{labels}  {probabilities}  {shown_text(result)}{cut}")
    if result.attention is not None:
        table = attention_table(result.tokens, result.attention)
        plain_console().print(table)
