"""Calibration: do predictions with probability p come true in a share of p?"""

import numpy as np

BINS = 15
# The inverse of the temperature, 1 / T, is searched between these.
_LOWEST, _HIGHEST = 1e-2, 1e2


def reliability(probabilities, truth, is_multi_label):
    """Compare probabilities with how often the predictions are true.

    The predictions are put into 15 bins of equal width by their probability.
    With one label per text, a prediction is the most probable label of a text;
    with several, it is each label of each text.

    Args:
        probabilities: Array of shape `(N, C)`.
        truth: Boolean array of shape `(N, C)`, True where a text has a label.
        is_multi_label: Boolean, whether a text may have several labels.

    Returns:
        A dictionary that can be written as JSON: `count`, `probability` and
        `accuracy`, lists with one number per bin (the last two are the means
        of the bin, 0 if it is empty), and `expected_calibration_error`, the
        mean of `|accuracy - probability|` over all predictions.

    Reference:
        Guo et al., 2017, [On Calibration of Modern Neural
        Networks](https://arxiv.org/abs/1706.04599), section 2.
    """
    probabilities = np.asarray(probabilities, "float64")
    if is_multi_label:
        claimed, correct = probabilities.reshape(-1), truth.reshape(-1)
    else:
        best = probabilities.argmax(-1)
        rows = np.arange(len(best))
        claimed, correct = probabilities[rows, best], truth[rows, best]
    # A bin contains its upper end, as in the reference.
    bins = np.clip(np.ceil(claimed * BINS).astype(int) - 1, 0, BINS - 1)
    count = np.bincount(bins, minlength=BINS)
    sums = [
        np.bincount(bins, weights=values, minlength=BINS)
        for values in (claimed, correct.astype("float64"))
    ]
    error = np.abs(sums[0] - sums[1]).sum() / max(len(claimed), 1)
    claimed, correct = (each / np.maximum(count, 1) for each in sums)
    return {
        "count": count.tolist(),
        "probability": claimed.tolist(),
        "accuracy": correct.tolist(),
        "expected_calibration_error": float(error),
    }


def fit_temperature(logits, truth, is_multi_label):
    """Find the temperature with the smallest cross-entropy.

    The cross-entropy is convex in `1 / T`, so the root of its derivative is
    found by bisection.

    Args:
        logits: Array of shape `(N, C)`.
        truth: Boolean array of shape `(N, C)`.
        is_multi_label: Boolean, whether a text may have several labels.

    Returns:
        Float, from 0.01 to 100. It is at the lower end if all predictions are
        right, since higher probabilities would then always be better.
    """
    logits = np.asarray(logits, "float64")
    expected = _sigmoid if is_multi_label else _softmax
    low, high = _LOWEST, _HIGHEST
    for _ in range(100):
        middle = np.sqrt(low * high)
        slope = np.mean(
            np.sum((expected(middle * logits) - truth) * logits, axis=-1)
        )
        if slope > 0:
            high = middle
        else:
            low = middle
    return float(1 / np.sqrt(low * high))


def fit_thresholds(probabilities, truth):
    """Find the threshold of each label with the best F1.

    Args:
        probabilities: Array of shape `(N, C)`.
        truth: Boolean array of shape `(N, C)`.

    Returns:
        A list of C floats: for each label, the middle between the two
        probabilities that the best threshold separates. It is 0.5 for a label
        that no text has.
    """
    return [
        _threshold(np.asarray(column, "float64"), true)
        for column, true in zip(
            np.transpose(probabilities), np.transpose(truth), strict=True
        )
    ]


def _threshold(probabilities, true):
    if not true.any():
        return 0.5
    values, group = np.unique(probabilities, return_inverse=True)
    hits = np.bincount(group, weights=true)[::-1].cumsum()[::-1]
    decided = np.bincount(group)[::-1].cumsum()[::-1]
    f1 = 2 * hits / (decided + true.sum())
    best = int(f1.argmax())
    below = values[best - 1] if best else 0.0
    return float((below + values[best]) / 2)


def _softmax(x):
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))
