"""Accuracy, and precision and recall of each label."""

import numpy as np

from keras_attn.data import DataError, LengthBatches, load_corpus


def measure(model, settings, split):
    """Measures a classifier on one split of a dataset.

    Args:
        model: `SentenceClassifier`.
        settings: `Settings`, of which those of the data are used.
        split: `"train"`, `"validation"` or `"test"`.

    Returns:
        A dictionary that can be written as JSON.

    Raises:
        DataError: If the data are not as they should be, or hold a label
            that the model does not know.
        ValueError: If a text is empty or too long.
    """
    corpus = load_corpus(
        settings.dataset,
        data_dir=settings.data_dir,
        test_file=settings.test_file,
        text_column=settings.text_column,
        label_column=settings.label_column,
        validation_fraction=settings.validation_fraction,
        seed=settings.seed,
    )
    part = getattr(corpus, split)
    truth = _model_labels(model, corpus.label_names)[part.labels]
    batches = LengthBatches(model.vectorizer.encode(part.texts))
    decisions = np.empty(len(part), np.int64)
    decisions[batches.order] = model.predict(batches, verbose=0).argmax(-1)
    return {
        "dataset": corpus.name,
        "source": part.source,
        "texts": len(part),
        "accuracy": float(np.mean(decisions == truth)),
        "per_label": {
            label: _label_figures(decisions == i, truth == i)
            for i, label in enumerate(model.labels)
        },
    }


def _model_labels(model, names):
    """The model's number of each label of a corpus, as an array."""
    for name in names:
        if name not in model.labels:
            raise DataError(
                f"The model does not know the label {name!r}; it knows "
                f"{', '.join(model.labels)}."
            )
    return np.array([model.labels.index(name) for name in names])


def _label_figures(decided, true):
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
