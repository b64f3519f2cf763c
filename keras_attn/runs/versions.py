"""Which versions a result was made with."""

import platform
from importlib.metadata import PackageNotFoundError, version

import keras

_PACKAGES = ("keras-attn", "keras", "tensorflow", "numpy")
_OF_EXPORTS = ("ai-edge-litert", "onnx", "onnxruntime", "tf2onnx")


def versions():
    """Versions of what trains a model, as a dictionary."""
    return _installed(_PACKAGES) | {
        "backend": keras.backend.backend(),
        "python": platform.python_version(),
    }


def export_versions():
    """The same, with what makes and runs exported files."""
    return versions() | _installed(_OF_EXPORTS)


def _installed(names):
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
