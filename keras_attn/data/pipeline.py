"""Loads a dataset by name, or from a file, as a `Corpus`."""

import re
import unicodedata
from pathlib import Path

import numpy as np

from keras_attn._checks import did_you_mean, require_choice
from keras_attn.data import file_source
from keras_attn.data.corpus import Corpus, Split
from keras_attn.data.errors import DataError, listing, shortened
from keras_attn.data.holdout import holdout
from keras_attn.data.numeric import require_classes
from keras_attn.data.rows import Request
from keras_attn.text.tokenization import TOKENS


def load_corpus(
    dataset,
    *,
    data_dir=None,
    test_file=None,
    text_column=None,
    label_column=None,
    validation_fraction=0.1,
    seed=0,
    skip_empty=False,
    labels=None,
    drop_unknown_labels=False,
    pair_column=None,
    multi_label=False,
    label_separator=",",
    tokens="words",
):
    """Load a labeled text dataset with three splits.

    The dataset's own labeled splits are used unchanged. Without a test split,
    "validation" serves as the test split. A split that is still missing is held
    out of "train", stratified by label. The labels are those that occur in
    "train" before anything is held out.

    What is left out is counted in the source of its split: examples of a TFDS
    dataset whose text has no tokens or more than 65,536, or whose label is
    hidden, and what `skip_empty`, `labels` and `drop_unknown_labels` exclude.

    Args:
        dataset: String, a TFDS name such as `"trec"` or `"glue/sst2"`, or the
            path of a .csv, .tsv or .jsonl file.
        data_dir: String, the folder of TFDS datasets, not used for a file. It
            may be read-only if it contains the dataset. Defaults to `None`:
            TFDS's own folder.
        test_file: String, another file to test on, if the dataset is a file.
            Defaults to `None`.
        text_column: String, the feature or column with the texts. Defaults to
            `None`: determined from the names and types.
        label_column: String, the feature or column with the labels. Defaults
            to `None`: determined from the names and types.
        validation_fraction: Float in (0, 0.5), the share of "train" that each
            held-out split gets. Defaults to `0.1`.
        seed: Integer, at least 0, which determines the examples held out.
            Defaults to `0`.
        skip_empty: Boolean, whether to leave out rows of a file whose text has
            no tokens. Defaults to `False`: such a row is an error.
        labels: Sequence of strings. Examples with any other label are left
            out. Defaults to `None`: all labels are used.
        drop_unknown_labels: Boolean, whether to leave out validation and test
            examples whose label never occurs in "train". Defaults to `False`:
            such a label is an error.
        pair_column: String, the feature or column with the second text of each
            pair, such as an answer to the question in `text_column`. Defaults
            to `None`: single texts.
        multi_label: Boolean, whether a text may have any number of labels, none
            included: a list in JSONL, a sequence in TFDS, or a string that is
            split at `label_separator`. `labels` and `drop_unknown_labels` then
            leave out labels, not examples. Defaults to `False`.
        label_separator: String, used with `multi_label`. Defaults to `","`.
        tokens: `"words"` or `"characters"`, as in
            `keras_attn.text.Vectorizer`, the tokens of which a TFDS example may
            have 65,536. Defaults to `"words"`.

    Returns:
        A `Corpus`.

    Raises:
        ColumnError: If a column is not given and cannot be determined.
        DataError: If an argument or the data is invalid.
    """
    if not 0 < validation_fraction < 0.5:
        raise DataError(
            "`validation_fraction` must be between 0 and 0.5. Received: "
            f"validation_fraction={validation_fraction}."
        )
    require_choice("tokens", tokens, TOKENS)
    if multi_label and not label_separator:
        raise DataError("`label_separator` must not be empty. Received: ''.")
    request = Request(
        text=text_column,
        pair=pair_column,
        label=label_column,
        label_separator=label_separator if multi_label else None,
        tokens=tokens,
    )
    if file_source.is_file_name(dataset):
        dataset = str(Path(dataset))
        rows, columns = file_source.read_rows(
            dataset, test_file, request, skip_empty
        )
    elif test_file is not None:
        raise DataError(
            "`test_file` can only be used with a file as the dataset. "
            f"Received: test_file={str(test_file)!r}, dataset={dataset!r}."
        )
    else:
        # TFDS is imported only if a dataset is loaded by name.
        from keras_attn.data import tfds_source

        rows, columns = tfds_source.read_rows(dataset, data_dir, request)
    if labels:
        rows = _with_labels(dataset, rows, columns, labels)
    else:
        require_classes(dataset, columns.label, rows["train"].all_labels())
    names = _label_names(dataset, rows["train"], columns, multi_label)
    splits = {
        role: _numbered(dataset, each, names, drop_unknown_labels)
        for role, each in rows.items()
    }
    return Corpus(
        name=dataset,
        label_names=names,
        **_three_splits(dataset, splits, validation_fraction, seed),
        text_column=columns.text,
        label_column=columns.label,
        pair_column=columns.pair,
    )


