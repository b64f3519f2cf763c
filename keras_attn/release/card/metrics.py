"""The model card's section about accuracy on the test split."""

import numpy as np

from keras_attn.release.card.intervals import wilson
from keras_attn.release.card.markdown import escape, table

_MAX_CONFUSIONS = 3


def metrics_section(labels, reference, dataset):
    """Describe the Keras model's results on the test split, in Markdown.

    Args:
        labels: Sequence of strings, the model's labels.
        reference: `keras_attn.release.proof.Reference`.
        dataset: String, the dataset's name in Markdown.
    """
    parts = [
        f"The Keras model was evaluated on all {len(reference.texts):,} texts "
        f"of the test split of {dataset}. {_accuracy(reference)}",
        _per_label(labels, reference),
        _confusions(labels, reference),
    ]
    return "\n\n".join(part for part in parts if part)


def _accuracy(reference):
    correct = int(np.sum(reference.decisions == reference.truth))
    total = len(reference.truth)
    baseline = int(np.sum(reference.truth == reference.most_frequent))
    return (
        f"Accuracy: **{correct / total:.2%}** "
        f"(95% interval: {_interval(correct, total)}), {correct:,} of "
        f"{total:,} texts. A classifier that always predicts the most "
        f"frequent training label has an accuracy of {baseline / total:.2%}. "
        "All intervals are Wilson score intervals. They account for the random "
        "choice of the test texts, but not for texts of a different kind."
    )


def _per_label(labels, reference):
    rows = []
    for number, label in enumerate(labels):
        predicted = reference.decisions == number
        true = reference.truth == number
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
    return table([*heads, "F1:"], rows)


def _confusions(labels, reference):
    """The most frequent mistakes as one line; empty if there are none."""
    counts = np.zeros((len(labels), len(labels)), int)
    np.add.at(counts, (reference.truth, reference.decisions), 1)
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


def _share(hits, total):
    if not total:
        return "-"
    return f"{hits / total:.3f} ({_interval(hits, total, '.2f')})"


def _interval(hits, total, form=".1%"):
    low, high = wilson(hits, total)
    return f"{low:{form}} to {high:{form}}"
