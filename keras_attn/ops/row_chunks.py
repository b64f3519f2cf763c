"""Attention over long inputs, without a matrix of all queries by all keys.

Each query's softmax needs its own row of scores only. So rows can be computed
a chunk at a time, and computed again in the backward pass instead of kept: the
result is that of the whole matrix, and memory grows with T, not with T * S.

Shapes: B batch, T query length, S key length, H heads, K width of a head.
"""

import keras
from keras import ops

# In scores, 4 bytes each. Matrices up to 64 MB stay whole: chunks save nothing
# there, and cost a second forward pass. Chunks are 32 MB, because glibc gives
# blocks from that size on back at once; with 16 MB peaks were twice as high.
_LARGEST_MATRIX = 2**24
_LARGEST_CHUNK = 2**23


def rows_per_chunk(query_shape, num_keys):
    """How many rows of scores to hold at a time.

    Args:
        query_shape: The shape `(B, H, T, K)`; None for unknown sizes.
        num_keys: Integer S, or None where unknown.

    Returns:
        A positive integer below T, or None if the whole matrix of scores is
        small, or T or S is unknown while a graph is traced.
    """
    batch, num_heads, length, _ = query_shape
    # Unknown sizes are None, and on JAX sometimes symbols.
    if not (isinstance(length, int) and isinstance(num_keys, int)):
        return None
    row = (batch if isinstance(batch, int) else 1) * num_heads * num_keys
    if row * length <= _LARGEST_MATRIX:
        return None
    return max(1, _LARGEST_CHUNK // row)


def attend_by_rows(attend_rows, query, key, value, num_rows):
    """Joins what `attend_rows` gives for one chunk of queries after another.

    Nothing of a chunk is kept for the backward pass; it is computed again.

    Args:
        attend_rows: Function of `(query, key, value, start)` that gives the
            output `(B, H, rows, K)` of the queries from row `start` on. It
            must be deterministic, and differentiable tensors must reach it
            through its arguments.
        query: Tensor of shape `(B, H, T, K)`, T known.
        key: Tensor of shape `(B, H, S, K)`.
        value: Tensor of shape `(B, H, S, K)`.
        num_rows: Positive integer, as of `rows_per_chunk`.

    Returns:
        A tensor of shape `(B, H, T, K)`.

    Reference:
        Rabe and Staats, 2021, [Self-attention Does Not Need O(n^2) Memory](
        https://arxiv.org/abs/2112.05682), with rows left whole.
    """
    starts = range(0, query.shape[2], num_rows)
    chunks = ops.split(query, list(starts)[1:], axis=2)
    outputs = []
    for start, chunk in zip(starts, chunks, strict=True):
        rows = keras.remat(_handing_on(attend_rows, start))
        output, key, value = rows(chunk, key, value)
        outputs.append(output)
    return ops.concatenate(outputs, axis=2)


def _handing_on(attend_rows, start):
    """Rows that hand keys and values on to the next ones.

    In the backward pass their gradients then come back along the same chain
    and are summed on the way. Where every chunk read the same keys, one
    gradient for each would wait to be summed at the end.
    """

    def rows(query, key, value):
        return attend_rows(query, key, value, start), key, value

    return rows
