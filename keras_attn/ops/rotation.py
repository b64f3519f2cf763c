"""Rotary positions: vectors rotated by the angles of their positions."""

from keras import ops

from keras_attn._checks import require_choice, require_dense
from keras_attn.ops.positions import LAYOUTS, encode_positions


def rotary_embedding(x, positions, base=10000.0, layout="interleaved"):
    """Rotate each pair of columns by the angle of its position.

    The i-th pair (a, b) at position p becomes
    `(a cos(p r) - b sin(p r), a sin(p r) + b cos(p r))`, with
    `r = 1 / base^(2 i / K)`. The dot product of a vector rotated by p and one
    rotated by q depends on p and q only through p - q.

    Angles are computed as in `positional_encoding`, so they are as exact at
    position 65,536 as at 0. The rotation is computed in float32, and the result
    is cast to the dtype of `x`.

    Args:
        x: Float tensor of shape `(..., T, K)`, K even.
        positions: Tensor that broadcasts to `x.shape[:-1]`, such as one of
            shape `(T,)`.
        base: Float, as in `angle_rates`. Defaults to `10000.0`.
        layout: String, which columns form a pair: 2i and 2i + 1 with
            `"interleaved"`, as in the paper, or i and i + K / 2 with
            `"concatenated"`. Defaults to `"interleaved"`.

    Returns:
        A tensor of the shape and dtype of `x`.

    Raises:
        ValueError: If K is odd, if `base` is not a finite number above 0, or if
            `layout` is unknown.

    Example:

    >>> import keras_attn
    >>> rotated = keras_attn.ops.rotary_embedding([[1.0, 0.0]], positions=[1])
    >>> print(*(f"{x:.3f}" for x in rotated.numpy()[0]))
    0.540 0.841

    Reference:
        Su et al., 2021, [RoFormer](https://arxiv.org/abs/2104.09864), section
        3.4.2. Their d is our K.
    """
    require_choice("layout", layout, LAYOUTS)
    require_dense(x=x)
    x = ops.convert_to_tensor(x)
    width = x.shape[-1]
    require_even_width(width)
    # One column for each pair: K / 2 sines, then as many cosines.
    codes = encode_positions(positions, width, base, layout="concatenated")
    sine, cosine = ops.split(codes, 2, axis=-1)  # (..., T, K / 2)
    cosines = _join(cosine, cosine, layout)  # (..., T, K)
    sines = _join(-sine, sine, layout)
    rotated = ops.cast(x, "float32")
    rotated = rotated * cosines + _swap(rotated, layout) * sines
    return ops.cast(rotated, x.dtype)


def _join(first, second, layout):
    """Return columns of pairs, from the first and second of each pair."""
    if layout == "concatenated":
        return ops.concatenate([first, second], axis=-1)
    *rows, half = ops.shape(first)
    pairs = ops.stack([first, second], axis=-1)
    return ops.reshape(pairs, (*rows, 2 * half))


def _swap(x, layout):
    """Swap the two columns of each pair."""
    if layout == "concatenated":
        first, second = ops.split(x, 2, axis=-1)
        return ops.concatenate([second, first], axis=-1)
    *rows, width = ops.shape(x)
    pairs = ops.reshape(x, (*rows, width // 2, 2))
    return ops.reshape(ops.flip(pairs, axis=-1), (*rows, width))


def require_even_width(width):
    """Raise `ValueError` unless `width` can be divided into pairs."""
    if width % 2:
        raise ValueError(
            "Rotary positions rotate pairs of columns, so the width K of a "
            f"head must be even. Received: K={width}. Choose another "
            "`key_dim` or another number of heads."
        )
