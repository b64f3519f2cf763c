"""Tables of the export formats and quantizations, one row each.

The settings, the command line, the export folder and the model card derive
from these tables. This module imports neither TensorFlow nor any runtime.
"""

import importlib
from dataclasses import dataclass

from keras_attn.export.bounds import Bound


@dataclass(frozen=True)
class Format:
    """A file format that a classifier can be exported to.

    Attributes:
        name: String, used in settings, on the command line and in
            `parity.json`.
        title: String, the format's name in headings.
        description: String, the inputs and outputs in a few words.
        suffix: String, the suffix of the file, or "" for a folder.
        takes: String, the kind of input: `"texts"` or `"ids"`.
        is_quantizable: Boolean, whether the export function has the arguments
            `quantize` and `calibration`.
        exporter: String, `"module:name"` of the export function.
        reader: String, `"module:name"` of the class that runs a file.
        extra: String, the extra of keras-attn that the format needs, or None.
        packages: Tuple of strings, the packages that exporting needs.
        reader_packages: Tuple of strings, the packages that running a file
            needs.
    """

    name: str
    title: str
    description: str
    suffix: str
    takes: str
    is_quantizable: bool
    exporter: str
    reader: str
    extra: str | None = None
    packages: tuple[str, ...] = ()
    reader_packages: tuple[str, ...] = ()

    def file_name(self, quantize=None):
        """Return the name of a file in an export folder.

        Args:
            quantize: Key of `QUANTIZATIONS`. Defaults to `None`.

        Returns:
            A string, such as `"model-int8.tflite"`.
        """
        if not self.suffix:
            return self.name
        return "-".join(filter(None, ("model", quantize))) + self.suffix

    def export_function(self):
        """Import and return the function that exports to this format."""
        return _imported(self.exporter)

    def reader_class(self):
        """Import and return the class that runs files of this format."""
        return _imported(self.reader)


@dataclass(frozen=True)
class Quantization:
    """A precision in which a file stores the weights.

    Attributes:
        name: String, used on the command line and in `parity.json`.
        description: String, how numbers are stored and computed.
        bound: `Bound`, how far a file may be from the model.
        needs_calibration: Boolean, whether training texts are needed to learn
            the ranges of activations.
    """

    name: str
    description: str
    bound: Bound
    needs_calibration: bool = False


_IDS_TO_PROBABILITIES = (
    "takes ids; returns probabilities and attention; contains the vocabulary"
)
_SAVED_MODEL = Format(
    name="saved_model",
    title="SavedModel",
    description="takes texts; returns label, probabilities and attention",
    suffix="",
    takes="texts",
    is_quantizable=False,
    exporter="keras_attn.export.saved_model.export:export_saved_model",
    reader="keras_attn.export.saved_model.folder:SavedModelFolder",
)
_TFLITE = Format(
    name="tflite",
    title="TFLite, for the LiteRT runtime",
    description=_IDS_TO_PROBABILITIES,
    suffix=".tflite",
    takes="ids",
    is_quantizable=True,
    exporter="keras_attn.export.tflite.export:export_tflite",
    reader="keras_attn.export.tflite.file:TFLiteFile",
)
_ONNX = Format(
    name="onnx",
    title="ONNX",
    description=_IDS_TO_PROBABILITIES,
    suffix=".onnx",
    takes="ids",
    is_quantizable=True,
    exporter="keras_attn.export.onnx.export:export_onnx",
    reader="keras_attn.export.onnx.file:ONNXFile",
    extra="onnx",
    packages=("onnx", "onnxruntime", "tf2onnx"),
    reader_packages=("onnx", "onnxruntime"),
)
FORMATS = {format.name: format for format in (_SAVED_MODEL, _TFLITE, _ONNX)}
NAMES = tuple(FORMATS)

# The keys are the values of the argument `quantize`.
QUANTIZATIONS = {
    None: Quantization(
        "none",
        "float32",
        # Sharp attention is ill-conditioned: with scores of 100, even Keras
        # differs from the float64 weights by 6e-5.
        Bound(1.0, max_difference=1e-5, max_attention_difference=1e-3),
    ),
    "dynamic": Quantization(
        "dynamic", "weights in 8 bits", Bound(0.995, size_ratio=0.3)
    ),
    "float16": Quantization(
        "float16", "weights in 16 bits", Bound(0.998, max_difference=2e-3)
    ),
    "int8": Quantization(
        "int8",
        "weights and products in 8 bits",
        Bound(0.99, size_ratio=0.3, accuracy_points=0.5),
        needs_calibration=True,
    ),
}
BOUNDS = {key: row.bound for key, row in QUANTIZATIONS.items()}


def require_quantization(quantize):
    """Raise a `ValueError` unless `quantize` is a key of `QUANTIZATIONS`."""
    if quantize not in list(QUANTIZATIONS):  # a list allows unhashable values
        known = ", ".join(map(repr, QUANTIZATIONS))
        raise ValueError(
            f"`quantize` must be one of {known}. Received: "
            f"quantize={quantize!r}."
        )


def _imported(path):
    module, name = path.split(":")
    return getattr(importlib.import_module(module), name)
