import keras
import numpy as np
import pytest

from keras_attn.data import Corpus, Split
from keras_attn.runs.classification.data import (
    ClassificationData,
    balanced_weights,
)
from keras_attn.runs.classification.objectives import (
    BalancedLabels,
    LabelsCrossentropy,
    MicroF1,
    SeveralLabels,
)

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(7, 3)).astype("float32") * 3
TRUTH = RNG.random((7, 3)) < 0.4


def test_labels_have_the_same_total_weight():
    weights = balanced_weights(np.array([2, 0, 2, 2, 5, 5]))
    np.testing.assert_allclose(weights, [2 / 3, 2, 2 / 3, 2 / 3, 1, 1])


@pytest.mark.slow
def test_weighted_accuracy_is_the_mean_recall():
    """One of three and two of two: 1/3 and 1."""
    truth = np.array([0, 0, 0, 1, 1])
    logits = np.eye(2, dtype="float32")[[0, 1, 1, 1, 1]]
    model = keras.Sequential([keras.Input((2,)), keras.layers.Identity()])
    model.compile(**BalancedLabels().compile_arguments())
    found = model.evaluate(
        logits,
        truth,
        sample_weight=balanced_weights(truth),
        verbose=0,
        return_dict=True,
    )
    assert found["accuracy"] == pytest.approx(3 / 5)
    assert found["balanced_accuracy"] == pytest.approx(2 / 3)


def test_loss_of_several_labels_is_that_of_keras():
    loss = LabelsCrossentropy()(TRUTH, LOGITS)
    expected = keras.losses.BinaryCrossentropy(from_logits=True)(TRUTH, LOGITS)
    assert float(loss) == pytest.approx(float(expected), rel=1e-6)


def test_weights_of_labels():
    """Against float64, each decision times the weight of its side."""
    weights = [[2.0, 0.5, 1.0], [0.25, 3.0, 1.0]]
    loss = float(LabelsCrossentropy(weights)(TRUTH, LOGITS))
    signs = np.where(TRUTH, LOGITS, -LOGITS).astype("float64")
    chosen = np.where(TRUTH, weights[0], weights[1])
    expected = np.mean(chosen * np.logaddexp(0, -signs))
    assert loss == pytest.approx(expected, rel=1e-6)


def test_micro_f1_of_logits():
    metric = MicroF1()
    for part in (slice(0, 4), slice(4, 7)):
        metric.update_state(TRUTH[part], LOGITS[part])
    decided = LOGITS > 0
    expected = 2 * np.sum(decided & TRUTH) / (decided.sum() + TRUTH.sum())
    assert float(metric.result()) == pytest.approx(expected, rel=1e-6)


def test_the_best_epoch_has_the_best_metric_then_loss():
    epochs = [
        {"val_micro_f1": "0.5", "val_loss": "0.2"},
        {"val_micro_f1": 0.6, "val_loss": 0.9},
        {"val_micro_f1": 0.6, "val_loss": 0.8},
    ]
    assert max(epochs, key=SeveralLabels().rank) is epochs[2]


def test_weights_of_labels_come_from_training():
    labels = np.array([[1, 1, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0]], bool)
    train = Split(["a"] * 4, labels, "x.csv")
    data = ClassificationData(
        Corpus("x", ("p", "q", "r"), train, train, train, "text", "label"),
        vectorizer=None,
        splits={},
    )
    with_label, without = data.label_weights()
    # All texts have p and none has r: there is nothing to balance.
    assert with_label == [1, 4 / 2, 1]
    assert without == [1, 4 / (2 * 3), 1]
