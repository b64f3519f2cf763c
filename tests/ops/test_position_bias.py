import math

import keras
import numpy as np
import pytest

from keras_attn import ops


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def t5_bucket(distance, num_buckets, max_distance, bidirectional):
    """One bucket as T5's code computes it, logarithms in float32."""
    bucket = 0
    n = -distance
    if bidirectional:
        num_buckets //= 2
        if n < 0:
            bucket += num_buckets
        n = abs(n)
    else:
        n = max(n, 0)
    max_exact = num_buckets // 2
    if n < max_exact:
        return bucket + n
    share = np.log(np.float32(n) / np.float32(max_exact))
    share = share / np.float32(math.log(max_distance / max_exact))
    large = max_exact + int(share * np.float32(num_buckets - max_exact))
    return bucket + min(large, num_buckets - 1)


@pytest.mark.parametrize(
    "num_buckets, max_distance, bidirectional",
    [
        (32, 128, True),
        (32, 128, False),
        (16, 64, True),
        (8, 32, False),
        (12, 50, True),
        (7, 50, False),
        (32, 17, False),  # fewer distances than buckets left for them
        (4, 2, True),
        (2, 2, False),
    ],
)
def test_buckets_are_those_of_t5(num_buckets, max_distance, bidirectional):
    sizes = (num_buckets, max_distance, bidirectional)
    distances = np.arange(-2 * max_distance, 2 * max_distance + 1)
    buckets = array(ops.relative_buckets(distances, *sizes))
    assert buckets.tolist() == [t5_bucket(int(d), *sizes) for d in distances]
    assert buckets.dtype == np.int32


def test_where_the_buckets_of_t5_begin():
    """8 buckets of one distance; then borders at 8 * 16^(i / 8)."""
    buckets = array(ops.relative_buckets(-np.arange(200))).tolist()
    begins = [buckets.index(bucket) for bucket in range(16)]
    assert begins == [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91]


def test_causal_buckets_hold_nothing_after_the_query():
    buckets = ops.relative_buckets(np.arange(300), bidirectional=False)
    assert (array(buckets) == 0).all()


def test_buckets_of_any_shape_and_of_any_distance():
    distances = np.array([[[2**30], [-(2**30)]]], "int32")
    buckets = array(ops.relative_buckets(distances))
    assert buckets.tolist() == [[[31], [15]]]
    assert tuple(ops.relative_buckets(np.zeros((0, 3), int)).shape) == (0, 3)


def test_sizes_of_numpy_do_not_overflow():
    """A border between buckets is a power far beyond 64 bits."""
    small = np.int8(32), np.uint8(128), np.True_
    buckets = ops.relative_buckets(np.arange(-200, 200), *small)
    assert (
        array(buckets) == array(ops.relative_buckets(range(-200, 200)))
    ).all()
    assert (
        array(ops.alibi_slopes(np.int8(6))) == array(ops.alibi_slopes(6))
    ).all()


@pytest.mark.parametrize(
    "num_buckets, bidirectional", [(1, False), (0, False), (2, True), (7, True)]
)
def test_refuses_too_few_buckets(num_buckets, bidirectional):
    message = f"Received: num_buckets={num_buckets}"
    with pytest.raises(ValueError, match=message):
        ops.relative_buckets([0], num_buckets, 128, bidirectional)


def test_refuses_a_max_distance_within_the_exact_buckets():
    message = "must be at least 9. Received: max_distance=8"
    with pytest.raises(ValueError, match=message):
        ops.relative_buckets([0], max_distance=8)


def test_distances_are_key_minus_query():
    distances = array(ops.relative_distances([2, 3], [0, 2, 7]))
    assert distances.tolist() == [[-2, 0, 5], [-3, -1, 4]]


@pytest.mark.parametrize(
    "num_heads, slopes",
    [
        (1, [2**-8]),
        (2, [2**-4, 2**-8]),
        (8, [0.5, 0.25, 0.125, 2**-4, 2**-5, 2**-6, 2**-7, 2**-8]),
        (3, [2**-4, 2**-8, 2**-2]),
        (6, [2**-2, 2**-4, 2**-6, 2**-8, 2**-1, 2**-3]),
        (
            12,
            [2**-i for i in range(1, 9)] + [2**-0.5, 2**-1.5, 2**-2.5, 2**-3.5],
        ),
        (16, [2 ** (-i / 2) for i in range(1, 17)]),
    ],
)
def test_alibi_slopes(num_heads, slopes):
    ours = array(ops.alibi_slopes(num_heads))
    assert ours.dtype == np.float32
    assert ours.tolist() == np.array(slopes, "float32").tolist()


@pytest.mark.parametrize("num_heads", range(1, 65))
def test_one_positive_slope_a_head(num_heads):
    slopes = array(ops.alibi_slopes(num_heads)).tolist()
    assert len(set(slopes)) == num_heads
    assert all(2**-8 <= slope < 1 for slope in slopes)


def test_refuses_no_heads():
    with pytest.raises(ValueError, match="Received: num_heads=0"):
        ops.alibi_slopes(0)
