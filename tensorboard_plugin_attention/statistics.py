"""Statistics of attention heads: means over the rows of a map.

Shapes: H heads, T query length, S key length. Rows without any weight, such as
those of padding, are ignored.
"""

import numpy as np

# These need row t and column t to be the same token.
_SELF_ONLY = ("distance", "diagonal", "previous", "next")


def head_statistics(weights, kind, special=None, pair=None):
    """Compute the statistics of each head of one layer for one text.

    - `entropy`: -sum_s w log w / log(number of unmasked keys), from 0 (a single
      key has all the weight) to 1 (uniform); a key is masked if no head gives
      it any weight
    - `max`: the largest weight of a row
    - `distance`: sum_s w |t - s|, in tokens
    - `diagonal`, `previous`, `next`: w[t, t], w[t, t - 1], w[t, t + 1]
    - `first`, `special`: the weight on column 0, on all special columns
    - `referent`: the single weight w[pair]

    Args:
        weights: Float array of shape `(H, T, S)`, the weights after softmax.
        kind: `"self"`, `"cross"` or `"pool"`.
        special: List of integers, the columns of special tokens such as
            "[CLS]". Defaults to `None`.
        pair: A row and a column, such as a pronoun and its referent. Defaults
            to `None`.

    Returns:
        A dict from the statistic's name to a list of H floats, or to `None` if
        it does not apply. Values that are not finite are `None`.
    """
    weights = np.asarray(weights, "float64")
    # An infinite weight could turn into a finite number; NaN stays NaN.
    weights = np.where(np.isfinite(weights), weights, np.nan)
    used = (weights != 0).any(axis=-1)  # (H, T); NaN counts as used
    rows, columns = np.indices(weights.shape[1:])

    def mean(values):
        return _mean_of_rows(values, used)

    found = {
        "entropy": mean(_entropy(weights)),
        "max": mean(weights.max(axis=-1, initial=0)),
        "distance": mean((weights * np.abs(rows - columns)).sum(axis=-1)),
        "diagonal": mean(_neighbor_weights(weights, 0)),
        "previous": mean(_neighbor_weights(weights, -1)),
        "next": mean(_neighbor_weights(weights, 1)),
        "first": mean(weights[:, :, :1].sum(axis=-1)),
        "special": special is not None
        and mean(weights[:, :, list(special)].sum(axis=-1)),
        "referent": pair is not None and weights[:, pair[0], pair[1]],
    }
    if kind != "self":
        found.update(dict.fromkeys(_SELF_ONLY, False))
    return {
        name: None if values is False else _as_json(values)
        for name, values in found.items()
    }


def _entropy(weights):
    """Return the entropy of each row, divided by the maximum given the mask."""
    logs = np.log(np.where(weights > 0, weights, 1))
    keys = (weights != 0).any(axis=0).sum(axis=-1)
    # With a single key the entropy is 0; log 2 avoids a division by log 1 = 0.
    return -(weights * logs).sum(axis=-1) / np.log(np.maximum(keys, 2))


def _neighbor_weights(weights, offset):
    """Return w[h, t, t + offset], or 0 if there is no such column."""
    found = np.zeros(weights.shape[:2])
    line = np.diagonal(weights, offset, axis1=1, axis2=2)
    start = max(0, -offset)
    found[:, start : start + line.shape[1]] = line
    return found


def _mean_of_rows(values, used):
    count = used.sum(axis=-1)
    total = np.where(used, values, 0).sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _as_json(values):
    return [float(v) if np.isfinite(v) else None for v in values]
