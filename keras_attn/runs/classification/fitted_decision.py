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
        _replace(model, temperature=temperature)
        found = predict_split(model, corpus, corpus.validation)
        after = _calibration_error(found)
        fitted["temperature"] = temperature
        fitted["calibration_error"] = {"before": before, "after": after}
    if found.is_multi_label:
        thresholds = fit_thresholds(found.probabilities, found.truth)
        _replace(model, thresholds=tuple(thresholds))
        fitted["thresholds"] = dict(zip(model.labels, thresholds, strict=True))
    return fitted


def _replace(model, **changes):
    model.decision = dataclasses.replace(model.decision, **changes)


def _calibration_error(found):
    return reliability(found.probabilities, found.truth, found.is_multi_label)[
        "expected_calibration_error"
    ]
