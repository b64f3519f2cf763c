"""Sinusoidal positions: rates, angles and the encoding itself."""

import math

import numpy as np
from keras import ops

from keras_attn._checks import (
    require_choice,
    require_positive_integer,
    require_positive_number,
)

# Three parts of eight bits carry a rate to 2^-24 of itself, and the float32
# remainder carries the rest; see `encode_positions`.
_EXACT_PARTS = 3
_BITS_PER_PART = 8
LAYOUTS = ("interleaved", "concatenated")


def _columns(d_model, layout):
    """Which of the interleaved columns stands in each column."""
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


def angle_rates(d_model, base=10000.0):
    """Angle by which each column turns from one position to the next.

    `angle_rates[i] = 1 / base^(2 * (i // 2) / d_model)`; columns come in
    pairs, a sine and a cosine, that share a rate. For `d_model=8` the rates
    are 1, 1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001. With `base=1000` they are 1,
    1, 0.1778, 0.1778, 0.0316, 0.0316, 0.0056, 0.0056: some texts print these
    figures beside the formula for base 10000.

    Args:
        d_model: Integer, the width D of the model, odd or even.
        base: Float, the ratio of the longest wavelength to the shortest as D
            grows. Defaults to `10000.0`.

    Returns:
        A float32 tensor of shape `(1, D)`, in radians per token.

    Raises:
        ValueError: If `d_model < 1`, or `base` is not finite and positive.

    Reference:
        Vaswani et al., 2017, [Attention Is All You Need](
        https://arxiv.org/abs/1706.03762), section 3.5.
    """
    rates = _float64_rates(d_model, base)[np.newaxis, :]
    return _float32(rates)


def encode_positions(positions, d_model, base=10000.0, layout="interleaved"):
    """The sinusoidal code of each given position.

    `code[..., i] = sin(position * angle_rates[i])` in the even columns and
    `cos(position * angle_rates[i])` in the odd ones.

    A float32 product of position and rate would be off by up to 2^-8 radians
    at position 65,536, so that no half-precision table made from it could be
    right to its last bit. Angles are therefore counted in turns, with each
    rate split into parts of eight bits: a part times an integer position up to
    65,536 is exact in float32, and so is dropping its whole turns (Cody and
    Waite's range reduction). The code is within 3e-6 of the float64 one.

    Args:
        positions: Tensor of any shape, in tokens from 0.
        d_model: Integer, the width D.
        base: Float, as in `angle_rates`. Defaults to `10000.0`.
        layout: `"interleaved"`, sines and cosines in turn as in the paper, or
            `"concatenated"`, the same columns with all sines first, then all
            cosines; for an odd D there is one sine more. Defaults to
            `"interleaved"`.

    Returns:
        A float32 tensor of shape `positions.shape + (D,)`.

    Raises:
        ValueError: As in `angle_rates`, or if there is no such layout.
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


def _float32(array):
    return ops.convert_to_tensor(array, dtype="float32")


def positional_encoding(
    length, d_model, base=10000.0, layout="interleaved", start_index=0
):
    """The sinusoidal codes of `length` positions in a row.

    For "I am good" (three tokens) and `d_model=4` the rows are
    (0, 1, 0, 1), (0.841, 0.540, 0.010, 1.000), (0.909, -0.416, 0.020, 1.000).

    Args:
        length: Integer or scalar integer tensor, the number of tokens T.
        d_model: Integer, the width D.
        base: Float, as in `angle_rates`. Defaults to `10000.0`.
        layout: As in `encode_positions`. Defaults to `"interleaved"`.
        start_index: Integer or scalar integer tensor, the position of the
            first row. Defaults to `0`.

    Returns:
        A float32 tensor of shape `(T, D)`.

    Raises:
        ValueError: As in `encode_positions`.

    Example:

    >>> import keras_attn
    >>> table = keras_attn.ops.positional_encoding(length=3, d_model=4)
    >>> tuple(table.shape)
    (3, 4)

    Reference:
        Vaswani et al., 2017, [Attention Is All You Need](
        https://arxiv.org/abs/1706.03762), section 3.5.
    """
    positions = ops.arange(length) + start_index
    return encode_positions(positions, d_model, base, layout)


def token_positions(mask):
    """Position of each token among the real tokens of its sentence.

    Counting only real tokens makes the position of a word independent of how
    much padding stands beside it, and on which side.

    Args:
        mask: Boolean tensor of shape `(B, T)`, True at real tokens.

    Returns:
        An int32 tensor of shape `(B, T)`, from 0. A PAD token takes the
        position of the real token before it, or 0.
    """
    counted = ops.cumsum(ops.cast(mask, "int32"), axis=-1)
    return ops.maximum(counted - 1, 0)
