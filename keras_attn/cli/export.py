"""`python -m training.export`: a folder to hand on, with its proof."""

import os
from pathlib import Path

import click

from keras_attn.cli.options import given, settings_options
from keras_attn.cli.several_values import SeveralValues
from keras_attn.export.formats import FORMATS, NAMES, QUANTIZATIONS
from keras_attn.release.export_folder import require_replaceable
from keras_attn.runs import startup as quiet
from keras_attn.runs.errors import UserError, user_errors
from keras_attn.runs.loading import load_classifier, model_file, settings_of

_QUANTIZATIONS = {row.name: key for key, row in QUANTIZATIONS.items()}


@click.command(cls=SeveralValues, context_settings={"max_content_width": 100})
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
@click.option("--out", help="folder to be made  [export, beside the model]")
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
    help="training sentences that int8 is calibrated on  [300]",
)
@settings_options(
    "dataset", "data_dir", "test_file", "text_column", "label_column"
)
def main(run_or_model, formats, quantizations, out, overwrite, **options):
    """Exports a run's folder or a .keras file, and proves every file.

    Each file is compared with the Keras model on the whole test split of the
    dataset the run was trained on, unless another is given; a .keras file
    alone needs --dataset.
    """
    path = model_file(run_or_model)
    settings = settings_of(path, given(options))
    folder = Path(out) if out else path.parent / "export"
    require_replaceable(folder, overwrite)
    files = _files(formats, quantizations)
    _start()
    from keras_attn.release.exporter import BoundMissed, ExportPlan, export
    from keras_attn.release.parity_table import show

    plan = ExportPlan(files, options["calibration"], options["keep_misses"])
    trained = _trained_model(path, settings, bool(given(options)))
    try:
        parity = export(trained, plan, folder, click.echo)
    except BoundMissed as missed:
        show(missed.parity)
        raise
    show(parity)
    click.echo(f"{folder}/README.md says how to use each file.")


def _start():
    # Asked twice: another backend may not be installed, and a file of Keras's
    # own can choose it too.
    _require_tensorflow(os.environ.get("KERAS_BACKEND") or "tensorflow")
    quiet.start()
    import keras

    _require_tensorflow(keras.backend.backend())


def _require_tensorflow(backend):
    if backend != "tensorflow":
        raise UserError(
            "Exports need Keras on TensorFlow. Received: backend="
            f"{backend!r}. Start with KERAS_BACKEND=tensorflow; a .keras file "
            "loads on any backend."
        )


def _files(formats, quantizations):
    """Pairs of a format and a quantization, float32 first."""
    chosen = [q for name, q in _QUANTIZATIONS.items() if name in quantizations]
    if "saved_model" in formats and chosen != [None]:
        click.echo("A SavedModel is not quantized: it is written in float32.")
    files = []
    for format in (f for f in NAMES if f in formats):
        for quantize in chosen if FORMATS[format].is_quantizable else [None]:
            files.append((format, quantize))
    return files


def _trained_model(path, settings, is_given):
    from keras_attn.release.trained_model import TrainedModel
    from keras_attn.runs.datasets import corpus_of

    model = load_classifier(path)
    with user_errors():
        corpus, result = corpus_of(path, settings, is_given)
    return TrainedModel(model, corpus, settings, result)
