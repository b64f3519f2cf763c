"""Accuracy, F1 and calibration of a classifier, and its worst mistakes."""

import numpy as np

from keras_attn.data.labels import label_text
from keras_attn.runs.classification.calibration import reliability
from keras_attn.runs.classification.predictions import predict_split

MISTAKES = 10


def measure(model, corpus, split, verbose=0):
    """Evaluate a classifier on one split of a dataset.

    Args:
        model: `SentenceClassifier`.
        corpus: `keras_attn.data.Corpus`.
        split: `"train"`, `"validation"` or `"test"`.
        verbose: As in `keras.Model.predict`. Defaults to `0`.

    Returns:
        A dictionary that can be written as JSON. A model of several labels per
        text has `micro_f1` and `macro_f1`, other models a `confusion` matrix
        whose rows are true labels. `accuracy` is the share of texts whose
        labels are all right.

    Raises:
        DataError: If the corpus has a label that the model does not know.
        ValueError: If a text has no tokens or too many.
    """
    part = getattr(corpus, split)
    found = predict_split(model, corpus, part, verbose)
    return {
        "dataset": corpus.name,
        "source": part.source,
        "split": split,
        "texts": len(part),
        "accuracy": found.accuracy,
        **(
            f1_scores(found.decided, found.truth)
            if found.is_multi_label
            else {"confusion": confusion(found.decided, found.truth)}
        ),
        "per_label": {
            label: label_metrics(found.decided[:, i], found.truth[:, i])
            for i, label in enumerate(model.labels)
        },
        "calibration": reliability(
            found.probabilities, found.truth, found.is_multi_label
        ),
        "mistakes": mistakes(found, part, model.labels),
    }


def f1_scores(decided, truth):
    """The F1 of all decisions together, and the mean F1 of the labels.

    Args:
        decided: Boolean array of shape `(N, C)`.
        truth: Boolean array of shape `(N, C)`.

    Returns:
        A dictionary of two floats, `micro_f1` and `macro_f1`.
    """
    each = [
        label_metrics(column, true)["f1"]
        for column, true in zip(decided.T, truth.T, strict=True)
    ]
    return {
        "micro_f1": label_metrics(decided, truth)["f1"],
        "macro_f1": float(np.mean(each)),
    }


def confusion(decided, truth):
    """Count texts by true label (row) and predicted label (column).

    Args:
        decided: Boolean array of shape `(N, C)`, one True per row.
        truth: Boolean array of shape `(N, C)`, one True per row.

    Returns:
        A list of C lists of C integers.
    """
    return (truth.T.astype(int) @ decided.astype(int)).tolist()


def label_metrics(decided, true):
    """Precision, recall and F1 of one label.

    Args:
        decided: Boolean array, where the model gives the label.
        true: Boolean array of the same shape, where the label is right.

    Returns:
        A dictionary of `texts`, how many have the label, `precision`, `recall`
        and `f1`. A share of nothing is 0.
    """
    hits = int(np.sum(decided & true))
    precision = hits / max(int(decided.sum()), 1)
    recall = hits / max(int(true.sum()), 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-12)
    return {
        "texts": int(true.sum()),
        "precision": precision,
        "recall": recall,
        "f1": f1,
    }


def mistakes(found, part, labels):
    """The most confident wrong decisions, at most ten.

    How sure it was is the probability of the wrong label; if a label is
    missing, 1 minus its probability.

    Args:
        found: `Predictions`.
        part: `keras_attn.data.Split`, the texts.
        labels: Sequence of strings, the labels of the model.

    Returns:
        A list of dictionaries of `text`, `location`, `label`, `predicted` and
        `probability`, the most confident first.
    """
    sure = np.where(found.decided, found.probabilities, 1 - found.probabilities)
    sure = np.where(found.decided != found.truth, sure, 0.0)
    if not found.is_multi_label:  # the wrong label counts, not the missing one
        sure = np.where(found.decided, sure, 0.0)
    worst = sure.max(axis=-1)
    order = np.argsort(-worst, kind="stable")[:MISTAKES]
    return [
        {
            "text": part.texts[i],
            "location": part.location(i),
            "label": label_text(found.truth[i], labels),
            "predicted": label_text(found.decided[i], labels),
            "probability": float(worst[i]),
        }
        for i in order
        if worst[i] > 0
    ]
