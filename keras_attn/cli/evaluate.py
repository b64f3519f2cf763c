"""`keras-attn evaluate`: accuracy, precision and recall of a model."""

import click
from rich.table import Table

from keras_attn.cli.options import (
    EVALUATION_SETTINGS,
    given,
    settings_options,
)
from keras_attn.runs.classification import TextClassification
from keras_attn.runs.errors import UserError, user_errors
from keras_attn.runs.loading import (
    load_model,
    model_file,
    read_dataset,
    settings_of,
)
from keras_attn.runs.printing import json_line, plain_console, say, visible


@click.command(context_settings={"max_content_width": 100})
@click.argument("run_or_model")
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test"]),
    default="test",
    help="split of the dataset to evaluate on  [test]",
)
@click.option("--json", "as_json", is_flag=True, help="print one line of JSON")
@settings_options(*EVALUATION_SETTINGS)
def main(run_or_model, split, as_json, **options):
    """Evaluate a model on labeled texts.

    RUN_OR_MODEL is the folder of a training run or a .keras file. By default,
    a model is evaluated on the test split of its run's dataset. A .keras file
    without its run folder needs --dataset.
    """
    task = TextClassification()
    path = model_file(run_or_model)
    dataset_options = given(options)
    if split != "test" and "test_file" in dataset_options:
        raise UserError(
            f"A test file has no split {split!r}. Leave out --split or "
            "--test_file."
        )
    settings = settings_of(path, dataset_options)
    model = load_model(path, task)
    with user_errors():
        dataset, result = read_dataset(
            path, task, settings, bool(dataset_options)
        )
        if settings.drop_unknown_labels:
            dataset = dataset.with_labels(model.labels)
        measured = task.evaluate(model, dataset, split)
    if as_json:
        click.echo(json_line(measured))
    else:
        _print(measured)
    if result is None:
        say(
            "note: the training texts of this model are unknown. If they "
            "include some of these texts, the results are too optimistic.",
            err=True,
        )


def _print(measured):
    console = plain_console()
    console.print(
        f"accuracy {measured['accuracy']:.4f} on {measured['texts']:,} texts "
        f"of {visible(measured['dataset'])} ({visible(measured['source'])})"
    )
    table = Table(box=None)
    for column in ("label", "texts", "precision", "recall", "F1"):
        table.add_column(column, justify="left" if column == "label" else None)
    for label, row in measured["per_label"].items():
        metrics = (f"{row[k]:.3f}" for k in ("precision", "recall", "f1"))
        table.add_row(visible(label), f"{row['texts']:,}", *metrics)
    console.print(table)
