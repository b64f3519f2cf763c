"""Checks of the positions that a layer is called with."""

import keras
from keras import ops

from keras_attn._checks import is_integer


def require_start_index(start_index):
    """Raise `ValueError` unless it is an integer or a scalar tensor of one."""
    if is_integer(start_index):
        return
    tensor = ops.convert_to_tensor(start_index)
    if tuple(tensor.shape) != () or not _is_integer(tensor):
        raise ValueError(
            "`start_index` must be an integer or a scalar integer tensor. "
            f"Received: {_described('start_index', tensor)}."
        )


def given_positions(positions, shape):
    """Convert positions to an integer tensor and check their shape.

    Args:
        positions: Integers of shape `(T,)` or `(B, T)`.
        shape: Tuple, the static B and T, None for unknown sizes.

    Returns:
        An integer tensor of the shape of `positions`.

    Raises:
        ValueError: If they are not integers, or if their shape does not match.
    """
    tensor = ops.convert_to_tensor(positions)
    if not _is_integer(tensor):
        # Under a half-precision policy Keras has rounded floats: 257 to 256.
        raise ValueError(
            "`positions` must be integers. Received: "
            f"{_described('positions', tensor)}."
        )
    found = tuple(tensor.shape)
    fits = len(found) in (1, 2) and all(
        a == b or None in (a, b)
        for a, b in zip(found[::-1], shape[::-1], strict=False)
    )
    if not fits:
        raise ValueError(
            f"`positions` must have shape (T,) or (B, T), here "
            f"{(shape[1],)} or {tuple(shape)}. Received: "
            f"{_described('positions', tensor)}."
        )
    return tensor


def _is_integer(tensor):
    dtype = keras.backend.standardize_dtype(tensor.dtype)
    return keras.backend.is_int_dtype(dtype)


def _described(name, tensor):
    dtype = keras.backend.standardize_dtype(tensor.dtype)
    return f"{name} of shape {tuple(tensor.shape)} and dtype {dtype}"
