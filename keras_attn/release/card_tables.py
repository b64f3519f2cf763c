"""The tables of a model card: how often it is right, and what files cost."""

import numpy as np

from keras_attn.release.intervals import wilson
from keras_attn.release.markdown import escape, table
from keras_attn.release.parity_table import size


def accuracy(reference):
    """Accuracy with its interval, and that of training's commonest label."""
    right = int(np.sum(reference.decisions == reference.truth))
    total = len(reference.truth)
    most = int(np.sum(reference.truth == reference.commonest))
    return (
        f"Accuracy **{right / total:.2%}** ({_interval(right, total)}): "
        f"{right:,} of {total:,} texts. Always giving the label that is most "
        f"frequent in training would be right on {most / total:.2%}. Intervals "
        "are Wilson's, of 95 % confidence; they say how far chance in drawing "
        "the test texts may reach, and nothing of texts of another kind."
    )


def per_label(labels, reference):
    """Precision, recall and F1 of each label, a table."""
    rows = []
    for number, label in enumerate(labels):
        decided = reference.decisions == number
        true = reference.truth == number
        hits, given, there = (
            int(np.sum(which)) for which in (decided & true, decided, true)
        )
        f1 = f"{2 * hits / (given + there):.3f}" if given + there else "-"
        shares = [_share(hits, given), _share(hits, there)]
        rows.append([escape(label), f"{there:,}", *shares, f1])
    return table(
        [*("label", "test texts:", "precision (95 %):", "recall (95 %):")]
        + ["F1:"],
        rows,
    )


def confusions(labels, reference, most=3):
    """The most frequent mistakes, in words; empty if there are none."""
    counts = np.zeros((len(labels), len(labels)), int)
    np.add.at(counts, (reference.truth, reference.decisions), 1)
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:most]
    pairs = [np.unravel_index(i, counts.shape) for i in order]
    found = [
        f"{escape(labels[true])} taken for {escape(labels[given])} "
        f"({counts[true, given]})"
        for true, given in pairs
        if counts[true, given]
    ]
    return f"Most frequent mistakes: {'; '.join(found)}." if found else ""


def proof(parity):
    """Each file against the Keras model, a table."""
    heads = [
        *("file", "largest probability difference:", "attention:"),
        *("equal decisions:", "accuracy:", "difference in points:"),
        *("size:", "of float32:"),
    ]
    rows = [
        [
            f"`{name}`",
            f"{figures['max_difference']:.1e}",
            f"{figures['max_attention_difference']:.1e}",
            f"{figures['equal_decisions']:.2%}",
            f"{figures['accuracy']:.2%}",
            f"{figures['accuracy_points']:+.2f}",
            size(figures["size"]),
            f"{figures['size_ratio']:.1%}",
        ]
        for name, figures in parity["files"].items()
    ]
    notes = [
        f"\n**`{name}` misses its bound**, and was kept on demand: {miss}."
        for name, figures in parity["files"].items()
        for miss in figures["misses"]
    ]
    return "\n".join([table(heads, rows), *notes])


def latency(parity):
    """Times of single sentences, a table."""
    rows = [
        [f"`{name}`", f"{t['median_ms']:.2f} ms", f"{t['p99_ms']:.2f} ms"]
        for name, t in parity["latency"]["files"].items()
    ]
    return table(["file", "median:", "99th percentile:"], rows)


def operators(parity):
    """Which operators a runtime needs for each file, as a list."""
    return "\n".join(
        f"- `{name}`: "
        + ", ".join(f"{op} {n}" for op, n in sorted(figures["ops"].items()))
        for name, figures in parity["files"].items()
    )


def _share(hits, total):
    if not total:
        return "-"
    return f"{hits / total:.3f} ({_interval(hits, total, '.2f')})"


def _interval(hits, total, form=".1%"):
    low, high = wilson(hits, total)
    return f"{low:{form}} to {high:{form}}"
