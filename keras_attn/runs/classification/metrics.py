"""Accuracy, and the precision and recall of each label."""

import unicodedata

import numpy as np

from keras_attn.data import DataError, LengthBatches


def measure(model, corpus, split):
    """Evaluate a classifier on one split of a dataset.

    Args:
        model: `SentenceClassifier`.
        corpus: `keras_attn.data.Corpus`.
        split: `"train"`, `"validation"` or `"test"`.

    Returns:
        A dictionary that can be written as JSON.

    Raises:
        DataError: If the corpus has a label that the model does not know.
        ValueError: If a text has no tokens or too many.
    """
    part = getattr(corpus, split)
    truth = true_labels(model, corpus, part)
    batches = LengthBatches([e.ids for e in part.encode(model.vectorizer)])
    decisions = np.empty(len(part), np.int64)
    decisions[batches.order] = model.predict(batches, verbose=0).argmax(-1)
    return {
        "dataset": corpus.name,
        "source": part.source,
        "texts": len(part),
        "accuracy": float(np.mean(decisions == truth)),
        "per_label": {
            label: _label_metrics(decisions == i, truth == i)
            for i, label in enumerate(model.labels)
        },
    }


def true_labels(model, corpus, part):
    """The labels of a split as indices into `model.labels`: int (N,).

    Args:
        model: `SentenceClassifier`.
        corpus: `keras_attn.data.Corpus`.
        part: `keras_attn.data.Split` of the corpus.

    Raises:
        DataError: If the corpus has a label that the model does not know.
    """
    # Labels of files are read in NFC. Those of an older model may be in NFD.
    known = {
        unicodedata.normalize("NFC", label): i
        for i, label in enumerate(model.labels)
    }
    for name in corpus.label_names:
        if name not in known:
            raise DataError(
                f"The model does not know the label {name!r}. Its labels are "
                f"{', '.join(model.labels)}. To leave out texts with other "
                "labels, pass `--drop_unknown_labels`."
            )
    return np.array([known[name] for name in corpus.label_names])[part.labels]


def _label_metrics(decided, true):
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
