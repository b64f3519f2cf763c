"""Temperature and thresholds, fitted on the validation split."""

import dataclasses

from keras_attn.runs.classification.calibration import (
    fit_temperature,
    fit_thresholds,
    reliability,
)
from keras_attn.runs.classification.predictions import predict_split


def fit_decision(model, corpus, calibrate):
    """Replace the decision of a classifier by the best one on validation.

    The thresholds of a model with several labels per text are always fitted,
    after the temperature.

    Args:
        model: `SentenceClassifier`. Its `decision` is replaced.
        corpus: `keras_attn.data.Corpus`.
        calibrate: Boolean, whether to fit the temperature.

    Returns:
        What was fitted, a dictionary that can be written as JSON:
        `temperature` and `calibration_error`, the error on validation `before`
        and `after`; and `thresholds`, from label to number.
    """
    found = predict_split(model, corpus, corpus.validation)
    fitted = {}
    if calibrate:
        before = _calibration_error(found)
        temperature = fit_temperature(
            found.logits, found.truth, found.is_multi_label
        )
        found = _with(found, temperature=temperature)
        after = _calibration_error(found)
        fitted["temperature"] = temperature
        fitted["calibration_error"] = {"before": before, "after": after}
    if found.is_multi_label:
        thresholds = fit_thresholds(found.probabilities, found.truth)
        found = _with(found, thresholds=tuple(thresholds))
        fitted["thresholds"] = dict(zip(model.labels, thresholds, strict=True))
    model.decision = found.decision
    return fitted


def _with(found, **changes):
    """The same logits with another decision."""
    decision = dataclasses.replace(found.decision, **changes)
    return dataclasses.replace(found, decision=decision)


def _calibration_error(found):
    return reliability(found.probabilities, found.truth, found.is_multi_label)[
        "expected_calibration_error"
    ]
