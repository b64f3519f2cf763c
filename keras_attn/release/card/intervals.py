"""Confidence intervals of proportions."""

from statistics import NormalDist


def wilson(hits, total, confidence=0.95):
    """Compute the Wilson score interval of a proportion.

    With p = hits / total, n = total and z the normal quantile, the bounds are
    (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n). Unlike the
    normal approximation, it is reliable near 0 and 1 and for small samples
    (Brown, Cai and DasGupta, 2001).

    Args:
        hits: Integer, number of successes.
        total: Integer, number of trials.
        confidence: Float in (0, 1). Defaults to `0.95`.

    Returns:
        Pair of floats in [0, 1]; `(0.0, 1.0)` if `total` is 0.

    Reference:
        Wilson (1927), "Probable inference, the law of succession, and
        statistical inference", JASA 22.
    """
    if not total:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = hits / total
    middle = share + z**2 / (2 * total)
    half = z * (share * (1 - share) / total + z**2 / (4 * total**2)) ** 0.5
    scale = 1 + z**2 / total
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)
