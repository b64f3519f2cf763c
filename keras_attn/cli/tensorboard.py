"""`keras-attn tensorboard`: opens TensorBoard on the logs of runs."""

import os
import sys
from itertools import takewhile
from pathlib import Path

import click

from keras_attn.runs.errors import UserError
from keras_attn.runs.run_folder import RunFolder


@click.command(
    context_settings={
        "max_content_width": 100,
        # TensorBoard has its own options.
        "ignore_unknown_options": True,
    }
)
@click.argument(
    "words",
    metavar="RUN... [TENSORBOARD OPTIONS]",
    nargs=-1,
    required=True,
    type=click.UNPROCESSED,
)
def main(words):
    """Open TensorBoard on the logs of training runs.

    Options after the folders are passed to TensorBoard, such as --port 6007.
    """
    runs = list(takewhile(lambda word: not word.startswith("-"), words))
    if not runs:
        raise UserError(
            "No run folder. Pass it before the options of TensorBoard, as in "
            "`keras-attn tensorboard runs/reviews --port 6007`."
        )
    command = [
        sys.executable,
        "-m",
        "tensorboard.main",
        *logs_option([logs_of(run) for run in runs]),
        *words[len(runs) :],
    ]
    # Replaces this process: TensorBoard needs no Keras, and handles Ctrl-C.
    os.execv(sys.executable, command)


def logs_of(run):
    """The folder of a run's TensorBoard logs.

    Args:
        run: String, path of a run folder.

    Raises:
        UserError: If it contains no logs.
    """
    logs = RunFolder(run).logs
    if not any(logs.rglob("events.out.tfevents.*")):
        raise UserError(
            f"{run} contains no TensorBoard logs. Expected the folder of a "
            "training run, which contains logs/."
        )
    return logs


def logs_option(logs):
    """TensorBoard's option for one folder of logs, or for several.

    Args:
        logs: List of `Path`, each named `logs`.

    Raises:
        UserError: If there are several folders and TensorBoard cannot read the
            path of one.
    """
    if len(logs) == 1:
        return ["--logdir", str(logs[0])]
    paths = [path.absolute() for path in logs]
    common = Path(os.path.commonpath([path.parent.parent for path in paths]))
    named = {str(path.parent.relative_to(common)): path for path in paths}
    for text in (*named, *map(str, paths)):
        if "," in text or ":" in text:
            raise UserError(
                f"{text}: TensorBoard cannot open several runs if a path "
                "contains a comma or a colon. Open this run alone, or rename "
                "its folder."
            )
    spec = ",".join(f"{name}:{path}" for name, path in named.items())
    return ["--logdir_spec", spec]
