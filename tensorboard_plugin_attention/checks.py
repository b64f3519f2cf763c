"""What writers and callbacks ask of their numbers."""

import contextlib
import operator

import numpy as np


def require_positive_integer(name, value):
    """Refuses what is no integer above 0.

    Raises:
        ValueError: That names the argument and what came.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(
            f"`{name}` must be a positive integer. Received: {name}={value!r}."
        )


def require_integer(name, value):
    """An integer of any kind, of Python, NumPy or a tensor (), as an `int`.

    Raises:
        ValueError: That names the argument and what came, as for 1.5 or 3.0.
    """
    # A tensor of TensorFlow that is no integer lacks the attribute.
    with contextlib.suppress(TypeError, AttributeError):
        return operator.index(value)
    # Variables of TensorFlow and Keras are no index, but arrays.
    array = np.asarray(value)
    if array.ndim == 0 and array.dtype.kind in "iu":
        return int(array)
    raise ValueError(
        f"`{name}` must be an integer. Received: {name}={value!r:.80}."
    )
