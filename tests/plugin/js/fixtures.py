"""Computes the expected results of the page's arithmetic in NumPy float64.

Straight from the formulas and independent of any code of the project:
`python tests/plugin/js/fixtures.py` writes `fixtures.json` beside it, always
the same. Shapes: H heads, T query length, S key length.
"""

import json
import pathlib

import numpy as np

_RANDOM = np.random.RandomState(4)


def maps_of(heads, rows, columns, hidden=None):
    """Weights (H, T, S) after a softmax; 0 where `hidden` (T, S) is true."""
    scores = _RANDOM.randn(heads, rows, columns) * 2
    weights = np.exp(scores)
    if hidden is not None:
        weights = np.where(hidden, 0, weights)
    total = weights.sum(-1, keepdims=True)
    weights = weights / np.where(total == 0, 1, total)
    # The page uses float32.
    return weights.astype("float32").astype("float64")


def entropies(weights):
    """(T), of one head; NaN for a row without weight."""
    found = []
    for row in weights:
        kept = row[row > 0]
        if not kept.size:
            found.append(np.nan)
        elif kept.size == 1:
            found.append(0.0)
        else:
            found.append(-np.sum(kept * np.log(kept)) / np.log(kept.size))
    return np.array(found)


def statistics(weights, kind, special=None, pair=None):
    """Each statistic of one head, over the rows with any weight."""
    used = [t for t in range(len(weights)) if weights[t].any()]
    columns = weights.shape[1]

    def mean(values):
        return float(np.mean(values)) if len(values) else None

    def beside(offset):
        return mean(
            [
                weights[t, t + offset] if 0 <= t + offset < columns else 0
                for t in used
            ]
        )

    own = kind == "self"
    places = np.arange(columns)
    return {
        "entropy": mean([e for e in entropies(weights) if not np.isnan(e)]),
        "max": mean([weights[t].max() for t in used]),
        "distance": mean(
            [(weights[t] * np.abs(t - places)).sum() for t in used]
        )
        if own
        else None,
        "diagonal": beside(0) if own else None,
        "previous": beside(-1) if own else None,
        "next": beside(1) if own else None,
        "first": mean([weights[t, 0] for t in used]),
        "special": mean([weights[t, special].sum() for t in used])
        if special
        else None,
        "referent": float(weights[tuple(pair)]) if pair else None,
    }


def rollout(layers):
    """R = A'_L ... A'_1 with A' = A / 2 + I / 2, rows normalized to 1."""
    product = np.eye(len(layers[0]))
    for weights in layers:
        mixed = 0.5 * weights + 0.5 * np.eye(len(weights))
        product = (mixed / mixed.sum(-1, keepdims=True)) @ product
    return product


def strongest(weights, k):
    """The k largest cells of each row, and their share of the weight."""
    edges = []
    for t, row in enumerate(weights):
        for s in np.argsort(-row)[:k]:
            if row[s] > 0:
                edges.append([t, int(s), float(row[s])])
    edges.sort(key=lambda edge: -edge[2])
    shown = sum(edge[2] for edge in edges) / weights.sum()
    return {"k": k, "edges": edges, "shown": shown, "hidden": 1 - shown}


def pooled(weights, size):
    """The maximum of each bin; bin b of n starts at floor(b * length / n)."""
    edges = []
    for length in weights.shape:
        count = min(length, size)
        edges.append([b * length // count for b in range(count)])
    found = np.maximum.reduceat(weights, edges[0], axis=0)
    return np.maximum.reduceat(found, edges[1], axis=1)


def case(name, weights):
    """One map with the expected results of the page."""
    return {
        "name": name,
        "weights": weights,
        "entropy": [entropies(head) for head in weights],
        "mean": weights.mean(0),
        "largest": weights.max(0),
        "strongest": [strongest(head, 2) for head in weights],
    }


def fixtures():
    """All cases, as NumPy arrays in dicts."""
    causal = np.triu(np.ones((6, 6), bool), 1)
    padded = causal | (np.arange(6) == 0)  # row 0 has nothing to look at
    layers = [maps_of(1, 6, 6)[0] for _ in range(3)] + [
        maps_of(1, 6, 6, padded)[0]
    ]
    large = maps_of(1, 37, 21)[0]
    return {
        "cases": [
            case("self", maps_of(3, 6, 6)),
            case("causal", maps_of(2, 6, 6, causal)),
            case("padded", maps_of(2, 6, 6, padded)),
            case("cross", maps_of(2, 4, 7)),
            case("pool", maps_of(2, 1, 9)),
            case("one", maps_of(1, 1, 1)),
        ],
        "rollout": {"layers": layers, "result": rollout(layers)},
        "difference": {
            "a": layers[0],
            "b": layers[1],
            "result": layers[0] - layers[1],
        },
        "pooled": {"weights": large, "size": 8, "result": pooled(large, 8)},
    }


def plain(value):
    """Arrays as lists, floats to 9 digits, NaN as `None`."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else float(f"{value:.9g}")
    return int(value) if isinstance(value, np.integer) else value


if __name__ == "__main__":
    path = pathlib.Path(__file__).with_name("fixtures.json")
    path.write_text(json.dumps(plain(fixtures())) + "\n")
