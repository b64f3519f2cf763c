import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_attn.runs.classification.calibration import (
    BINS,
    fit_temperature,
    fit_thresholds,
    reliability,
)


def test_exact_error_of_one_label():
    """Two predictions at 0.9, one right; two at 0.6, both right."""
    probabilities = [[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.6, 0.4]]
    truth = np.array([[1, 0], [0, 1], [0, 1], [1, 0]], bool)
    found = reliability(probabilities, truth, is_multi_label=False)
    # (2 |0.5 - 0.9| + 2 |1 - 0.6|) / 4
    assert found["expected_calibration_error"] == pytest.approx(0.4)
    assert sum(found["count"]) == 4
    bins = {i: n for i, n in enumerate(found["count"]) if n}
    assert bins == {8: 2, 13: 2}  # 0.6 is the upper end of bin 8 of 15
    assert found["probability"][13] == pytest.approx(0.9)
    assert found["accuracy"][13] == 0.5


def test_exact_error_of_several_labels():
    """Each label of each text is a prediction."""
    truth = np.array([[1, 0], [0, 0]], bool)
    found = reliability([[0.8, 0.3], [0.8, 0.0]], truth, is_multi_label=True)
    # (|1 - 1.6| + |0 - 0.3| + |0 - 0|) / 4
    assert found["expected_calibration_error"] == pytest.approx(0.225)
    assert found["count"][0] == 1 and found["count"][4] == 1


@given(st.integers(1, 300), st.integers(0, 99))
def test_calibrated_predictions_have_a_small_error(count, seed):
    """The error is a mean over bins, and at most 1."""
    rng = np.random.default_rng(seed)
    p = rng.random((count, 1))
    truth = rng.random((count, 1)) < p
    found = reliability(p, truth, is_multi_label=True)
    error = found["expected_calibration_error"]
    noise = np.sqrt(BINS / count)  # the sum over bins of their deviations
    assert 0 <= error <= min(1, noise)
    ends = np.arange(BINS + 1) / BINS
    for i, number in enumerate(found["count"]):
        if number:
            assert ends[i] <= found["probability"][i] <= ends[i + 1]


def cross_entropy(logits, truth, several):
    if several:
        signs = np.where(truth, logits, -logits)
        return np.logaddexp(0, -signs).sum(-1).mean()
    log_sum = np.log(np.exp(logits - logits.max(-1, keepdims=True)).sum(-1))
    return np.mean(log_sum + logits.max(-1) - logits[truth])


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("true_temperature", [0.4, 1.0, 3.0])
def test_the_temperature_has_the_smallest_cross_entropy(
    several, true_temperature
):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(700, 3)) * 2
    if several:
        truth = rng.random(logits.shape) < 1 / (1 + np.exp(-logits))
    else:
        noise = rng.gumbel(size=logits.shape)
        best = (logits + noise).argmax(-1)
        truth = np.arange(3) == best[:, None]
    logits = logits * true_temperature
    found = fit_temperature(logits, truth, several)
    assert found == pytest.approx(true_temperature, rel=0.2)
    losses = {
        scale: cross_entropy(logits / (scale * found), truth, several)
        for scale in (1.0, 0.999, 1.001)
    }
    assert min(losses, key=losses.get) == 1.0


def test_the_temperature_of_perfect_predictions_is_bounded():
    logits = np.array([[3.0, 0.0], [0.0, 2.0]])
    truth = np.eye(2, dtype=bool)
    assert fit_temperature(logits, truth, False) == pytest.approx(0.01)
    assert fit_temperature(-logits, truth, False) == pytest.approx(100)


@given(st.integers(1, 30), st.integers(0, 99))
def test_thresholds_have_the_best_f1(count, seed):
    rng = np.random.default_rng(seed)
    probabilities = rng.integers(0, 9, size=(count, 2)) / 8  # with ties
    truth = rng.random((count, 2)) < 0.4
    thresholds = fit_thresholds(probabilities, truth)
    for threshold, p, true in zip(
        thresholds, probabilities.T, truth.T, strict=True
    ):
        if not true.any():
            assert threshold == 0.5
            continue

        def f1(decided, true=true):
            return 2 * (decided & true).sum() / (decided.sum() + true.sum())

        best = max(f1(p >= each) for each in p)
        assert f1(p >= threshold) == best
        assert 0 <= threshold < 1
        assert threshold not in p or threshold == p.min() == 0
