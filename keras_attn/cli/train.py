"""`keras-attn train`: from a dataset to a trained classifier."""

import sys
from pathlib import Path

import click

from keras_attn.cli import report
from keras_attn.cli.column_choice import ask_for_columns
from keras_attn.cli.options import given, settings_options
from keras_attn.release.export_folder import first_foreign
from keras_attn.release.training_exports import export_run, require_exportable
from keras_attn.runs import training
from keras_attn.runs.classification import TextClassification
from keras_attn.runs.classification.evaluation_files import (
    first_foreign as first_foreign_evaluation,
)
from keras_attn.runs.errors import UserError
from keras_attn.runs.printing import say
from keras_attn.runs.recipe import located, resolve
from keras_attn.runs.run_folder import RunFolder


@click.command(context_settings={"max_content_width": 100})
@click.argument("data", metavar="[DATASET]", required=False)
@click.option(
    "--recipe", help="YAML file of settings, or name of an included recipe"
)
@click.option(
    "--run_dir",
    help="folder of the run  [runs/ followed by the dataset's name]",
)
@click.option("--resume", is_flag=True, help="continue the run in --run_dir")
@click.option("--overwrite", is_flag=True, help="replace an earlier run")
@settings_options()
def main(data, recipe, run_dir, resume, overwrite, **options):
    """Train a text classifier, test it, and export it if requested.

    DATASET is a CSV, TSV or JSONL file, or the name of a TFDS dataset. Settings
    on the command line override those in the recipe, which override the
    defaults shown in brackets.
    """
    settings = given(options)
    if data is not None:
        if settings.get("dataset", data) != data:
            raise UserError(
                f"Two datasets: {data} and `--dataset {settings['dataset']}`. "
                "Pass only one."
            )
        settings["dataset"] = data
    if resume:
        folder, settings = _stopped_run(run_dir, recipe, settings)
    else:
        settings = resolve(recipe, settings)
        folder = RunFolder(run_dir or _default_run_dir(settings))
    folder.require_free(resume, overwrite)
    if overwrite:
        _require_own_folders(folder)
    _train(settings, folder, resume)


def _train(settings, folder, resume):
    task = TextClassification(settings)
    require_exportable(settings.export, labels=())  # before data is read
    dataset, settings = ask_for_columns(task.read, settings)
    require_exportable(settings.export, dataset.label_names)
    run = training.prepare(task, dataset, settings)
    training.begin(run, folder, resume)
    for line in run.data.summary():
        say(line)
    verbose = 1 if sys.stdout.isatty() else 2
    model, result = training.train(run, folder, verbose)
    result["exports"] = export_run(
        model, dataset, run.settings, result, folder.export
    )
    folder.write_result(result)
    report.show(run, model, folder, result)


def _default_run_dir(settings):
    path = Path(settings.dataset)
    if path.is_absolute():  # as in the recipe of a run
        return f"runs/{path.stem}"
    name = settings.dataset.replace("/", "_")
    return f"runs/{name.rsplit('.', 1)[0]}"


def _stopped_run(run_dir, recipe, options):
    """The folder and the settings of the run to resume."""
    if run_dir is None:
        raise UserError(
            "`--resume` needs `--run_dir`, the folder of the stopped run."
        )
    folder = RunFolder(run_dir)
    folder.require_free(resume=True, overwrite=False)
    began = resolve(folder.recipe, {})
    if recipe or located(resolve(folder.recipe, options)) != began:
        raise UserError(
            "A run can only be resumed with the settings it began with, which "
            f"are in {folder.recipe}. Leave out `--recipe` and other settings."
        )
    return folder, began


def _require_own_folders(folder):
    """Check that the folders to be removed contain only files of the run."""
    for path, first in (
        (folder.export, first_foreign(folder.export)),
        (folder.evaluation, first_foreign_evaluation(folder.evaluation)),
    ):
        if first:
            raise UserError(
                f"{path / first} was not written by a training run. Nothing "
                "was changed. Move it, or choose another `--run_dir`."
            )
