"""Confidence intervals of proportions, compared with published ones."""

import pytest

from keras_attn.release.card.intervals import wilson


# The examples of Newcombe (1998), "Two-sided confidence intervals for the
# single proportion", Statistics in Medicine 17, table I, method 3.
@pytest.mark.parametrize(
    "hits, total, low, high",
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval_matches_published_values(hits, total, low, high):
    assert wilson(hits, total) == pytest.approx((low, high), abs=5e-5)
    mirrored = wilson(total - hits, total)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=5e-5)


def test_no_trials_give_the_whole_range():
    assert wilson(0, 0) == (0.0, 1.0)
