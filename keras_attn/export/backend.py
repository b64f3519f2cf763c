"""What an export needs: TensorFlow, a built classifier, float32."""

import keras

from keras_attn.models import SentenceClassifier


def require_tensorflow(what):
    """Raises a `RuntimeError` unless Keras runs on TensorFlow."""
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            f"`{what}` needs Keras on TensorFlow. Received: backend="
            f"{keras.backend.backend()!r}. Start Python with "
            "KERAS_BACKEND=tensorflow; a .keras file loads on any backend."
        )


def require_classifier(model):
    """Raises a `TypeError` unless it is a classifier; builds it if need be."""
    if not isinstance(model, SentenceClassifier):
        raise TypeError(
            "`model` must be a `keras_attn.models.SentenceClassifier`. "
            f"Received: {type(model).__name__}."
        )
    if not model.built:
        model.build((None, None))


def require_float32(model, what):
    """Raises a `ValueError` if a layer computes in half precision.

    A file would round elsewhere than the model does, and so say something
    else; and TFLite has no operators for it.
    """
    for layer in model._flatten_layers():
        if layer.compute_dtype in ("float16", "bfloat16"):
            raise ValueError(
                f"`{what}` needs a model that computes in float32. Received: "
                f"{type(layer).__name__} {layer.name!r}, which computes in "
                f"{layer.compute_dtype}. Make it anew, with the same "
                'arguments: keras.config.set_dtype_policy("float32"); '
                "exact = SentenceClassifier(...); exact.build((None, None)); "
                "exact.set_weights(model.get_weights())."
            )
