"""`keras-attn export`: exported files, each compared with the model."""

from pathlib import Path

import click
import keras

from keras_attn.cli.loading import load_trained
from keras_attn.cli.options import (
    EVALUATION_SETTINGS,
    given,
    settings_options,
)
from keras_attn.cli.repeated_options import RepeatedOptions
from keras_attn.export.formats import FORMATS, NAMES, QUANTIZATIONS
from keras_attn.release import parity_table
from keras_attn.release.export_folder import require_replaceable
from keras_attn.release.exporter import BoundMissed, ExportPlan, export
from keras_attn.runs.errors import UserError
from keras_attn.runs.loading import model_file, settings_of
from keras_attn.runs.printing import say

_QUANTIZATIONS = {row.name: key for key, row in QUANTIZATIONS.items()}


@click.command(cls=RepeatedOptions, context_settings={"max_content_width": 100})
@click.argument("run_or_model")
@click.option(
    "--to",
    "formats",
    multiple=True,
    type=click.Choice(NAMES),
    default=("saved_model", "tflite"),
    help="one or more formats  [saved_model tflite]",
)
@click.option(
    "--quantize",
    "quantizations",
    multiple=True,
    type=click.Choice(tuple(_QUANTIZATIONS)),
    default=("none",),
    help="one or more, for tflite and onnx  [none]",
)
@click.option("--out", help="folder to write to  [export, next to the model]")
@click.option("--overwrite", is_flag=True, help="replace an earlier export")
@click.option(
    "--keep_misses",
    is_flag=True,
    help="keep files that miss their bound, and mark them",
)
@click.option(
    "--calibration",
    type=click.IntRange(min=100),
    default=300,
    metavar="N",
    help="maximum number of training texts for the calibration of int8  [300]",
)
@settings_options(*EVALUATION_SETTINGS)
def main(run_or_model, formats, quantizations, out, overwrite, **options):
    """Export a model, and compare every exported file with it.

    RUN_OR_MODEL is the folder of a training run or a .keras file. Each
    exported file is compared with the Keras model on the whole test split of
    the run's dataset, or of the dataset given with --dataset. A .keras file
    without its run folder needs --dataset.
    """
    path = model_file(run_or_model)
    dataset_options = given(options)
    settings = settings_of(path, dataset_options)
    folder = Path(out) if out else path.parent / "export"
    require_replaceable(folder, overwrite)
    files = _files(formats, quantizations)
    _require_tensorflow()
    plan = ExportPlan(files, options["calibration"], options["keep_misses"])
    trained = load_trained(path, settings, bool(dataset_options))
    try:
        parity = export(trained, plan, folder, say)
    except BoundMissed as missed:
        parity_table.show(missed.parity)
        raise
    parity_table.show(parity)
    say(f"{folder}/README.md describes each file and how to use it.")


def _require_tensorflow():
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise UserError(
            "Exports need Keras on TensorFlow. Received: backend="
            f"{backend!r}. Set KERAS_BACKEND=tensorflow. A .keras file loads "
            "on any backend."
        )


def _files(formats, quantizations):
    """Pairs of a format and a quantization, float32 first."""
    chosen = [q for name, q in _QUANTIZATIONS.items() if name in quantizations]
    if "saved_model" in formats and chosen != [None]:
        say("A SavedModel cannot be quantized. It is saved in float32.")
    files = []
    for format in (f for f in NAMES if f in formats):
        for quantize in chosen if FORMATS[format].is_quantizable else [None]:
            files.append((format, quantize))
    return files
