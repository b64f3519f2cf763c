"""Exports to SavedModel, TFLite and ONNX, each compared with the model."""

from keras_attn.export.bounds import Bound
from keras_attn.export.exported_model import open_exported
from keras_attn.export.formats import BOUNDS
from keras_attn.export.onnx.export import export_onnx
from keras_attn.export.parity import Parity, ParityError
from keras_attn.export.saved_model.export import export_saved_model
from keras_attn.export.tflite.export import export_tflite

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
