"""Statistics of attention maps, computed with NumPy."""

import numpy as np


def attention_mass(maps, query_positions, key_positions):
    """Mean attention from one position of each text to another.

    Given a pronoun at `query_positions[b]` and its referent at
    `key_positions[b]`, this is the share of a head's attention that goes from
    the pronoun to the referent: 0 for none, 1 for all. The mean is taken over
    the B texts.

    Shapes: B texts, H heads, T query length, S key length.

    Args:
        maps: Dict from layer path to attention weights of shape `(B, H, T, S)`,
            as returned by `capture_attention`.
        query_positions: B integers in [0, T), one query position per text.
        key_positions: B integers in [0, S), one key position per text.

    Returns:
        A dict from layer path to a float64 array of shape `(H,)`.

    Raises:
        ValueError: If the positions are not B integers or are outside a map.

    Example:

    >>> weights = np.array([[[[0.25, 0.75], [0.5, 0.5]]]])
    >>> attention_mass({"layer": weights}, [0], [1])
    {'layer': array([0.75])}
    """
    masses = {}
    for path, weights in maps.items():
        weights = np.asarray(weights)
        if weights.ndim != 4 or len(weights) == 0:
            raise ValueError(
                f"The map of {path!r} must have shape (texts, heads, queries, "
                f"keys), with at least one text. Received: {weights.shape}."
            )
        count, _, num_queries, num_keys = weights.shape
        query = _positions(
            "query_positions", query_positions, count, num_queries
        )
        key = _positions("key_positions", key_positions, count, num_keys)
        # Advanced indices on both sides of a slice: (B, H).
        picked = weights[np.arange(count), :, query, key]
        masses[path] = picked.mean(axis=0, dtype="float64")
    return masses


def _positions(name, positions, count, length):
    """Return `positions` as an integer array `(count,)` in [0, length)."""
    positions = np.asarray(positions)
    if positions.shape != (count,) or positions.dtype.kind not in "iu":
        raise ValueError(
            f"`{name}` must be {count} integers, one per text. "
            f"Received: {positions.dtype} of shape {positions.shape}."
        )
    # A negative index would count from the end, where the padding is.
    outside = (positions < 0) | (positions >= length)
    if outside.any():
        text = int(outside.argmax())
        raise ValueError(
            f"`{name}[{text}]` is {positions[text]}, outside the "
            f"{length} positions of the map."
        )
    return positions
