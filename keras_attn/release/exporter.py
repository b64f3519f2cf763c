"""Writes an export folder and compares its files on the whole test split."""

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_attn.export import (
    ParityError,
    bundle,
    device,
    open_exported,
    requirements,
)
from keras_attn.export.calibration import require_calibration
from keras_attn.export.formats import FORMATS, QUANTIZATIONS
from keras_attn.release.card import model_card
from keras_attn.release.export_folder import replaced
from keras_attn.release.latency import MAX_TEXTS, measure_latencies
from keras_attn.release.proof import Reference, missed_bounds, prove
from keras_attn.runs.errors import UserError, user_errors
from keras_attn.runs.provenance import export_versions
from keras_attn.runs.quiet import quiet

_ATTENTION_TEXTS = 100  # texts whose attention weights are compared


@dataclass(frozen=True)
class ExportPlan:
    """Which files to export, and how.

    Args:
        files: List of pairs of a key of `FORMATS` and a key of
            `QUANTIZATIONS`, both in `keras_attn.export.formats`.
        calibration: Positive integer, maximum number of training texts used
            to calibrate int8. Defaults to `300`.
        keep_misses: Boolean, whether to keep files that miss their bounds.
            Defaults to `False`.
    """

    files: list[tuple[str, str | None]]
    calibration: int = 300
    keep_misses: bool = False


class BoundMissed(UserError):
    """An exported file misses its bound.

    Args:
        parity: Dictionary, the measurements of all files, in the format of
            `parity.json`.
    """

    def __init__(self, parity):
        self.parity = parity
        missed = [
            f"{name} misses its bound: {'; '.join(measured['misses'])}."
            for name, measured in parity["files"].items()
            if measured["misses"]
        ]
        super().__init__(
            f"{' '.join(missed)} Nothing was written. To keep such files, use "
            "`keras-attn export` with --keep_misses."
        )


def require_packages(formats):
    """Check that the optional packages of some formats are installed.

    Args:
        formats: Iterable of export format names.

    Raises:
        UserError: If a package is missing.
    """
    for name in formats:
        try:
            requirements.require_packages(FORMATS[name], f"export_{name}")
        except ImportError as error:
            raise UserError(str(error)) from error


def export(trained, plan, path, report=lambda line: None):
    """Write an export folder completely, or change nothing.

    The folder contains the files of the plan, `classify.py` if there is a
    TFLite or ONNX file, `parity.json` and the model card, `README.md`. An
    existing folder at `path` is replaced.

    Args:
        trained: `TrainedModel`.
        plan: `ExportPlan`.
        path: `Path` of the folder.
        report: Function that receives one line of text per step. Defaults to
            no report.

    Returns:
        The content of `parity.json`, a dictionary.

    Raises:
        UserError: If the model or a text cannot be exported, there are too
            few training texts to calibrate, or a package is missing.
        BoundMissed: If a file misses its bound and `plan.keep_misses` is
            false.
    """
    require_packages([format for format, _ in plan.files])
    with replaced(path) as folder, quiet():
        with user_errors():
            calibration = _calibration_texts(trained, plan)
            bundle.files(trained.model)  # raises if a label cannot be stored
            reference = Reference(trained.model, trained.corpus)
        files = _write_files(
            trained.model, plan, folder, reference, calibration, report
        )
        parity = _parity(trained, reference, calibration, files)
        if not plan.keep_misses and any(f["misses"] for f in files.values()):
            raise BoundMissed(parity)
        report("latency of single texts")
        latencies = measure_latencies([folder / n for n in files], reference)
        parity["latency"]["files"] = dict(zip(files, latencies, strict=True))
        _write_script(folder, files)
        _write_parity(folder, parity)
        card = model_card.render(trained, reference, parity)
        (folder / "README.md").write_text(card, encoding="utf-8")
    return parity


def _write_files(model, plan, folder, reference, calibration, report):
    """Write the files of a plan; return their measurements by file name."""
    texts = reference.texts[:_ATTENTION_TEXTS]
    float32_sizes, files = {}, {}
    for format, quantize in plan.files:
        name = FORMATS[format].file_name(quantize)
        report(name)
        if quantize and format not in float32_sizes:
            float32_sizes[format] = _float32_size(model, format)
        sample = _write_file(
            model, folder / name, format, texts, quantize, calibration
        )
        measured = prove(reference, folder / name, float32_sizes.get(format))
        float32_sizes.setdefault(format, measured["size"])
        measured |= {
            "format": format,
            "quantize": quantize or "none",
            # A NaN counts as the largest possible difference of a weight.
            "max_attention_difference": min(
                sample.max_attention_difference, 1.0
            ),
        }
        measured["misses"] = missed_bounds(measured, quantize)
        files[name] = measured
    return files


def _write_file(
    model, path, format, texts=None, quantize=None, calibration=None
):
    # Bounds are applied later, to the measurements on the whole test split.
    options = {"keep_miss": True}
    if FORMATS[format].is_quantizable:
        options |= {"quantize": quantize, "calibration": calibration}
    try:
        with user_errors():
            export_function = FORMATS[format].export_function()
            return export_function(model, path, texts, **options)
    except ParityError as error:
        raise UserError(" ".join(str(error).split())) from error


def _float32_size(model, format):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FORMATS[format].file_name()
        _write_file(model, path, format)
        return open_exported(path).size


def _calibration_texts(trained, plan):
    """Draw training texts with the run's seed, if a file needs them."""
    if not any(QUANTIZATIONS[q].needs_calibration for _, q in plan.files):
        return []
    texts = trained.corpus.train.texts
    rng = np.random.default_rng(trained.settings.seed)
    drawn = rng.permutation(len(texts))[: plan.calibration]
    calibration = [texts[i] for i in sorted(drawn)]
    require_calibration("int8", calibration)
    return calibration


def _parity(trained, reference, calibration, files):
    return {
        "dataset": trained.without_folders(trained.corpus.name),
        "split": trained.without_folders(trained.corpus.test.source),
        "labels": list(trained.model.labels),
        "texts": len(reference.texts),
        "accuracy": reference.accuracy,
        "calibration_texts": len(calibration),
        "files": files,
        "latency": {
            "texts": min(MAX_TEXTS, len(reference.texts)),
            "threads": 1,
            "files": {},
        },
        "versions": export_versions(),
    }


def _write_script(folder, files):
    """Copy `classify.py` next to files that take ids."""
    formats = (FORMATS[measured["format"]] for measured in files.values())
    if any(format.takes == "ids" for format in formats):
        script = Path(device.__file__).with_name("classify.py")
        shutil.copyfile(script, folder / "classify.py")


def _write_parity(folder, parity):
    text = json.dumps(parity, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / "parity.json").write_text(f"{text}\n", encoding="utf-8")
