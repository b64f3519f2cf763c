"""`python -m training.predict`: labels for texts."""

import dataclasses
import json
import sys
from pathlib import Path

import click

from training import quiet
from training.command import run
from training.errors import UserError, user_errors
from training.loading import load_classifier, model_file


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
    """
    path = model_file(run_or_model)
    texts = _texts(texts, file)
    quiet.start()
    model = load_classifier(path)
    with user_errors():
        results = model.classify(texts)
    for result in results:
        if as_json:
            click.echo(json_line(result, attention))
        else:
            _print(result, attention)


def _texts(texts, file):
    if texts and file:
        raise UserError("Give texts or --file, not both.")
    if texts:
        return list(texts)
    name = file or "standard input"
    try:
        data = Path(file).read_bytes() if file else sys.stdin.buffer.read()
    except OSError as error:
        raise UserError(f"{name}: {error.strerror.lower()}.") from None
    lines = []
    for number, line in enumerate(data.splitlines(), 1):
        try:
            lines.append(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except UnicodeDecodeError:
            raise UserError(
                f"{name}, line {number} is not UTF-8. Convert the text first."
            ) from None
    if not lines:
        raise UserError(f"{name} holds no text.")
    return lines


def json_line(result, attention):
    """One classified text as a line of JSON."""
    values = dataclasses.asdict(result)
    values["attention"] = result.attention.tolist()
    if not attention:
        del values["attention"]
    return json.dumps(values, ensure_ascii=False)


def _print(result, attention):
    probability = result.probabilities[result.label]
    cut = "  (its end was not read)" if result.truncated else ""
    click.echo(f"{result.label}  {probability:.3f}  {result.text}{cut}")
    if attention:
        from rich.console import Console

        from training.heat import heat_table, received_attention

        Console().print(
            heat_table(
                result.tokens,
                received_attention(result.attention),
                "Attention each token receives, mean over layers and heads",
            )
        )


if __name__ == "__main__":
    run(main)
