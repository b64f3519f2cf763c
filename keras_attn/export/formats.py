"""The export formats and quantizations: one table row each.

Settings, command line, export folder and model card derive from these tables.
The module imports neither TensorFlow nor a runtime, so that anything may
import it.
"""

import importlib
from dataclasses import dataclass

from keras_attn.export.bounds import Bound


@dataclass(frozen=True)
class Format:
    """A file format that a classifier can be exported to.

    Attributes:
        name: String, as in settings, on the command line and in
            `parity.json`.
        title: String, a heading for people.
        description: String, what goes in and what comes out.
        suffix: String, the end of the file's name; "" for a folder.
        takes: String, `"texts"` or `"ids"`.
        is_quantizable: Boolean, whether the weights can be quantized.
        exporter: String, `"module:function"`, see `export_function`.
        reader: String, `"module:class"`, see `reader_class`.
        extra: String, the optional part of keras-attn that exporting needs;
            None if the core is enough.
        packages: Tuple of strings, the packages of `extra`.
        reader_packages: Tuple of strings, those that reading a file needs.
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
        """The name of a file in an export folder.

        Args:
            quantize: Key of `QUANTIZATIONS`. Defaults to `None`.

        Returns:
            A string, such as `"model-int8.tflite"`.
        """
        if not self.suffix:
            return self.name
        return "-".join(filter(None, ("model", quantize))) + self.suffix

    def export_function(self):
        """The function that exports a classifier to this format."""
        return _resolve(self.exporter)

    def reader_class(self):
        """The class that runs an exported file, from a path and threads."""
        return _resolve(self.reader)


@dataclass(frozen=True)
class Quantization:
    """A way to store a classifier's weights.

    Attributes:
        name: String, as on the command line and in `parity.json`.
        description: String, how numbers are stored and computed.
        bound: `Bound`, how far an exported file may be from the model.
        needs_calibration: Boolean, whether it learns from training texts.
    """

    name: str
    description: str
    bound: Bound
    needs_calibration: bool = False


FORMATS = {
    row.name: row
    for row in (
        Format(
            name="saved_model",
            title="SavedModel",
            description="strings in; label, probabilities, attention out",
            suffix="",
            takes="texts",
            is_quantizable=False,
            exporter="keras_attn.export.saved_model:export_saved_model",
            reader="keras_attn.export.saved_model:SavedModelFolder",
        ),
        Format(
            name="tflite",
            title="TFLite, for the LiteRT runtime",
            description=(
                "ids in; probabilities, attention out; vocabulary inside"
            ),
            suffix=".tflite",
            takes="ids",
            is_quantizable=True,
            exporter="keras_attn.export.tflite.conversion:export_tflite",
            reader="keras_attn.export.tflite.conversion:TFLiteFile",
        ),
        Format(
            name="onnx",
            title="ONNX",
            description=(
                "ids in; probabilities, attention out; vocabulary inside"
            ),
            suffix=".onnx",
            takes="ids",
            is_quantizable=True,
            exporter="keras_attn.export.onnx.conversion:export_onnx",
            reader="keras_attn.export.onnx.conversion:ONNXFile",
            extra="onnx",
            packages=("onnx", "onnxruntime", "tf2onnx"),
            reader_packages=("onnx", "onnxruntime"),
        ),
    )
}
NAMES = tuple(FORMATS)

# The keys are the values of the argument `quantize`. Sharp attention is
# ill-conditioned: with scores of 100, Keras itself is 6e-5 away from the
# float64 weights.
QUANTIZATIONS = {
    None: Quantization(
        "none",
        "float32",
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
    """Raises a `ValueError` unless `quantize` is a key of `QUANTIZATIONS`."""
    if quantize not in list(QUANTIZATIONS):  # also if it cannot be hashed
        known = ", ".join(map(repr, QUANTIZATIONS))
        raise ValueError(
            f"`quantize` must be one of {known}. Received: "
            f"quantize={quantize!r}."
        )


def _resolve(path):
    module, name = path.split(":")
    return getattr(importlib.import_module(module), name)
