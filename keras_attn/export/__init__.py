"""Exports, each followed by a proof that it says what the model says."""

from keras_attn.export.bounds import Bound
from keras_attn.export.formats import BOUNDS
from keras_attn.export.onnx.conversion import export_onnx
from keras_attn.export.opened import open_exported
from keras_attn.export.parity import Parity, ParityError
from keras_attn.export.saved_model import export_saved_model
from keras_attn.export.tflite.conversion import export_tflite

__all__ = [
    "BOUNDS",
    "Bound",
    "Parity",
    "ParityError",
    "export_onnx",
    "export_saved_model",
    "export_tflite",
    "open_exported",
]
