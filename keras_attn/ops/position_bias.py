"""Position biases, which depend on the distance between tokens."""

import bisect
import functools

import numpy as np
from keras import ops

from keras_attn._checks import require_boolean, require_positive_integer


def relative_distances(query_positions, key_positions):
    """Return the distance from each query to each key, in tokens.

    Args:
        query_positions: Integer tensor of shape `(T,)`.
        key_positions: Integer tensor of shape `(S,)`.

    Returns:
        A tensor of shape `(T, S)`: the position of the key minus that of the
        query, negative for a key before the query.

    Example:

    >>> import keras_attn
    >>> keras_attn.ops.relative_distances([0, 1], [0, 1, 2]).numpy().tolist()
    [[0, 1, 2], [-1, 0, 1]]
    """
    return ops.subtract(
        ops.expand_dims(key_positions, 0), ops.expand_dims(query_positions, 1)
    )


def alibi_slopes(num_heads):
    """Return the penalty of each head per token of distance (ALiBi).

    If H is a power of two, the slopes are `2^(-8 h / H)` with h from 1 to H.
    For any other H they are those of the next lower power of two, followed by
    every second slope, from the first on, of the next higher power.

    Args:
        num_heads: Positive integer, H.

    Returns:
        A float32 tensor of shape `(H,)`.

    Raises:
        ValueError: If `num_heads` is not a positive integer.

    Example:

    >>> import keras_attn
    >>> keras_attn.ops.alibi_slopes(3).numpy().tolist()
    [0.0625, 0.00390625, 0.25]

    Reference:
        Press et al., 2022, [Train Short, Test Long](
        https://arxiv.org/abs/2108.12409), section 3. The rule for other
        numbers of heads comes from the authors' code.
    """
    num_heads = require_positive_integer("num_heads", num_heads)
    lower = 2 ** (num_heads.bit_length() - 1)
    slopes = np.concatenate(
        [_geometric_slopes(lower), _geometric_slopes(2 * lower)[::2]]
    )
    return ops.convert_to_tensor(slopes[:num_heads], dtype="float32")


def _geometric_slopes(num_heads):
    return 2.0 ** (-8.0 * np.arange(1, num_heads + 1) / num_heads)


def relative_buckets(
    distances, num_buckets=32, max_distance=128, bidirectional=True
):
    """Return the T5 bucket of each distance: narrow near 0, wide far away.

    Of n buckets, the first n // 2 contain one distance each. The others grow
    evenly on a logarithmic scale, and the last one contains all distances from
    about `max_distance` on. If `bidirectional`, the upper half of the buckets
    is for keys after the query; its first bucket, for distance 0, is never
    used. Otherwise keys after the query share bucket 0 with the position of the
    query itself.

    T5 computes the logarithm in float32, so its bucket boundaries depend on
    rounding. Here they are computed in exact integers.

    Args:
        distances: Integer tensor of any shape, as returned by
            `relative_distances`.
        num_buckets: Integer, at least 2; even and at least 4 if
            `bidirectional`. Defaults to `32`.
        max_distance: Integer, in tokens, greater than the number of distances
            with their own bucket. Defaults to `128`.
        bidirectional: Boolean, whether keys after the query have their own
            buckets. Defaults to `True`.

    Returns:
        An int32 tensor of the shape of `distances`, from 0 to
        `num_buckets - 1`.

    Raises:
        ValueError: If `num_buckets` or `max_distance` is out of range.

    Example:

    >>> import keras_attn
    >>> buckets = keras_attn.ops.relative_buckets([-1000, -8, -1, 0, 1, 1000])
    >>> buckets.numpy().tolist()
    [15, 8, 1, 0, 17, 31]

    Reference:
        Raffel et al., 2020, [Exploring the Limits of Transfer Learning](
        https://arxiv.org/abs/1910.10683), section 2.1, and the function
        `_relative_position_bucket` in the authors' code.
    """
    num_buckets, max_distance, bidirectional = require_buckets(
        num_buckets, max_distance, bidirectional
    )
    one_way = _buckets_one_way(num_buckets, max_distance, bidirectional)
    # All distances beyond the last one listed are in the same bucket.
    furthest = len(one_way) - 1
    after = one_way + num_buckets // 2 if bidirectional else 0 * one_way
    # Not `one_way[:0:-1]`: torch.compile returns one element too many.
    before = np.flip(one_way[1:])
    table = np.concatenate([before, [0], after[1:]]).astype("int32")
    distances = ops.clip(ops.cast(distances, "int32"), -furthest, furthest)
    return ops.take(table, distances + furthest, axis=0)


def require_buckets(num_buckets, max_distance, bidirectional):
    """Return the arguments, or raise `ValueError` if one is out of range."""
    num_buckets = require_positive_integer("num_buckets", num_buckets)
    max_distance = require_positive_integer("max_distance", max_distance)
    bidirectional = require_boolean("bidirectional", bidirectional)
    if num_buckets < (4 if bidirectional else 2) or (
        bidirectional and num_buckets % 2
    ):
        raise ValueError(
            "`num_buckets` must be at least 2; if `bidirectional`, it must be "
            "even and at least 4. Received: "
            f"num_buckets={num_buckets}, bidirectional={bidirectional}."
        )
    exact = num_buckets // (4 if bidirectional else 2)
    if max_distance <= exact:
        raise ValueError(
            f"With num_buckets={num_buckets}, each distance below {exact} has "
            "its own bucket, so `max_distance` must be at least "
            f"{exact + 1}. Received: max_distance={max_distance}."
        )
    return num_buckets, max_distance, bidirectional


@functools.cache
def _buckets_one_way(num_buckets, max_distance, bidirectional):
    """Return the buckets of 0, 1, ... up to the first in the last bucket."""
    one_way = num_buckets // 2 if bidirectional else num_buckets
    exact = one_way // 2
    wide = one_way - exact
    # Bucket exact + i starts at the first n with
    # log(n / exact) / log(max_distance / exact) >= i / wide, or, without
    # logarithms, with n**wide >= borders[i - 1].
    borders = [max_distance**i * exact ** (wide - i) for i in range(1, wide)]
    buckets = list(range(exact + 1))
    while buckets[-1] < one_way - 1:
        passed = bisect.bisect_right(borders, len(buckets) ** wide)
        buckets.append(exact + passed)
    return np.array(buckets)
