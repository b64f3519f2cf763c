"""Padding of id sequences to one length."""

import numpy as np

PAD_ID = 0


def pad(sequences, length=None, pad_id=PAD_ID):
    """Pad sequences of ids on the right and stack them in one array.

    Args:
        sequences: List of B integer arrays of shape `(T_b,)`.
        length: Integer, T, at least the largest `T_b`. Defaults to `None`: the
            largest `T_b`, or 0 if there are no sequences.
        pad_id: Integer, the id to pad with. Defaults to `0`.

    Returns:
        An int32 array of shape `(B, T)`.

    Example:

    >>> pad([[2, 4, 1], [3]])
    array([[2, 4, 1],
           [3, 0, 0]], dtype=int32)
    """
    if length is None:
        length = max(map(len, sequences), default=0)
    padded = np.full((len(sequences), length), pad_id, dtype="int32")  # (B, T)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = sequence
    return padded
