"""Where a result comes from: a hash of the data, and package versions."""

import hashlib
import json
import platform
from importlib.metadata import PackageNotFoundError, version

import keras
import numpy as np

_PACKAGES = ("keras-attn", "keras", "tensorflow", "numpy")
_EXPORT_PACKAGES = ("ai-edge-litert", "onnx", "onnxruntime", "tf2onnx")


def fingerprint(label_names, splits):
    """SHA-256 of the labels and of all examples, in hexadecimal digits.

    The hash changes if the order of the examples, the splits or the name of a
    label changes. A run must not be resumed or tested on data with another
    hash.

    Args:
        label_names: Sequence of strings.
        splits: Iterable of `keras_attn.data.Split`.
    """
    digest = hashlib.sha256(json.dumps(label_names).encode())
    for split in splits:
        digest.update(json.dumps(split.texts).encode())
        digest.update(np.asarray(split.labels, "<i4").tobytes())
    return digest.hexdigest()


def versions():
    """Versions of the packages that train a model, as a dictionary."""
    return _installed(_PACKAGES) | {
        "backend": keras.backend.backend(),
        "python": platform.python_version(),
    }


def export_versions():
    """The same, plus the packages that write and run exported files."""
    return versions() | _installed(_EXPORT_PACKAGES)


def _installed(names):
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
