"""The model card's section about the data."""

from keras_attn.data.labels import label_matrix
from keras_attn.release.card.markdown import escape, table


def dataset_section(trained):
    """Describe the splits and how training used them, in Markdown.

    Args:
        trained: `keras_attn.release.trained_model.TrainedModel`.
    """
    corpus = trained.corpus
    rows = [
        _split_row(trained, name) for name in ("train", "validation", "test")
    ]
    return "\n\n".join(
        [
            f"Dataset: {escape(trained.without_folders(corpus.name))}, text "
            f"column: {_text_columns(corpus)}, label column: "
            f"{escape(corpus.label_column)}.",
            table(["split", "texts:", "source", "texts per label"], rows),
            _role_of_splits(trained.result),
        ]
    )


def _text_columns(corpus):
    if corpus.pair_column is None:
        return escape(corpus.text_column)
    pair = escape(corpus.pair_column)
    return f"{escape(corpus.text_column)}, column of the second text: {pair}"


def _split_row(trained, name):
    split = getattr(trained.corpus, name)
    labels = trained.corpus.label_names
    counts = label_matrix(split.labels, len(labels)).sum(axis=0)
    per_label = "; ".join(
        f"{escape(label)} {count:,}"
        for label, count in zip(labels, counts, strict=True)
    )
    source = escape(trained.without_folders(split.source))
    return [name, f"{len(split):,}", source, per_label]


def _role_of_splits(result):
    if result is None:
        return (
            "The model was evaluated on this data. **Its training data is "
            "unknown**: the model file came without its training run, or was "
            "evaluated on data other than that of the run. If texts of the "
            "test split were also used for training, the results below are "
            "too optimistic."
        )
    return (
        "The vocabulary and the weights were learned from the training split. "
        "The best epoch was chosen on the validation split. The test split "
        "was not used for any decision." + _duplicates(result)
    )


def _duplicates(result):
    """A sentence on test texts in the training split, if there are any."""
    # Results of older runs do not contain the number.
    found = result.get("duplicates", {}).get("in_train", 0)
    if not found:
        return ""
    return (
        f" {found:,} of its texts also occur in the training split, which "
        "makes the results below somewhat too optimistic."
    )
