"""Which Keras backend an export needs."""

import keras


def require_tensorflow(what):
    """Raises a `RuntimeError` unless Keras runs on TensorFlow."""
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            f"`{what}` needs Keras on TensorFlow. Received: backend="
            f"{keras.backend.backend()!r}. Start Python with "
            "KERAS_BACKEND=tensorflow; a .keras file loads on any backend."
        )
