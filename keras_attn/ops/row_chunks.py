"""Attention over long inputs without the whole score matrix.

The softmax of a query needs only its own row of scores. Rows are therefore
computed one chunk at a time, and recomputed in the backward pass instead of
being stored. The result equals that of the whole matrix, and memory grows with
T instead of T * S.

Shapes: B batch, T query length, S key length, H heads, K width of a head.
"""

import keras
from keras import ops

# In scores of 4 bytes each. Matrices of up to 128 MB are not split, because
# chunks save little there and cost a second forward pass. Chunks are 32 MB:
# glibc returns blocks of this size to the system immediately. With chunks of 16
# MB the peak memory was twice as high.
_LARGEST_MATRIX = 2**25
_LARGEST_CHUNK = 2**23


def rows_per_chunk(query_shape, num_keys):
    """Return how many rows of scores to compute at a time.

    Args:
        query_shape: The shape `(B, H, T, K)`, None for unknown sizes.
        num_keys: Integer S, or None if unknown.

    Returns:
        A positive integer below T. None if the whole matrix of scores is
        small, or if T or S is unknown while a graph is traced.
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
    """Concatenate the outputs of `attend_rows` for successive queries.

    Intermediate results of a chunk are recomputed in the backward pass instead
    of being stored.

    Args:
        attend_rows: Function of `(query, key, value, start)` that returns the
            output `(B, H, rows, K)` of the queries from row `start` on. It
            must be deterministic, and must receive all differentiable tensors
            as arguments.
        query: Tensor of shape `(B, H, T, K)`, T known.
        key: Tensor of shape `(B, H, S, K)`.
        value: Tensor of shape `(B, H, S, K)`.
        num_rows: Positive integer, as returned by `rows_per_chunk`.

    Returns:
        A tensor of shape `(B, H, T, K)`.

    Reference:
        Rabe and Staats, 2021, [Self-attention Does Not Need O(n^2) Memory](
        https://arxiv.org/abs/2112.05682), but without splitting rows.
    """
    starts = range(0, query.shape[2], num_rows)
    chunks = ops.split(query, list(starts)[1:], axis=2)
    outputs = []
    for start, chunk in zip(starts, chunks, strict=True):
        rows = keras.remat(_with_inputs(attend_rows, start))
        output, key, value = rows(chunk, key, value)
        outputs.append(output)
    return ops.concatenate(outputs, axis=2)


def _with_inputs(attend_rows, start):
    """Return a function of a chunk that also returns its keys and values.

    The next chunk reads these, so that the backward pass follows the same chain
    and sums their gradients on the way. If every chunk read the same keys, one
    gradient per chunk would be kept until the end.
    """

    def rows(query, key, value):
        return attend_rows(query, key, value, start), key, value

    return rows
