"""Cutting a part off a labelled set: stratified and reproducible."""

import numpy as np


def holdout(
    labels: np.ndarray, fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Chooses which examples to keep and which to hold out.

    Each class gives its share: `fraction` of its examples, rounded down or up
    (largest remainders first) so that the whole comes to `fraction` of all.
    No class is held out entirely, so a class with one example stays in the
    part that is kept.

    Args:
        labels: integers (N,), the class of each example.
        fraction: the share to hold out, in (0, 1).
        seed: integer >= 0; the same labels, fraction and seed give the same
            parts.

    Returns:
        `(kept, held)`: two int64 arrays of indices, each ascending, together
        all of 0..N-1. `held` is empty where no class can spare an example.
    """
    labels = np.asarray(labels)
    classes, sizes = np.unique(labels, return_counts=True)
    shares = fraction * sizes
    counts = np.floor(shares).astype(np.int64)
    missing = max(1, round(fraction * len(labels))) - counts.sum()
    # A stable sort, so that equal remainders go by class number.
    for i in np.argsort(counts - shares, kind="stable"):
        if missing > 0 and counts[i] < sizes[i] - 1:
            counts[i] += 1
            missing -= 1

    # One shuffle for all classes: how they are numbered must not matter, or the
    # same data as a file, its labels in another order, would be cut elsewhere.
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    held = np.zeros(len(labels), dtype=bool)
    for label, count in zip(classes, counts, strict=True):
        members = shuffled[labels[shuffled] == label]
        held[members[:count]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)
