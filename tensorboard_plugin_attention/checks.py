"""Argument checks of this package, which never imports keras_attn."""

import contextlib
import operator

import numpy as np


def require_positive_integer(name, value):
    """Raise `ValueError` unless `value` is a positive integer."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(
            f"`{name}` must be a positive integer. Received: {name}={value!r}."
        )


def require_integer(name, value):
    """Convert a Python or NumPy integer or a scalar integer tensor to `int`.

    Raises:
        ValueError: If `value` is anything else, including 3.0.
    """
    # A TensorFlow tensor that is not an integer lacks the attribute.
    with contextlib.suppress(TypeError, AttributeError):
        return operator.index(value)
    # TensorFlow and Keras variables have no __index__, but convert to arrays.
    array = np.asarray(value)
    if array.ndim == 0 and array.dtype.kind in "iu":
        return int(array)
    raise ValueError(
        f"`{name}` must be an integer. Received: {name}={value!r:.80}."
    )
