"""Labelled texts from a file: which columns, and what they must hold."""

import json
from pathlib import Path

from keras_attn._checks import did_you_mean
from keras_attn.data.errors import ColumnError, DataError, listing
from keras_attn.data.rows import Rows, Source
from keras_attn.data.table import SUFFIXES, read_table

TEXT_COLUMNS = ("text", "sentence")
LABEL_COLUMN = "label"


def is_file_name(dataset: str) -> bool:
    """Whether `dataset` is meant as a file: it is one, or is named like one."""
    path = Path(dataset)
    return path.suffix.lower() in SUFFIXES or path.is_file()


def read_source(
    dataset: str,
    test_file: str | None = None,
    text_column: str | None = None,
    label_column: str | None = None,
) -> Source:
    """Reads the rows to learn from and, if given, the file to test on.

    Args:
        dataset: path of a .csv, .tsv or .jsonl file in UTF-8, with or without
            a byte order mark. CSV and TSV start with a line of column names
            and quote as CSV does; JSONL holds one object a line. Labels of
            CSV and TSV are taken as they are written; in JSONL the number 1.0
            is the label "1", as 1 is.
        test_file: path of a file with the same columns. Defaults to none.
        text_column: defaults to "text" or "sentence".
        label_column: defaults to "label".

    Raises:
        DataError: anything in the files that is not as described, by line.
    """
    path = Path(dataset)
    table = read_table(path)
    text_column = _choose(path, table, "text", text_column, TEXT_COLUMNS)
    label_column = _choose(path, table, "label", label_column, (LABEL_COLUMN,))
    if text_column == label_column:
        raise DataError(
            f"{path}: column {text_column!r} was given for both the text and "
            "the label; expected two columns"
        )
    splits = {"train": _rows(path, table, text_column, label_column)}
    if test_file is not None:
        test_path = Path(test_file)
        table = read_table(test_path)
        if path.samefile(test_path):
            raise DataError(
                f"{test_path}: the test file is the dataset file itself; give "
                "another, or leave it out and a part is held out for the test"
            )
        splits["test"] = _rows(test_path, table, text_column, label_column)
    return Source(str(path), splits, text_column, label_column)


def _choose(path, table, role, asked, defaults) -> str:
    columns = list(table[0][1])
    wanted = defaults if asked is None else (asked,)
    for name in wanted:
        if name in columns:
            return name
    message = (
        f"{path}: there is no column {' or '.join(map(repr, wanted))}. The "
        f"columns are {listing(columns)}. Choose one with --{role}_column."
        + (
            did_you_mean(wanted[0], columns)
            or did_you_mean(wanted[-1], columns)
        )
    )
    if asked is None:
        raise ColumnError(message, role, columns)
    raise DataError(message)


def _rows(path, table, text_column, label_column) -> Rows:
    rows = Rows([], [], source=str(path), lines=[])
    for line, row in table:
        for column in (text_column, label_column):
            if column not in row:
                raise DataError(
                    f"{path}, line {line}: no column {column!r}; this row has "
                    f"{listing(row)}.{did_you_mean(column, row)}"
                )
        text, label = row[text_column], row[label_column]
        if not isinstance(text, str):
            raise DataError(
                f"{path}, line {line}: expected a string in column "
                f"{text_column!r}, received {json.dumps(text)[:60]}"
            )
        if not text.strip():
            raise DataError(
                f"{path}, line {line}: the text in column {text_column!r} is "
                "empty; fill it in or leave the row out"
            )
        rows.texts.append(text)
        rows.labels.append(_label(path, line, label_column, label))
        rows.lines.append(line)
    return rows


def _label(path, line, column, label) -> str:
    if isinstance(label, bool):
        label = json.dumps(label)
    elif isinstance(label, int | float):
        # pandas writes 1 as 1.0 once its column has had a gap.
        whole = isinstance(label, float) and label.is_integer()
        label = str(int(label) if whole else label)
    elif isinstance(label, list | dict):
        raise DataError(
            f"{path}, line {line}: expected a string or a number in column "
            f"{column!r}, received {json.dumps(label)[:60]}"
        )
    label = (label or "").strip()
    if not label:
        raise DataError(
            f"{path}, line {line}: the label in column {column!r} is empty; "
            "fill it in or leave the row out"
        )
    return label
