"""The model card's section about accuracy on the test split."""

import numpy as np

from keras_attn.release.card.intervals import wilson
from keras_attn.release.card.markdown import escape, table
from keras_attn.runs.classification.calibration import reliability
from keras_attn.runs.classification.metrics import confusion, f1_scores

_MAX_CONFUSIONS = 3


def metrics_section(labels, reference, dataset):
    """Describe the Keras model's results on the test split, in Markdown.

    Args:
        labels: Sequence of strings, the model's labels.
        reference: `keras_attn.release.proof.Reference`.
        dataset: String, the dataset's name in Markdown.
    """
    several = reference.decision.is_multi_label
    summary = _f1(reference) if several else _accuracy(reference)
    parts = [
        f"The Keras model was evaluated on all {len(reference.texts):,} texts "
        f"of the test split of {dataset}. {summary}",
        _per_label(labels, reference),
        "" if several else _confusions(labels, reference),
        _calibration(reference),
    ]
    return "\n\n".join(part for part in parts if part)


_INTERVALS = (
    "All intervals are Wilson score intervals. They account for the random "
    "choice of the test texts, but not for texts of a different kind."
)


def _accuracy(reference):
    total = len(reference.truth)
    baseline = int(reference.truth[:, reference.most_frequent].sum())
    return (
        f"Accuracy: {_right(reference)}. A classifier that always predicts the "
        "most frequent training label has an accuracy of "
        f"{baseline / total:.2%}. {_INTERVALS}"
    )


def _f1(reference):
    scores = f1_scores(reference.decided, reference.truth)
    nothing = np.mean(~reference.truth.any(axis=-1))
    return (
        f"F1 of all decisions: **{scores['micro_f1']:.3f}**; mean F1 of the "
        f"labels: {scores['macro_f1']:.3f}. All labels of a text are right in "
        f"{_right(reference)}. A classifier that never returns a label is "
        f"right for {nothing:.2%} of them. {_INTERVALS}"
    )


def _right(reference):
    right = np.all(reference.decided == reference.truth, axis=-1)
    correct, total = int(right.sum()), len(right)
    return (
        f"**{correct / total:.2%}** (95% interval: "
        f"{_interval(correct, total)}), {correct:,} of {total:,} texts"
    )


def _per_label(labels, reference):
    rows, decided = [], reference.decided
    for number, label in enumerate(labels):
        predicted = decided[:, number]
        true = reference.truth[:, number]
        hits = int(np.sum(predicted & true))
        num_predicted, num_true = int(predicted.sum()), int(true.sum())
        both = num_predicted + num_true
        rows.append(
            [
                escape(label),
                f"{num_true:,}",
                _share(hits, num_predicted),
                _share(hits, num_true),
                f"{2 * hits / both:.3f}" if both else "-",
            ]
        )
    heads = ["label", "test texts:", "precision (95%):", "recall (95%):"]
    heads.append("F1:")
    if reference.decision.is_multi_label:
        heads.append("threshold:")
        for row, threshold in zip(
            rows, reference.decision.thresholds, strict=True
        ):
            row.append(f"{threshold:.3f}")
    return table(heads, rows)


def _confusions(labels, reference):
    """The most frequent mistakes as one line; empty if there are none."""
    counts = np.array(confusion(reference.decided, reference.truth))
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:_MAX_CONFUSIONS]
    pairs = [np.unravel_index(i, counts.shape) for i in order]
    found = [
        f"{escape(labels[true])} classified as {escape(labels[predicted])} "
        f"({counts[true, predicted]})"
        for true, predicted in pairs
        if counts[true, predicted]
    ]
    return f"Most frequent mistakes: {'; '.join(found)}." if found else ""


def _calibration(reference):
    error = reliability(
        reference.probabilities,
        reference.truth,
        reference.decision.is_multi_label,
    )["expected_calibration_error"]
    temperature = reference.decision.temperature
    fitted = (
        "The probabilities were not calibrated."
        if temperature == 1
        else f"The temperature of the probabilities, {temperature:.3f}, was "
        "fitted on the validation split."
    )
    return (
        f"Expected calibration error (15 bins): {error:.3f}, the mean "
        "difference between the probability of a prediction and how often it "
        f"is right. {fitted}"
    )


def _share(hits, total):
    if not total:
        return "-"
    return f"{hits / total:.3f} ({_interval(hits, total, '.2f')})"


def _interval(hits, total, form=".1%"):
    low, high = wilson(hits, total)
    return f"{low:{form}} to {high:{form}}"
