"""`python -m training.evaluate`: how often a model is right."""

import json

import click

from keras_attn.cli.options import given, settings_options
from keras_attn.runs import startup as quiet
from keras_attn.runs.errors import user_errors
from keras_attn.runs.loading import load_classifier, model_file, settings_of


@click.command(context_settings={"max_content_width": 100})
@click.argument("run_or_model")
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test"]),
    default="test",
    help="which part of the dataset  [test]",
)
@click.option("--json", "as_json", is_flag=True, help="print one JSON line")
@settings_options(
    "dataset", "data_dir", "test_file", "text_column", "label_column"
)
def main(run_or_model, split, as_json, **options):
    """Measures a run's folder or a .keras file on labelled texts.

    A run is measured on the dataset it was trained on, unless another is
    given; a .keras file alone needs --dataset.
    """
    path = model_file(run_or_model)
    settings = settings_of(path, given(options))
    quiet.start()
    from keras_attn.runs.datasets import corpus_of
    from keras_attn.runs.metrics import measure

    model = load_classifier(path)
    with user_errors():
        corpus, result = corpus_of(path, settings, bool(given(options)))
        measured = measure(model, corpus, split)
    if as_json:
        click.echo(json.dumps(measured, ensure_ascii=False))
    else:
        _print(measured)
    if result is None:
        click.echo(
            "note: it is not known which of these texts were trained on; if "
            "some were, the figures are too good",
            err=True,
        )


def _print(measured):
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    console.print(
        f"accuracy {measured['accuracy']:.4f} on {measured['texts']:,} texts "
        f"of {measured['dataset']} ({measured['source']})"
    )
    table = Table(box=None)
    for column in ("label", "texts", "precision", "recall", "F1"):
        table.add_column(column, justify="left" if column == "label" else None)
    for label, row in measured["per_label"].items():
        figures = (f"{row[k]:.3f}" for k in ("precision", "recall", "f1"))
        table.add_row(label, f"{row['texts']:,}", *figures)
    console.print(table)
