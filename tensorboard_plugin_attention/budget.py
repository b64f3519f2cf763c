"""Reducing the maps of an event to fit a size limit."""

import dataclasses

import numpy as np

from tensorboard_plugin_attention.format import (
    MOST_HEADS,
    MOST_LAYERS,
    MOST_TEXTS,
    MOST_WEIGHTS,
    encode_weights,
    pack,
)

DTYPES = {"standard": "uint16", "compact": "uint8", "full": "float32"}
_OVERVIEW = 32  # the largest number of rows and columns of an overview
# Rounding may raise a 16-bit softmax this far above 1. It is then treated as 1.
OVER_ONE = 1e-2


def within_limits(record):
    """Leave out what an event cannot contain.

    Args:
        record: `AttentionRecord`.

    Returns:
        The pair `(record, notices)`: an `AttentionRecord` of the first layers,
        heads and texts, and a list of strings that explain what was left out.
    """
    notices = []
    layers = dict(list(record.layers.items())[:MOST_LAYERS])
    _note(notices, MOST_LAYERS, len(record.layers), "layers")
    examples = record.examples[:MOST_TEXTS]
    _note(notices, MOST_TEXTS, len(record.examples), "texts")
    for name, layer in layers.items():
        _note(notices, MOST_HEADS, layer.weights.shape[1], f"heads of {name}")
        layers[name] = dataclasses.replace(
            layer, weights=layer.weights[:MOST_TEXTS, :MOST_HEADS]
        )
    return dataclasses.replace(
        record, layers=layers, examples=examples
    ), notices


def _note(notices, most, count, what):
    if count > most:
        notices.append(
            f"Only the first {most:,} of {count:,} {what} are kept: the page "
            "shows no more."
        )


def within_budget(maps, precision, max_bytes):
    """Pack the maps of as many texts as fit into `max_bytes`.

    Args:
        maps: List with one entry per text, each a list of float32 arrays of
            shape `(H, T, S)`, one per layer.
        precision: String, a key of `DTYPES`.
        max_bytes: Positive integer, the size limit of all items together.

    Returns:
        The tuple `(packed, kept, notices)`: a list of pairs `(chunk, item)` for
        `write_event`, the number of texts kept, and a list of strings that
        explain what was left out.
    """
    limit = f"the limit of {max_bytes:,} bytes per step (`max_bytes`)"
    notices = []
    too_large = sum(w.size > MOST_WEIGHTS for layers in maps for w in layers)
    if too_large:
        notices.append(
            f"Maps of more than {MOST_WEIGHTS:,} weights, {too_large} of them, "
            "are kept as overviews only: the page shows no more."
        )
    packed = _all_packed(maps, precision)
    if precision == "standard" and _size(packed) > max_bytes:
        packed = _all_packed(maps, "compact")
        notices.append(
            "Weights are stored in 8 bits, with an error of up to 0.004, to "
            f"stay within {limit}."
        )
    kept = len(packed)
    while kept > 1 and _size(packed[:kept]) > max_bytes:
        kept -= 1
    if kept < len(packed):
        first = "first" if kept == 1 else f"first {kept}"
        texts = "texts is" if kept == 1 else "texts are"
        notices.append(
            f"Only the {first} of {len(packed)} {texts} kept to stay within "
            f"{limit}."
        )
    chunks = [chunk for text in packed[:kept] for chunk in text]
    if _size(packed[:kept]) > max_bytes:
        chunks = [c for c in chunks if c[0]["kind"] == "overview"]
        notices.append(
            "Only the overview of the first text is kept, because its maps "
            f"exceed {limit}."
        )
    return chunks, kept, notices


def _all_packed(maps, precision):
    return [
        [_overview(index, layers), *_layers(index, layers, DTYPES[precision])]
        for index, layers in enumerate(maps)
    ]


def _size(packed):
    return sum(len(item) for chunks in packed for _, item in chunks)


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
        if weights.size > MOST_WEIGHTS:
            continue
        weights = _unit(weights)
        # Integers can only store 0 to 1. Other values are kept as floats.
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
    """Shrink maps to at most `most` x `most` cells by taking the maximum.

    A mean would hide a thin diagonal.

    Args:
        weights: Float array of shape `(H, T, S)`, with T and S at least 1.
        most: Positive integer.

    Returns:
        An array of shape `(H, min(T, most), min(S, most))`.
    """
    for axis in (1, 2):
        length = weights.shape[axis]
        if length > most:
            starts = np.arange(most) * length // most
            weights = np.maximum.reduceat(weights, starts, axis=axis)
    return weights
