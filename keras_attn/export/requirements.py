"""Requirements of an export: backend, packages, model, precision."""

import importlib

import keras

from keras_attn.models import SentenceClassifier


def require_tensorflow(function):
    """Raise a `RuntimeError` unless Keras runs on TensorFlow.

    Args:
        function: String, the name of the calling function.
    """
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise RuntimeError(
            f"`{function}` needs Keras on TensorFlow. Received: "
            f"backend={backend!r}. Start Python with KERAS_BACKEND=tensorflow; "
            "a .keras file loads on any backend."
        )


def require_packages(format, function, packages=None):
    """Raise an `ImportError` if packages that a format needs are missing.

    Args:
        format: `keras_attn.export.formats.Format`.
        function: String, the name of the function that needs the packages.
        packages: Tuple of strings. Defaults to `format.packages`.
    """
    required = format.packages if packages is None else packages
    missing = [package for package in required if not _is_installed(package)]
    if missing:
        raise ImportError(
            f"{function} needs {', '.join(missing)}: "
            f'pip install "keras-attn[{format.extra}]"'
        )


def _is_installed(package):
    try:
        importlib.import_module(package)
    except ImportError:
        return False
    return True


def require_classifier(model):
    """Raise a `TypeError` unless `model` is a classifier; build it if needed.

    Args:
        model: `keras_attn.models.SentenceClassifier`.
    """
    if not isinstance(model, SentenceClassifier):
        raise TypeError(
            "`model` must be a `keras_attn.models.SentenceClassifier`. "
            f"Received: {type(model).__name__}."
        )
    if not model.built:
        model.build((None, None))


def require_float32(model, function):
    """Raise a `ValueError` if a layer computes in half precision.

    The runtimes would round in different places than the model, and so give
    different results. TFLite also lacks operators for half precision.

    Args:
        model: `keras_attn.models.SentenceClassifier`.
        function: String, the name of the calling function.
    """
    for layer in model._flatten_layers():
        if layer.compute_dtype in ("float16", "bfloat16"):
            raise ValueError(
                f"`{function}` needs a model that computes in float32. "
                f"Received: {type(layer).__name__} {layer.name!r}, which "
                f"computes in {layer.compute_dtype}. Build the model again "
                "in float32 with the same arguments, and copy its weights: "
                'keras.config.set_dtype_policy("float32"); '
                "exact = SentenceClassifier(...); exact.build((None, None)); "
                "exact.set_weights(model.get_weights())."
            )


def require_unquantized(model, function):
    """Raise a `ValueError` if a layer is quantized.

    The converters lack operators for Keras's quantized weights.

    Args:
        model: `keras_attn.models.SentenceClassifier`.
        function: String, the name of the calling function.
    """
    for layer in model._flatten_layers():
        mode = getattr(layer, "quantization_mode", None)
        if mode is not None:
            raise ValueError(
                f"`{function}` needs a model that is not quantized. Received: "
                f"{type(layer).__name__} {layer.name!r}, quantized to {mode}. "
                "Export the model as it was before it was quantized. With "
                f'`quantize="int8"`, `{function}` quantizes the file.'
            )
