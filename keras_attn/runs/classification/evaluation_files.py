"""The results of an evaluation as files: JSON, pictures, TensorBoard."""

import json
import time
from pathlib import Path

from keras_attn.runs.errors import UserError

# A run named like this is written to the logs.
TENSORBOARD_RUN = "evaluation"
_SUFFIXES = (".json", "_confusion_matrix.png", "_reliability.png")


def first_foreign(folder):
    """Find a file in a folder that no evaluation has written.

    Args:
        folder: `Path`, which may be missing.

    Returns:
        The name of the first such file, or None.
    """
    if not folder.is_dir():
        return None
    names = sorted(path.name for path in folder.iterdir())
    return next((n for n in names if not n.endswith(_SUFFIXES)), None)


def write_evaluation(measured, labels, folder, name, logs=None):
    """Write the results of an evaluation; earlier ones are replaced.

    Args:
        measured: Dictionary, as returned by `measure`.
        labels: Sequence of strings, the labels of the model.
        folder: `Path` of the folder to write to; it is created.
        name: String, with which the names of the files begin.
        logs: `Path` of a TensorBoard log directory for the pictures. Defaults
            to `None`: they are only files.

    Returns:
        A list of the `Path` of each file. Without matplotlib, there are no
        pictures.

    Raises:
        UserError: If the folder cannot be written to, or contains a file that
            no evaluation has written.
    """
    foreign = first_foreign(folder)
    if foreign:
        raise UserError(
            f"{folder / foreign} was not written by an evaluation. Nothing was "
            "changed. Choose another `--out`."
        )
    figures = _figures(measured, labels)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        results = folder / f"{name}.json"
        text = json.dumps(measured, indent=2, ensure_ascii=False)
        results.write_text(f"{text}\n", encoding="utf-8")
        files = [results]
        for kind, figure in figures.items():
            files.append(folder / f"{name}_{kind}.png")
            figure.savefig(files[-1])
        if logs is not None and figures:
            _write_events(Path(logs) / TENSORBOARD_RUN, name, figures)
    except OSError as error:
        raise UserError(
            f"{folder} cannot be written to: {error.strerror}. Choose another "
            "`--out`."
        ) from None
    return files


def _figures(measured, labels):
    """The pictures by name; empty if matplotlib is not installed."""
    try:
        from keras_attn.plots.confusion import confusion_figure
        from keras_attn.plots.reliability import reliability_figure
    except ImportError:
        return {}
    title = f"{Path(measured['dataset']).name}, {measured['split']} split, "
    title += f"{measured['texts']:,} texts"
    figures = {
        "reliability": reliability_figure(measured["calibration"], title)
    }
    if "confusion" in measured:
        figures["confusion_matrix"] = confusion_figure(
            measured["confusion"], labels, title
        )
    return figures


def _write_events(folder, name, figures):
    # Only the pictures need it, and it needs matplotlib.
    from keras_attn.tensorboard.figure_summary import figure_summary
    from keras_attn.tensorboard.run_writer import OwnRun

    run = OwnRun(folder)
    run.open(model=None)
    # TensorBoard shows one picture per tag and step, the last one at first.
    run.write(
        [
            figure_summary(f"{kind}/{name}", figure)
            for kind, figure in figures.items()
        ],
        step=int(time.time()),
    )
    run.close()
