"""From a dataset's name, or a file, to numbered labels and three splits."""

import re

import numpy as np

from keras_attn.data import file_source, tfds_source
from keras_attn.data.corpus import Corpus, Split
from keras_attn.data.errors import DataError, listing, shortened
from keras_attn.data.holdout import holdout
from keras_attn.data.rows import Rows, Source


def load_corpus(
    dataset: str,
    *,
    data_dir: str | None = None,
    test_file: str | None = None,
    text_column: str | None = None,
    label_column: str | None = None,
    validation_fraction: float = 0.1,
    seed: int = 0,
) -> Corpus:
    """Reads a labelled text dataset and gives it three splits.

    The dataset's own labelled splits are used as they are. Without a test
    split, "validation" is the test; what is then missing is held out of
    "train", stratified by label. The classes are those of the training split,
    before anything is held out; the test split chooses nothing.

    Args:
        dataset: a TFDS name such as "trec" or "glue/sst2", or the path of a
            .csv, .tsv or .jsonl file.
        data_dir: TFDS's folder; it may be read-only if the dataset is there.
            Defaults to TFDS's own. Not used for a file.
        test_file: for a file: another one to test on. Defaults to none.
        text_column: the feature or column of the texts. Defaults to the one
            that is found.
        label_column: the same for the labels.
        validation_fraction: the share of "train" that each part held out
            takes, in (0, 0.5).
        seed: integer >= 0, what is held out.

    Raises:
        DataError: whatever is wrong with these or with the data, in one line.
    """
    if not 0 < validation_fraction < 0.5:
        raise DataError(
            "expected validation_fraction between 0 and 0.5, received "
            f"{validation_fraction}"
        )
    if file_source.is_file_name(dataset):
        source = file_source.read_source(
            dataset, test_file, text_column, label_column
        )
    elif test_file is not None:
        raise DataError(
            f"test_file {str(test_file)!r} goes with a dataset that is a file; "
            f"{dataset!r} is not. Leave it out, or give a file as the dataset"
        )
    else:
        source = tfds_source.read_source(
            dataset, data_dir, text_column, label_column
        )
    names = label_names(source)
    splits = {
        role: _numbered(source, rows, names)
        for role, rows in source.splits.items()
    }
    return Corpus(
        name=source.name,
        label_names=names,
        **_three_splits(source.name, splits, validation_fraction, seed),
        text_column=source.text_column,
        label_column=source.label_column,
    )


def label_names(source: Source) -> tuple[str, ...]:
    """The classes that occur in training, in the order that numbers them.

    That is the declared order, if there is one; else by value if all are
    integers, else alphabetically.

    Raises:
        DataError: fewer than two classes.
    """
    seen = set(source.splits["train"].labels)
    if len(seen) < 2:
        raise DataError(
            f"{source.name}: every training example has the label "
            f"{listing(map(repr, seen))} in {source.label_column!r}; expected "
            "at least two classes"
        )
    if source.label_order is not None:
        return tuple(name for name in source.label_order if name in seen)
    if all(re.fullmatch(r"[+-]?[0-9]+", name) for name in seen):
        return tuple(sorted(seen, key=lambda name: (int(name), name)))
    return tuple(sorted(seen))


def _numbered(source: Source, rows: Rows, names: tuple[str, ...]) -> Split:
    number = {name: i for i, name in enumerate(names)}
    for i, label in enumerate(rows.labels):
        if label not in number:
            raise DataError(
                f"{source.name}: the label {shortened(label)!r} "
                f"({rows.where(i)}) never occurs in training, where the labels "
                f"are {listing(names)}; remove the example or add such "
                "examples to training"
            )
    labels = np.array([number[label] for label in rows.labels], np.int32)
    return Split(rows.texts, labels, rows.source, rows.positions)


def _three_splits(name, splits, fraction, seed) -> dict[str, Split]:
    train = splits["train"]
    test = splits.get("test")
    validation = splits.get("validation")
    if test is None:
        test, validation = validation, None
    if test is None:
        train, test = _divide(name, train, fraction, seed, fraction)
        if validation is None:
            # Of what is left, as many again.
            rest = fraction / (1 - fraction)
            train, validation = _divide(name, train, rest, seed, fraction)
    elif validation is None:
        train, validation = _divide(name, train, fraction, seed, fraction)
    return {"train": train, "validation": validation, "test": test}


def _divide(name, split, share, seed, fraction) -> tuple[Split, Split]:
    """Holds `share` of a split out; reports call it `fraction` of the whole."""
    kept, held = holdout(split.labels, share, seed)
    if not len(held):
        raise DataError(
            f"{name}: {len(split)} examples are too few to hold a part out "
            "and keep one of each class; expected two or more of some class. "
            "Add examples"
        )
    origin = split.source.removesuffix(", kept part")
    return (
        split.take(kept, f"{origin}, kept part"),
        split.take(held, f"{origin}, {100 * fraction:g} % held out"),
    )
