"""What an export needs: Keras on TensorFlow, and a built classifier."""

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
