"""Holding out a part of labeled data, stratified and reproducible."""

import numpy as np

from keras_attn.data.labels import label_groups


def holdout(labels, fraction, seed):
    """Choose which examples to keep and which to hold out.

    `fraction` of all examples is held out. Each class contributes its share,
    rounded down or up; the classes with the largest remainders are rounded up.
    At least one example of each class is kept.

    If a text may have several labels, a class is a combination of labels. The
    combinations that are too rare to be divided, below `1 / fraction` examples,
    are one class together.

    Args:
        labels: Integer array of shape `(N,)`, the class of each example, or
            boolean array of shape `(N, C)`, the labels of each.
        fraction: Float in (0, 1), the share to hold out.
        seed: Integer, at least 0. The same labels, fraction and seed give the
            same parts.

    Returns:
        A pair `(kept, held)` of ascending int64 arrays of indices, together
        all of 0..N-1. `held` is empty if every class has only one example.
    """
    labels = np.asarray(labels)
    if labels.ndim == 2:
        labels = _common_groups(label_groups(labels), 1 / fraction)
    classes, sizes = np.unique(labels, return_counts=True)
    shares = fraction * sizes
    counts = np.floor(shares).astype(np.int64)
    missing = max(1, round(fraction * len(labels))) - counts.sum()
    # The sort is stable, so that ties go to the class with the lower number.
    for i in np.argsort(counts - shares, kind="stable"):
        if missing > 0 and counts[i] < sizes[i] - 1:
            counts[i] += 1
            missing -= 1

    # One shuffle for all classes makes the result independent of how the
    # classes are numbered: a file with the same data but its labels in another
    # order is split in the same way.
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    held = np.zeros(len(labels), dtype=bool)
    for label, count in zip(classes, counts, strict=True):
        members = shuffled[labels[shuffled] == label]
        held[members[:count]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


def _common_groups(groups, fewest):
    """Merge the groups of fewer than `fewest` members into one, number -1."""
    return np.where(np.bincount(groups)[groups] < fewest, -1, groups)
