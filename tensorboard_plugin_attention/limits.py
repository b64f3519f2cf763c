"""What one event may contain: the page reads no more, as in format.js."""

import dataclasses

MOST_HEADS = 1024
MOST_LAYERS = 4096
MOST_TEXTS = 4096
MOST_ROWS = 2**20  # and columns
MOST_WEIGHTS = 2**25  # of all heads of one layer, for one text
MANIFEST_BYTES = 2**24


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
