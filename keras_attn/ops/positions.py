"""Sinusoidal positions: rates, angles and encodings."""

import math

import numpy as np
from keras import ops

from keras_attn._checks import (
    require_choice,
    require_positive_integer,
    require_positive_number,
)

# Three parts of eight bits represent a rate to a relative error of 2^-24, and
# a float32 remainder the rest; see `encode_positions`.
_EXACT_PARTS = 3
_BITS_PER_PART = 8
LAYOUTS = ("interleaved", "concatenated")


def angle_rates(d_model, base=10000.0):
    """Return the angle by which each column advances per position.

    `angle_rates[i] = 1 / base^(2 * (i // 2) / d_model)`. Columns come in pairs,
    a sine and a cosine, with the same rate. For `d_model=8` the rates are 1, 1,
    0.1, 0.1, 0.01, 0.01, 0.001, 0.001. Some publications give 1, 1, 0.1778,
    0.1778, 0.0316, 0.0316, 0.0056, 0.0056 for base 10000, but these are the
    rates of `base=1000`.

    Args:
        d_model: Positive integer, the width D of the model, odd or even.
        base: Float, the ratio of the longest wavelength to the shortest for
            large D. Defaults to `10000.0`.

    Returns:
        A float32 tensor of shape `(1, D)`, in radians per token.

    Raises:
        ValueError: If `d_model` is not a positive integer, or `base` not a
            finite number above 0.

    Example:

    >>> import keras_attn
    >>> rates = keras_attn.ops.angle_rates(d_model=8)
    >>> print(*(f"{rate:.3f}" for rate in rates.numpy()[0]))
    1.000 1.000 0.100 0.100 0.010 0.010 0.001 0.001

    Reference:
        Vaswani et al., 2017, [Attention Is All You Need](
        https://arxiv.org/abs/1706.03762), section 3.5.
    """
    return ops.expand_dims(_float32(_float64_rates(d_model, base)), 0)


def positional_encoding(
    length, d_model, base=10000.0, layout="interleaved", start_index=0
):
    """Return the sinusoidal codes of `length` consecutive positions.

    For "I am good" (three tokens) and `d_model=4` the rows are
    (0, 1, 0, 1), (0.841, 0.540, 0.010, 1.000), (0.909, -0.416, 0.020, 1.000).

    Args:
        length: Integer or scalar integer tensor, the number of tokens T.
        d_model: Positive integer, the width D.
        base: Float, as in `angle_rates`. Defaults to `10000.0`.
        layout: String. With `"interleaved"`, sines and cosines alternate, as in
            the paper. With `"concatenated"`, all sines come before all cosines.
            If D is odd, there is one more sine. Defaults to `"interleaved"`.
        start_index: Integer or scalar integer tensor, the position of the
            first row. Defaults to `0`.

    Returns:
        A float32 tensor of shape `(T, D)`.

    Raises:
        ValueError: As in `angle_rates`, or if `layout` is unknown.

    Example:

    >>> import keras_attn
    >>> table = keras_attn.ops.positional_encoding(length=3, d_model=4)
    >>> tuple(table.shape)
    (3, 4)

    Reference:
        Vaswani et al., 2017, [Attention Is All You Need](
        https://arxiv.org/abs/1706.03762), section 3.5.
    """
    positions = ops.add(ops.arange(length), start_index)
    return encode_positions(positions, d_model, base, layout)


def encode_positions(positions, d_model, base=10000.0, layout="interleaved"):
    """Return the sinusoidal codes of any positions.

    `code[..., i] = sin(position * angle_rates[i])` in even columns and
    `cos(position * angle_rates[i])` in odd ones.

    A float32 product of position and rate has an error of up to 2^-8 radians
    at position 65,536, too much for a half-precision table that is correct to
    its last bit. Angles are therefore counted in turns, and each rate is split
    into parts of eight bits. The product of a part and an integer position up
    to 65,536 is exact in float32, and so is removing its whole turns (Cody and
    Waite's range reduction). The codes are within 3e-6 of those in float64.

    Args:
        positions: Tensor of any shape, in tokens from 0.
        d_model: Positive integer, the width D.
        base: Float, as in `angle_rates`. Defaults to `10000.0`.
        layout: See `positional_encoding`. Defaults to `"interleaved"`.

    Returns:
        A float32 tensor of shape `positions.shape + (D,)`.

    Raises:
        ValueError: As in `positional_encoding`.
    """
    columns = _columns(d_model, layout)
    # In turns per token.
    rest = _float64_rates(d_model, base)[columns] / (2.0 * np.pi)
    positions = ops.expand_dims(ops.cast(positions, "float32"), -1)
    # A cosine is a sine a quarter of a turn ahead.
    turns = _float32(columns % 2 / 4.0)
    for _ in range(_EXACT_PARTS):
        mantissa, exponent = np.frexp(rest)
        leading = np.floor(np.ldexp(mantissa, _BITS_PER_PART))
        part = np.ldexp(leading, exponent - _BITS_PER_PART)
        rest = rest - part
        product = positions * _float32(part)
        turns = turns + (product - ops.floor(product))
    turns = turns + positions * _float32(rest)
    turns = turns - ops.floor(turns + 0.5)  # -1/2 to 1/2
    return ops.sin(turns * (2.0 * math.pi))


def _columns(d_model, layout):
    """Return the interleaved index of each column."""
    require_choice("layout", layout, LAYOUTS)
    columns = np.arange(d_model)
    if layout == "concatenated":
        return np.concatenate([columns[::2], columns[1::2]])
    return columns


def _float64_rates(d_model, base):
    require_positive_integer("d_model", d_model)
    require_positive_number("base", base)
    pair = np.arange(d_model) // 2
    return float(base) ** (-2.0 * pair / d_model)


def _float32(array):
    return ops.convert_to_tensor(array, dtype="float32")
