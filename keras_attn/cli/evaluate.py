"""`keras-attn evaluate`: how right a model is, and how sure of it."""

import importlib.util
import os
import sys
from pathlib import Path

import click
from rich.table import Table

from keras_attn.cli.loading import load_trained
from keras_attn.cli.options import (
    EVALUATION_SETTINGS,
    given,
    settings_options,
)
from keras_attn.runs.classification import TextClassification
from keras_attn.runs.classification.evaluation_files import write_evaluation
from keras_attn.runs.classification.fitted_decision import fit_decision
from keras_attn.runs.errors import UserError, user_errors
from keras_attn.runs.loading import model_file, settings_of
from keras_attn.runs.printing import json_line, plain_console, say, visible
from keras_attn.runs.run_folder import RunFolder

_SHOWN = 5  # mistakes; all ten are in the JSON file


@click.command(context_settings={"max_content_width": 100})
@click.argument("run_or_model")
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test"]),
    default="test",
    help="split of the dataset to evaluate on  [test]",
)
@click.option("--json", "as_json", is_flag=True, help="print one line of JSON")
@click.option(
    "--out",
    help="folder for JSON and pictures  [evaluation, in the folder of the run]",
)
@click.option(
    "--calibrate",
    is_flag=True,
    help="fit the temperature on validation, and save it in the model",
)
@settings_options(*EVALUATION_SETTINGS)
def main(run_or_model, split, as_json, out, calibrate, **options):
    """Evaluate a model on labeled texts.

    RUN_OR_MODEL is the folder of a training run or a .keras file. By default,
    a model is evaluated on the test split of its run's dataset. A .keras file
    without its run folder needs --dataset.

    Accuracy, precision, recall and the most confident mistakes are printed.
    All results are also written as JSON, a confusion matrix and a reliability
    diagram, and the pictures to the run's TensorBoard logs.
    """
    path = model_file(run_or_model)
    dataset_options = given(options)
    if split != "test" and "test_file" in dataset_options:
        raise UserError(
            f"A test file has no split {split!r}. Leave out --split or "
            "--test_file."
        )
    settings = settings_of(path, dataset_options)
    trained = load_trained(path, settings, bool(dataset_options))
    model, corpus = trained.model, trained.corpus
    with user_errors():
        if calibrate:
            _calibrate(model, corpus, path)
        measured = TextClassification().evaluate(
            model, corpus, split, verbose=_verbose(as_json)
        )
    if as_json:
        click.echo(json_line(measured))
    else:
        _print(measured)
    files = _write(measured, model, path, out, bool(dataset_options))
    if not as_json:
        _print_files(files)
    if trained.result is None:
        say(
            "note: the training texts of this model are unknown. If they "
            "include some of these texts, the results are too optimistic.",
            err=True,
        )


def _verbose(as_json):
    """Keras's progress bar in a terminal, nothing elsewhere."""
    return 1 if sys.stdout.isatty() and not as_json else 0


def _calibrate(model, corpus, path):
    fitted = fit_decision(model, corpus, calibrate=True)
    partial = path.with_name(f".unfinished-{path.name}")
    model.save(partial)
    os.replace(partial, path)
    errors = fitted["calibration_error"]
    say(
        f"temperature {fitted['temperature']:.3f}, saved in {path}: "
        f"calibration error on validation {errors['before']:.3f} before, "
        f"{errors['after']:.3f} after. Exports made before do not have it.",
        err=True,
    )


def _write(measured, model, path, out, is_given):
    """Write the files of the evaluation, if there is a folder for them."""
    folder = RunFolder(path.parent)
    in_run = folder.is_finished() and path.name == folder.model.name
    if out is None and not in_run:
        return []
    name = measured["split"]
    if is_given:
        name = f"{Path(measured['dataset']).stem}_{name}"
    if out is not None:
        return write_evaluation(measured, model.labels, Path(out), name)
    try:
        return write_evaluation(
            measured, model.labels, folder.evaluation, name, folder.logs
        )
    except UserError as error:  # the folder of a run may be read-only
        say(f"note: {error}", err=True)
        return []


def _print(measured):
    console = plain_console()
    scores = {"accuracy": "accuracy"}
    if "micro_f1" in measured:
        scores = {
            "micro_f1": "micro F1",
            "macro_f1": "macro F1",
            "accuracy": "all labels right",
        }
    console.print(
        ", ".join(f"{name} {measured[key]:.4f}" for key, name in scores.items())
        + f" on {measured['texts']:,} texts "
        f"of {visible(measured['dataset'])} ({visible(measured['source'])})"
    )
    console.print(_label_table(measured["per_label"]))
    error = measured["calibration"]["expected_calibration_error"]
    console.print(f"expected calibration error {error:.4f} (15 bins)")
    _print_mistakes(console, measured["mistakes"][:_SHOWN])


def _print_files(files):
    for file in files:
        say(f"written: {file}")
    if len(files) == 1 and importlib.util.find_spec("matplotlib") is None:
        say('pictures need: pip install "keras-attn[plots]"')


def _label_table(per_label):
    table = Table(box=None)
    for column in ("label", "texts", "precision", "recall", "F1"):
        table.add_column(column, justify="left" if column == "label" else None)
    for label, row in per_label.items():
        metrics = (f"{row[k]:.3f}" for k in ("precision", "recall", "f1"))
        table.add_row(visible(label), f"{row['texts']:,}", *metrics)
    return table


def _print_mistakes(console, mistakes):
    if not mistakes:
        return
    console.print("The most confident mistakes:")
    for mistake in mistakes:
        console.print(
            f"  {visible(mistake['predicted'])} {mistake['probability']:.3f}, "
            f"should be {visible(mistake['label'])}: "
            f"{visible(mistake['text'])} ({visible(mistake['location'])})",
            soft_wrap=True,
        )
