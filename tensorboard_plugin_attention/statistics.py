"""What a head does, in one number each: means over the rows of its map.

Shapes: H heads, T query length, S key length. Rows without any weight, such as
those of padding, count nowhere.
"""

import numpy as np

# Those that need a row and a column to stand for the same token.
_SELF_ONLY = ("distance", "diagonal", "previous", "next")


def head_statistics(weights, kind, special=None, pair=None):
    """Statistics of each head of one layer, for one sentence.

    - `entropy`: -sum_s w log w / log(keys not masked): 0 one key, 1 all alike;
      masked is a key to which no head gives any weight
    - `max`: the largest weight of a row
    - `distance`: sum_s w |t - s|, in tokens
    - `diagonal`, `previous`, `next`: w[t, t], w[t, t - 1], w[t, t + 1]
    - `first`, `special`: the weight on column 0, on all special columns
    - `referent`: the one weight w[pair]

    Args:
        weights: Float array (H, T, S), the weights after softmax.
        kind: `"self"`, `"cross"` or `"pool"`.
        special: Indices of columns such as "[CLS]". Defaults to `None`.
        pair: A row and a column, as of a pronoun and the noun it means.
            Defaults to `None`.

    Returns:
        A dict from name to a list of H floats, or to `None` where the
        statistic does not apply; a float that is not finite is `None` too.
    """
    weights = np.asarray(weights, "float64")
    # An infinite weight would turn into a number on the way; NaN does not.
    weights = np.where(np.isfinite(weights), weights, np.nan)
    used = (weights != 0).any(axis=-1)  # (H, T); NaN counts as used
    rows, columns = np.indices(weights.shape[1:])

    def mean(values):
        return _mean_of_rows(values, used)

    found = {
        "entropy": mean(_entropy(weights)),
        "max": mean(weights.max(axis=-1, initial=0)),
        "distance": mean((weights * np.abs(rows - columns)).sum(axis=-1)),
        "diagonal": mean(_beside(weights, 0)),
        "previous": mean(_beside(weights, -1)),
        "next": mean(_beside(weights, 1)),
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
    """Entropy of each row, divided by the largest that its mask allows."""
    logs = np.log(np.where(weights > 0, weights, 1))
    keys = (weights != 0).any(axis=0).sum(axis=-1)
    # One key leaves no choice; log 2 stands for log 1, under an entropy of 0.
    return -(weights * logs).sum(axis=-1) / np.log(np.maximum(keys, 2))


def _beside(weights, offset):
    """w[h, t, t + offset] of each row, 0 where there is no such column."""
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
