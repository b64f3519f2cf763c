"""An exported folder: every file proven on the whole test split."""

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_attn.data import Corpus
from keras_attn.export import (
    ParityError,
    bundle,
    device,
    open_exported,
)
from keras_attn.export.formats import FORMATS, QUANTIZATIONS
from keras_attn.export.onnx import conversion as onnx
from keras_attn.export.tflite.quantization import require_calibration
from keras_attn.models import SentenceClassifier
from keras_attn.release import model_card as card
from keras_attn.release.folder import replaced
from keras_attn.release.latency import MOST_TEXTS, latencies
from keras_attn.release.proof import Reference, misses, prove
from keras_attn.runs.errors import UserError, user_errors
from keras_attn.runs.settings import Settings
from keras_attn.runs.startup import quiet
from keras_attn.runs.versions import export_versions

_COMPARED_ATTENTION = 100  # texts of the test split


@dataclass(frozen=True)
class Subject:
    """What is exported, and what is known of it.

    Args:
        model: The classifier.
        corpus: The dataset it is measured on.
        settings: `Settings`, of which those of the data are used; all of them
            if `result` is given.
        result: Dictionary, what the run's `result.json` says; None for a model
            whose training is not known, or was on other data.
    """

    model: SentenceClassifier
    corpus: Corpus
    settings: Settings
    result: dict | None = None

    def shown(self, source):
        """A name of data without the folders of whoever exports."""
        for file in (self.settings.dataset, self.settings.test_file):
            if file and Path(file).is_file():
                source = source.replace(str(Path(file)), Path(file).name)
        return source


@dataclass(frozen=True)
class Plan:
    """What is to be exported, and how.

    Args:
        files: Pairs of keys of `FORMATS` and `QUANTIZATIONS`, both in
            `keras_attn.export.formats`.
        calibration: How many training texts int8 is calibrated on, at most.
        keep_misses: Whether files that miss their bounds are kept.
    """

    files: list[tuple[str, str | None]]
    calibration: int = 300
    keep_misses: bool = False


class Missed(UserError):
    """A file misses its bound; `parity` holds the figures of all."""

    def __init__(self, parity):
        self.parity = parity
        found = [
            f"{name} misses its bound: {'; '.join(figures['misses'])}."
            for name, figures in parity["files"].items()
            if figures["misses"]
        ]
        super().__init__(
            f"{' '.join(found)} Nothing was written; --keep_misses keeps it."
        )


def require_packages(formats):
    """Refuses formats that cannot be written here.

    Raises:
        UserError: If a package that one of `formats` needs is missing.
    """
    if "onnx" in formats:
        try:
            onnx.require_packages()
        except ImportError as error:
            raise UserError(str(error)) from error


def export(subject, plan, path, say=lambda line: None):
    """Writes an exported folder, whole or not at all.

    It holds the files of the plan, `classify.py` where there is a TFLite or
    ONNX file, `parity.json` and `README.md`, the model card. A folder that
    stands at `path` is replaced.

    Args:
        subject: `Subject`.
        plan: `Plan`.
        path: `Path` of the folder.
        say: Function that is told, a line each, what is being done.

    Returns:
        The content of `parity.json`, as a dictionary.

    Raises:
        UserError: If the model or a text cannot be exported, there are too
            few training texts, or a package that a format needs is missing.
        Missed: If a file misses its bound.
    """
    require_packages(format for format, _ in plan.files)
    with replaced(path) as folder, quiet():
        with user_errors():
            calibration = _calibration(subject, plan)
            bundle.files(subject.model)  # refuses labels that no file holds
            reference = Reference(subject.model, subject.corpus)
        files = _write_files(subject, plan, folder, reference, calibration, say)
        parity = _parity(subject, reference, calibration, files)
        if not plan.keep_misses and any(f["misses"] for f in files.values()):
            raise Missed(parity)
        say("latency of single sentences")
        measured = latencies([folder / name for name in files], reference)
        parity["latency"]["files"] = dict(zip(files, measured, strict=True))
        _write_the_rest(subject, reference, parity, folder)
    return parity


def _write_files(subject, plan, folder, reference, calibration, say):
    """Writes the files of a plan; returns their figures, by name."""
    compared = reference.texts[:_COMPARED_ATTENTION]
    sizes, files = {}, {}  # sizes by format, in float32
    for format, quantize in plan.files:
        name = FORMATS[format].file_name(quantize)
        say(name)
        if quantize and format not in sizes:
            sizes[format] = _size_in_float32(subject.model, format)
        sample = _write(
            *(subject.model, folder / name, format),
            *(compared, quantize, calibration),
        )
        figures = prove(reference, folder / name, sizes.get(format))
        sizes.setdefault(format, figures["size"])
        figures |= {
            "format": format,
            "quantize": quantize or "none",
            # A NaN is as far away as a weight can be.
            "max_attention_difference": min(
                sample.max_attention_difference, 1.0
            ),
        }
        files[name] = figures | {"misses": misses(figures, quantize)}
    return files


def _write(model, path, format, texts=None, quantize=None, calibration=None):
    # Whether a file is good enough is decided on the whole split.
    how = {"keep_miss": True}
    if FORMATS[format].is_quantizable:
        how |= {"quantize": quantize, "calibration": calibration}
    try:
        with user_errors():
            return FORMATS[format].export_function()(model, path, texts, **how)
    except ParityError as error:
        raise UserError(" ".join(str(error).split())) from error


def _size_in_float32(model, format):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FORMATS[format].file_name()
        _write(model, path, format)
        return open_exported(path).size


def _calibration(subject, plan):
    """Training texts, drawn by the run's seed; none if nobody needs them."""
    if not any(QUANTIZATIONS[q].needs_calibration for _, q in plan.files):
        return []
    texts = subject.corpus.train.texts
    rng = np.random.default_rng(subject.settings.seed)
    drawn = rng.permutation(len(texts))[: plan.calibration]
    calibration = [texts[i] for i in sorted(drawn)]
    require_calibration("int8", calibration)
    return calibration


def _parity(subject, reference, calibration, files):
    return {
        "dataset": subject.shown(subject.corpus.name),
        "split": subject.shown(subject.corpus.test.source),
        "labels": list(subject.model.labels),
        "texts": len(reference.texts),
        "accuracy": reference.accuracy,
        "calibration_texts": len(calibration),
        "files": files,
        "latency": {
            "texts": min(MOST_TEXTS, len(reference.texts)),
            "threads": 1,
            "files": {},
        },
        "versions": export_versions(),
    }


def _write_the_rest(subject, reference, parity, folder):
    formats = (FORMATS[f["format"]] for f in parity["files"].values())
    if any(format.takes == "ids" for format in formats):
        script = Path(device.__file__).with_name("classify.py")
        shutil.copyfile(script, folder / "classify.py")
    text = json.dumps(parity, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / "parity.json").write_text(f"{text}\n", encoding="utf-8")
    (folder / "README.md").write_text(
        card.text(subject, reference, parity), encoding="utf-8"
    )
