"""How much of the maps fits into one event."""

import numpy as np

from tensorboard_plugin_attention.format import encode_weights, pack

DTYPES = {"standard": "uint16", "compact": "uint8", "full": "float32"}
_OVERVIEW = 32  # rows and columns of a small map, at most
# By rounding, a softmax in 16 bits may be this far over 1: it counts as 1.
OVER_ONE = 1e-2


def within_budget(maps, precision, max_bytes):
    """The maps of as many sentences as fit, packed.

    Args:
        maps: For each sentence a list of arrays, one a layer, (H, T, S).
        precision: A key of `DTYPES`.
        max_bytes: Integer, the most that all items together may take.

    Returns:
        The tuple `(packed, kept, notices)`: pairs `(chunk, item)` for
        `write_event`, the number of sentences kept, and a list of sentences
        on what was left out.
    """
    notices = []
    packed = _all_packed(maps, precision)
    if precision == "standard" and _size(packed) > max_bytes:
        packed = _all_packed(maps, "compact")
        notices.append(
            "Weights are stored in 8 bits, with an error of up to 0.004: "
            f"a step may take {max_bytes:,} bytes (`max_bytes`)."
        )
    kept = len(packed)
    while kept > 1 and _size(packed[:kept]) > max_bytes:
        kept -= 1
    if kept < len(packed):
        notices.append(
            f"{len(packed) - kept} of {len(packed)} sentences are left out, "
            f"the last ones: a step may take {max_bytes:,} bytes "
            "(`max_bytes`)."
        )
    chunks = [chunk for sentence in packed[:kept] for chunk in sentence]
    if _size(packed[:kept]) > max_bytes:
        chunks = [c for c in chunks if c[0]["kind"] == "overview"]
        notices.append(
            "Only the overview of the first sentence is kept: its maps take "
            f"more than {max_bytes:,} bytes (`max_bytes`)."
        )
    return chunks, kept, notices


def _all_packed(maps, precision):
    return [
        [_overview(index, layers), *_layers(index, layers, DTYPES[precision])]
        for index, layers in enumerate(maps)
    ]


def _size(sentences):
    return sum(len(item) for chunks in sentences for _, item in chunks)


def _overview(example, layers):
    small = [largest_of_cells(weights, _OVERVIEW) for weights in layers]
    data = b"".join(encode_weights(_unit(w), "uint8") for w in small)
    chunk = {
        "kind": "overview",
        "example": example,
        "dtype": "uint8",
        "shapes": [list(weights.shape) for weights in small],
    }
    return chunk, pack(data)


def _layers(example, layers, dtype):
    for layer, weights in enumerate(layers):
        weights = _unit(weights)
        # Whole numbers hold 0 to 1 only; what is no weight is kept as it is.
        finite = weights[np.isfinite(weights)]
        exact = ((finite < 0) | (finite > 1)).any()
        its_dtype = "float32" if exact else dtype
        chunk = {
            "kind": "weights",
            "example": example,
            "layer": layer,
            "dtype": its_dtype,
            "shape": list(weights.shape),
        }
        yield chunk, pack(encode_weights(weights, its_dtype))


def _unit(weights):
    over = (weights > 1) & (weights <= 1 + OVER_ONE)
    return np.where(over, np.float32(1), weights)


def largest_of_cells(weights, most):
    """Maps of at most `most` x `most` cells, each the largest weight within.

    A mean would hide a thin diagonal.

    Args:
        weights: Array (H, T, S), T and S at least 1.
        most: Positive integer.

    Returns:
        An array (H, min(T, most), min(S, most)).
    """
    for axis in (1, 2):
        length = weights.shape[axis]
        if length > most:
            starts = np.arange(most) * length // most
            weights = np.maximum.reduceat(weights, starts, axis=axis)
    return weights
