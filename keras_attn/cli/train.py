"""`python -m training.train`: from a dataset to a trained classifier."""

import sys

import click

from keras_attn.cli.options import given, settings_options
from keras_attn.runs import startup as quiet
from keras_attn.runs.errors import UserError
from keras_attn.runs.run_folder import RunDir
from keras_attn.runs.settings import located, resolve


@click.command(context_settings={"max_content_width": 100})
@click.option("--recipe", help="YAML file of settings, or a recipe of ours")
@click.option(
    "--run_dir", help="folder for all files  [runs/ and the dataset's name]"
)
@click.option("--resume", is_flag=True, help="go on with a stopped run")
@click.option("--overwrite", is_flag=True, help="replace an earlier run")
@settings_options()
def main(recipe, run_dir, resume, overwrite, **options):
    """Trains a sentence classifier, tests it, and exports it where asked.

    A setting comes from the command line, else from the recipe, else it has
    the default shown in brackets.
    """
    if resume:
        folder, settings = _stopped_run(run_dir, recipe, given(options))
    else:
        settings = resolve(recipe, given(options))
        folder = RunDir(run_dir or _default_run_dir(settings))
    folder.require_free(resume, overwrite)
    quiet.start()
    from keras_attn.cli import report
    from keras_attn.runs.training import train

    data, model, result = train(
        settings, folder, resume, verbose=1 if sys.stdout.isatty() else 2
    )
    report.show(data, model, folder, result)


def _default_run_dir(settings):
    name = settings.dataset.replace("/", "_").removeprefix("_")
    return f"runs/{name.rsplit('.', 1)[0]}"


def _stopped_run(run_dir, recipe, options):
    """The folder and the settings of the run to go on with."""
    if run_dir is None:
        raise UserError("--resume needs --run_dir, the stopped run's folder.")
    folder = RunDir(run_dir)
    folder.require_free(resume=True, overwrite=False)
    began = resolve(folder.recipe, {})
    if recipe or located(resolve(folder.recipe, options)) != began:
        raise UserError(
            f"A run goes on with the settings it began with, those in "
            f"{folder.recipe}. Leave --recipe and other settings out."
        )
    return folder, began
