"""Labeled texts from a CSV, TSV or JSONL file."""

import json
import math
import unicodedata
from itertools import chain
from pathlib import Path

import numpy as np

from keras_attn._checks import did_you_mean
from keras_attn.data.errors import ColumnError, DataError, listing
from keras_attn.data.locations import Locations
from keras_attn.data.rows import Columns, Rows
from keras_attn.data.table import SUFFIXES, read_table
from keras_attn.text.tokenization import has_tokens

# In lower case. The first name that is a column of the file is used.
TEXT_NAMES = ("text", "sentence", "review")
LABEL_NAMES = ("label", "sentiment", "category", "class")


def is_file_name(dataset):
    """Return whether `dataset` is a file or has the suffix of one."""
    path = Path(dataset)
    return path.suffix.lower() in SUFFIXES or path.is_file()


def read_rows(
    dataset,
    test_file=None,
    text_column=None,
    label_column=None,
    skip_empty=False,
):
    """Read the training file and, if given, the test file.

    Args:
        dataset: Path of a .csv, .tsv or .jsonl file in UTF-8, with or without
            a byte order mark. CSV and TSV start with a line of column names
            and use the quoting rules of CSV. JSONL has one object per line.
            Labels of CSV and TSV are used as written, but in NFC. In JSONL,
            the numbers 1 and 1.0 are the same label, "1".
        test_file: Path of a file with the same columns. Defaults to `None`.
        text_column: String. Defaults to `None`: the first of `"text"`,
            `"sentence"` and `"review"` that the file has, ignoring case.
        label_column: String. Defaults to `None`: the first of `"label"`,
            `"sentiment"`, `"category"` and `"class"`, ignoring case.
        skip_empty: Boolean, whether to leave out rows whose text has no tokens
            or is null, and to count them in the source of the `Rows`. Defaults
            to `False`: such a row is an error.

    Returns:
        A dictionary from `"train"`, and `"test"` if there is a test file, to
        `Rows`, and the `Columns`.

    Raises:
        ColumnError: If a column is not given and not found.
        DataError: If a column does not exist or a row is invalid. The message
            gives its line.
    """
    path = Path(dataset)
    table = read_table(path)
    first = next(table)
    names = list(first[1])
    columns = Columns(
        text=_choose(path, names, "text", text_column, TEXT_NAMES),
        label=_choose(path, names, "label", label_column, LABEL_NAMES),
    )
    if columns.text == columns.label:
        raise DataError(
            f"{path}: column {columns.text!r} was given for both the text and "
            "the label. Choose two columns."
        )
    splits = {"train": _rows(path, chain([first], table), columns, skip_empty)}
    if test_file is not None:
        test_path = Path(test_file)
        if test_path.exists() and path.samefile(test_path):
            raise DataError(
                f"{test_path}: the test file is the dataset file itself. Give "
                "another file, or none to hold out a test split."
            )
        table = read_table(test_path)
        splits["test"] = _rows(test_path, table, columns, skip_empty)
    return splits, columns


def _choose(path, names, role, requested, defaults):
    """Return the column requested, or else the first of the defaults."""
    if requested in names:
        return requested
    if requested is not None:
        for name in names:  # typed on a keyboard in another form than in a file
            if _nfc(name) == _nfc(requested):
                return name
    else:
        by_lower = {name.lower(): name for name in reversed(names)}
        for name in defaults:
            if name in by_lower:
                return name if name in names else by_lower[name]
    wanted = defaults if requested is None else (requested,)
    hints = [did_you_mean(name, names) for name in wanted]
    *others, last = map(repr, wanted)
    wanted = f"{', '.join(others)} or {last}" if others else last
    message = (
        f"{path}: there is no column {wanted}. The columns are "
        f"{listing(names)}. Choose one with --{role}_column."
        + next(filter(None, hints), "")
    )
    if requested is None:
        raise ColumnError(message, role, names)
    raise DataError(message)


def _rows(path, table, columns, skip_empty):
    texts, labels, lines = [], [], []
    for line, row in table:
        for column in (columns.text, columns.label):
            if column not in row:
                raise DataError(
                    f"{path}, line {line}: no column {column!r}. This row has "
                    f"{listing(row)}.{did_you_mean(column, row)}"
                )
        lines.append(line)
        if skip_empty and not _is_full(row[columns.text]):
            texts.append("")
            labels.append("")
        else:
            texts.append(_text(path, line, columns.text, row))
            labels.append(_label(path, line, columns.label, row))
    locations = Locations(str(path), "line", np.array(lines))
    rows = Rows(texts, labels, str(path), locations)
    rows = rows.keep(list(map(bool, texts)), "without tokens")
    if not rows.texts:
        raise DataError(
            f"{path}: no text in column {columns.text!r} has tokens. Choose "
            "another column with --text_column."
        )
    return rows


def _is_full(text):
    """Whether a value is not an empty text. Other types are errors."""
    return has_tokens(text) if isinstance(text, str) else text is not None


def _text(path, line, column, row):
    text = row[column]
    if not isinstance(text, str):
        raise DataError(
            f"{path}, line {line}: expected a string in column {column!r}, "
            f"received {json.dumps(text)[:60]}."
        )
    if not has_tokens(text):
        raise DataError(
            f"{path}, line {line}: the text in column {column!r} has no "
            "tokens. Remove the row, or pass `--skip_empty`."
        )
    return text


def _label(path, line, column, row):
    label = row[column]
    if isinstance(label, bool):
        label = json.dumps(label)
    elif isinstance(label, float) and not math.isfinite(label):
        label = None  # pandas writes a missing number as NaN
    elif isinstance(label, int | float):
        # pandas writes 1 as 1.0 if the column ever had a missing value.
        whole = isinstance(label, float) and label.is_integer()
        label = str(int(label) if whole else label)
    elif isinstance(label, list | dict):
        raise DataError(
            f"{path}, line {line}: expected a string or a number in column "
            f"{column!r}, received {json.dumps(label)[:60]}."
        )
    label = (label or "").strip()
    if not label:
        raise DataError(
            f"{path}, line {line}: the label in column {column!r} is empty. "
            "Fill it in or remove the row."
        )
    return _nfc(label)


def _nfc(text):
    return unicodedata.normalize("NFC", text)
