"""How sure a share is that was counted on a sample."""

from statistics import NormalDist


def wilson(hits, total, confidence=0.95):
    """The Wilson score interval of a share.

    With p = hits / total, n = total and z the normal quantile, its ends are
    (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n): Wilson (1927),
    "Probable inference, the law of succession, and statistical inference",
    JASA 22. Brown, Cai and DasGupta (2001) recommend it, as it holds near 0
    and 1 and for small samples.

    Args:
        hits: Integer, how often it was so.
        total: Integer, of how many.
        confidence: Float in (0, 1). Defaults to `0.95`.

    Returns:
        A pair of floats in [0, 1]; `(0.0, 1.0)` for a total of 0.
    """
    if not total:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = hits / total
    middle = share + z**2 / (2 * total)
    half = z * (share * (1 - share) / total + z**2 / (4 * total**2)) ** 0.5
    whole = 1 + z**2 / total
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)
