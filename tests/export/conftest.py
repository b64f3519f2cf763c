"""Models exported once per test run, shared by all test processes."""

import dataclasses
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import keras
import pytest

from keras_attn.export import (
    Parity,
    export_onnx,
    export_saved_model,
    export_tflite,
)
from keras_attn.export.device import classify
from keras_attn.export.tflite import conversion
from keras_attn.models import SentenceClassifier
from tests.export.cases import TEXTS, trained_classifier, unicode_classifier
from tests.session_cache import shared_folder


@dataclass
class Exported:
    """A model and its exports.

    Attributes:
        model: The classifier.
        folder: `Path` of `model.tflite`, `saved_model`, and `classify.py`.
        parity: Dictionary from file names to the `Parity` of each.
        plain: Bytes, the TFLite file without the files inside.
        tflite: Bytes, the TFLite file.
    """

    model: SentenceClassifier
    folder: Path
    parity: dict[str, Parity]
    plain: bytes
    tflite: bytes


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """A classifier with every kind of attention map, and its exports."""
    parent = shared_folder(tmp_path_factory, "export", _build_exports)
    folder = parent / "files"
    return Exported(
        keras.models.load_model(parent / "model.keras"),
        folder,
        _read_parities(parent),
        (parent / "plain.tflite").read_bytes(),
        (folder / "model.tflite").read_bytes(),
    )


def _build_exports(parent):
    model = unicode_classifier()
    model.save(parent / "model.keras")
    folder = parent / "files"
    folder.mkdir()
    shutil.copy(classify.__file__, folder)
    convert = conversion.convert

    def kept(*arguments):
        plain = convert(*arguments)
        (parent / "plain.tflite").write_bytes(plain)
        return plain

    exports = {
        "model.tflite": export_tflite,
        "saved_model": export_saved_model,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conversion, "convert", kept)
        parities = {
            name: function(model, folder / name, TEXTS)
            for name, function in exports.items()
        }
    _write_parities(parent, parities)


@pytest.fixture(scope="session")
def onnx_packages():
    """Skips the test if packages for ONNX are missing."""
    for package in ("onnx", "onnxruntime", "tf2onnx"):
        pytest.importorskip(package)


@pytest.fixture(scope="session")
def exported_onnx(exported, onnx_packages, tmp_path_factory):
    """The path and the `Parity` of the same classifier's ONNX file."""

    def build(folder):
        parity = export_onnx(exported.model, folder / "model.onnx", TEXTS)
        _write_parities(folder, {"model.onnx": parity})

    folder = shared_folder(tmp_path_factory, "export-onnx", build)
    return folder / "model.onnx", _read_parities(folder)["model.onnx"]


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A trained classifier and the texts it was trained on."""

    def build(folder):
        model, texts = trained_classifier()
        model.save(folder / "model.keras")
        (folder / "texts.txt").write_text("\n".join(texts))

    folder = shared_folder(tmp_path_factory, "export-trained", build)
    model = keras.models.load_model(folder / "model.keras")
    return model, (folder / "texts.txt").read_text().split("\n")


def _write_parities(folder, parities):
    values = {name: dataclasses.asdict(p) for name, p in parities.items()}
    (folder / "parities.json").write_text(json.dumps(values))


def _read_parities(folder):
    values = json.loads((folder / "parities.json").read_text())
    return {name: Parity(**fields) for name, fields in values.items()}
