"""Notices about attention weights that look wrong."""

import numpy as np

from tensorboard_plugin_attention.budget import OVER_ONE
from tensorboard_plugin_attention.record import length_of

# Share of all attention. Rounding in 16-bit floats can cause smaller shares.
_SHARE_OF_PADDING = 0.01


def weight_notices(record):
    """Yield notices about the weights of an `AttentionRecord`, by layer."""
    for name, layer in record.layers.items():
        maps = [layer.of(i, example) for i, example in _numbered(record)]
        own = np.concatenate([weights.ravel() for weights in maps])
        finite = np.isfinite(own)
        if not finite.all():
            yield f"Layer {name}: {_weights(~finite)} not finite."
        odd = (own[finite] < 0) | (own[finite] > 1 + OVER_ONE)
        if odd.any():
            yield (
                f"Layer {name}: {_weights(odd)} outside the range 0 to 1. "
                "Pass the weights after softmax."
            )
        if "positions" in (layer.axes.rows, layer.axes.columns):
            rows, columns = layer.weights.shape[2:]
            yield (
                f"Layer {name}: the maps have {rows} rows and {columns} "
                "columns, which do not match the tokens. Axes without tokens "
                "are numbered."
            )
        share = _share_of_padding(layer, record)
        if share > _SHARE_OF_PADDING:
            yield (
                f"Layer {name}: {share:.0%} of the attention goes to padding, "
                "which is not shown. A model that masks padding would give "
                "it none."
            )


def _numbered(record):
    return enumerate(record.examples)


def _weights(found):
    count = found.sum()
    return "1 weight is" if count == 1 else f"{count} weights are"


def _share_of_padding(layer, record):
    """Return the share of the attention of real rows that goes to padding."""
    cut, whole = 0.0, 0.0
    for index, example in _numbered(record):
        rows = length_of(layer.axes.rows, example)
        columns = length_of(layer.axes.columns, example)
        weights = layer.weights[index, :, :rows]
        weights = np.where(np.isfinite(weights), weights, 0)
        cut += 0.0 if columns is None else weights[:, :, columns:].sum()
        whole += weights.sum()
    return cut / whole if whole else 0.0
