"""Statistics of heads: small exact numbers, and the formulas in loops."""

import math

import numpy as np
import pytest

from tensorboard_plugin_attention.statistics import head_statistics

SELF_ONLY = ("distance", "diagonal", "previous", "next")


def softmax(*shape, seed=0):
    powers = np.exp(3 * np.random.default_rng(seed).normal(size=shape))
    return powers / powers.sum(axis=-1, keepdims=True)


def test_small_exact_numbers():
    weights = np.array([[[1, 0, 0], [0.5, 0.5, 0], [0.25, 0.25, 0.5]]])
    entropy = (0 + 1 + 1.5 * math.log(2) / math.log(3)) / 3
    assert head_statistics(weights, "self", special=[0, 2], pair=(2, 1)) == {
        "entropy": [pytest.approx(entropy)],
        "max": [pytest.approx(2 / 3)],
        "distance": [pytest.approx((0 + 0.5 + 0.75) / 3)],
        "diagonal": [pytest.approx((1 + 0.5 + 0.5) / 3)],
        "previous": [pytest.approx((0.5 + 0.25) / 3)],
        "next": [0.0],
        "first": [pytest.approx(1.75 / 3)],
        "special": [pytest.approx((1 + 0.5 + 0.75) / 3)],
        "referent": [0.25],
    }


def test_the_formulas_in_loops():
    weights = softmax(3, 7, 7)
    weights[:, :, 5:] = 0
    found = head_statistics(weights, "self")
    for h in range(3):
        entropy = distance = previous = following = 0
        for t in range(7):
            for s in range(5):
                w = weights[h, t, s]
                entropy -= w * math.log(w) / math.log(5) / 7
                distance += w * abs(t - s) / 7
                previous += w * (s == t - 1) / 7
                following += w * (s == t + 1) / 7
        assert found["entropy"][h] == pytest.approx(entropy)
        assert found["distance"][h] == pytest.approx(distance)
        assert found["previous"][h] == pytest.approx(previous)
        assert found["next"][h] == pytest.approx(following)


def test_even_attention_has_entropy_1_whatever_the_mask():
    causal = np.tril(np.ones((5, 5)))
    weights = (causal / causal.sum(axis=-1, keepdims=True))[None]
    # The first row has only one key.
    assert head_statistics(weights, "self")["entropy"] == [pytest.approx(0.8)]


def test_a_weight_that_underflows_in_one_head_is_not_masked():
    weights = np.array([[[0.5, 0.5, 0.0]], [[0.0, 0.5, 0.5]]])
    expected = math.log(2) / math.log(3)
    assert (
        head_statistics(weights, "cross")["entropy"]
        == [pytest.approx(expected)] * 2
    )


def test_rows_without_weights_are_ignored():
    weights = softmax(2, 5, 5)
    padded = np.zeros((2, 8, 8))
    padded[:, :5, :5] = weights
    alone = head_statistics(weights, "self", [0], (1, 2))
    for name, values in head_statistics(padded, "self", [0], (1, 2)).items():
        assert values == pytest.approx(alone[name]), name


@pytest.mark.parametrize(
    "kind, shape", [("cross", (2, 3, 5)), ("pool", (2, 1, 5))]
)
def test_there_is_no_distance_unless_rows_are_columns(kind, shape):
    found = head_statistics(softmax(*shape), kind)
    assert [n for n, v in found.items() if v is None] == [
        *SELF_ONLY,
        "special",
        "referent",
    ]
    assert all(0 < v < 1 for v in found["entropy"])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_head_that_is_not_finite_has_no_statistics_and_no_warning(bad):
    weights = softmax(2, 4, 4)
    weights[0, 1, 2] = bad
    found = head_statistics(weights, "self", pair=(1, 2))
    assert found["entropy"][0] is None and found["referent"][0] is None
    clean = head_statistics(softmax(2, 4, 4), "self", pair=(1, 2))
    assert found["entropy"][1] == clean["entropy"][1]


def test_a_head_of_zeros_has_no_statistics():
    found = head_statistics(np.zeros((1, 2, 2)), "self")
    assert found["entropy"] == [None]
    assert found["distance"] == [None]