def _with_labels(dataset, rows, columns, labels):
    """Return the `Rows` of all splits with only the given labels."""
    chosen = {unicodedata.normalize("NFC", label) for label in labels}
    seen = sorted(set(rows["train"].all_labels()))
    for label in sorted(chosen - set(seen)):
        raise DataError(
            f"{dataset}: the label {shortened(label)!r} of `labels` never "
            f"occurs in training, where {columns.label!r} is one of "
            f"{listing(seen)}.{did_you_mean(label, seen)}"
        )
    return {
        role: _kept(dataset, each, chosen, "other labels")
        for role, each in rows.items()
    }


def _kept(dataset, rows, labels, others):
    """Return the `Rows` with only the given labels.

    If a text may have several labels, no example is left out.

    Args:
        dataset: The name of the dataset, for an error message.
        rows: `Rows` of one split.
        labels: The labels to keep.
        others: String, describes the labels that are left out.
    """
    if rows.multi_label:
        return rows.keep_labels(labels, others)
    chosen = [label in labels for label in rows.labels]
    kept = rows.keep(chosen, f"with {others}")
    if not kept.texts:
        raise DataError(
            f"{dataset}: no example of {rows.source} has one of the labels "
            f"{listing(sorted(labels))}. At least one is needed."
        )
    return kept


def _label_names(dataset, train, columns, multi_label):
    """Return the labels that occur in training, in order of their numbers.

    If the dataset declares an order, it is used. Otherwise, labels are sorted
    by value if all are integers, and alphabetically if not.
    """
    seen = set(train.all_labels())
    if multi_label and not seen:
        raise DataError(
            f"{dataset}: no training example has a label in "
            f"{columns.label!r}. At least one label is needed."
        )
    if not multi_label and len(seen) < 2:
        raise DataError(
            f"{dataset}: every training example has the label "
            f"{listing(map(repr, seen))} in {columns.label!r}. At least two "
            "labels are needed."
        )
    if columns.label_names is not None:
        return tuple(name for name in columns.label_names if name in seen)
    if all(re.fullmatch(r"[+-]?[0-9]+", name) for name in seen):
        return tuple(sorted(seen, key=lambda name: (int(name), name)))
    return tuple(sorted(seen))


def _numbered(dataset, rows, names, drop_unknown):
    """Return the `Split` of `Rows`, with labels as indices into `names`."""
    number = {name: i for i, name in enumerate(names)}
    if drop_unknown:
        rows = _kept(dataset, rows, number, "labels unknown in training")
    pairs = [
        (i, label)
        for i, each in enumerate(rows.labels)
        for label in (each if rows.multi_label else (each,))
    ]
    for i, label in pairs:
        if label not in number:
            raise DataError(
                f"{dataset}: the label {shortened(label)!r} "
                f"({rows.location(i)}) never occurs in training, where the "
                f"labels are {listing(names)}. Add training examples with this "
                "label, or leave such examples out with "
                "`--drop_unknown_labels`."
            )
    columns = np.array([number[label] for _, label in pairs], np.int32)
    if rows.multi_label:
        labels = np.zeros((len(rows.texts), len(names)), bool)
        labels[[i for i, _ in pairs], columns] = True
    else:
        labels = columns
    return Split(
        rows.texts, labels, rows.source, rows.positions, rows.locations
    )


def _three_splits(name, splits, fraction, seed):
    train = splits["train"]
    test = splits.get("test")
    validation = splits.get("validation")
    if test is None:
        test, validation = validation, None
    if test is None:
        train, test = _divide(name, train, fraction, seed, fraction)
        if validation is None:
            # The same number again, as a share of what is left.
            rest = fraction / (1 - fraction)
            train, validation = _divide(name, train, rest, seed, fraction)
    elif validation is None:
        train, validation = _divide(name, train, fraction, seed, fraction)
    return {"train": train, "validation": validation, "test": test}


def _divide(name, split, share, seed, fraction):
    """Hold out `share` of a split, which is `fraction` of the whole."""
    kept, held = holdout(split.labels, share, seed)
    if not len(held):
        raise DataError(
            f"{name}: {len(split)} examples are too few to hold out a split "
            "and keep one example of each label. Add examples."
        )
    origin = split.source.removesuffix(", kept part")
    return (
        split.take(kept, f"{origin}, kept part"),
        split.take(held, f"{origin}, {100 * fraction:g} % held out"),
    )
