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
from keras_attn.data.rows import Columns, Request, Rows, split_labels
from keras_attn.data.table import SUFFIXES, read_table
from keras_attn.text import join_pair
from keras_attn.text.tokenization import has_tokens

# In lower case. The first name that is a column of the file is used.
TEXT_NAMES = ("text", "sentence", "review")
LABEL_NAMES = ("label", "sentiment", "category", "class")
SEVERAL_LABELS_NAMES = ("labels", "tags", "genres", "categories")


def is_file_name(dataset):
    """Return whether `dataset` is a file or has the suffix of one."""
    path = Path(dataset)
    return path.suffix.lower() in SUFFIXES or path.is_file()


def read_rows(dataset, test_file=None, request=None, skip_empty=False):
    """Read the training file and, if given, the test file.

    Args:
        dataset: Path of a .csv, .tsv or .jsonl file in UTF-8, with or without
            a byte order mark. CSV and TSV start with a line of column names
            and use the quoting rules of CSV. JSONL has one object per line.
            Labels of CSV and TSV are used as written, but in NFC. In JSONL,
            the numbers 1 and 1.0 are the same label, "1", and several labels
            may be a list.
        test_file: Path of a file with the same columns. Defaults to `None`.
        request: `Request`. Without a text column, it is the first of `"text"`,
            `"sentence"` and `"review"` that the file has, ignoring case.
            Without a label column, it is the first of `"label"`,
            `"sentiment"`, `"category"` and `"class"`; for several labels per
            text, `"labels"`, `"tags"`, `"genres"` and `"categories"` come
            before these. Defaults to `None`: an empty `Request`.
        skip_empty: Boolean, whether to leave out rows with a text that has no
            tokens or is null, and to count them in the source of the `Rows`.
            Defaults to `False`: such a row is an error.

    Returns:
        A dictionary from `"train"`, and `"test"` if there is a test file, to
        `Rows`, and the `Columns`.

    Raises:
        ColumnError: If a column is not given and not found.
        DataError: If a column does not exist or a row is invalid. The message
            gives its line.
    """
    path = Path(dataset)
    request = request or Request()
    table = read_table(path)
    first = next(table)
    columns = _columns(path, list(first[1]), request)
    reader = _Reader(columns, request.label_separator, skip_empty)
    splits = {"train": reader.rows(path, chain([first], table))}
    if test_file is not None:
        test_path = Path(test_file)
        if test_path.exists() and path.samefile(test_path):
            raise DataError(
                f"{test_path}: the test file is the dataset file itself. Give "
                "another file, or none to hold out a test split."
            )
        splits["test"] = reader.rows(test_path, read_table(test_path))
    return splits, columns


def _columns(path, names, request):
    pair = request.pair
    label_names = LABEL_NAMES
    if request.multi_label:
        label_names = SEVERAL_LABELS_NAMES + LABEL_NAMES
    columns = Columns(
        text=_choose(path, names, "text", request.text, TEXT_NAMES),
        label=_choose(path, names, "label", request.label, label_names),
        pair=pair and _choose(path, names, "pair", pair, ()),
    )
    columns.require_different(path, "column", "Choose two columns.")
    return columns


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


class _Reader:
    """Reads the rows of a file, and checks each of them."""

    def __init__(self, columns, label_separator, skip_empty):
        self.columns = columns
        self.label_separator = label_separator
        self.skip_empty = skip_empty

    def rows(self, path, table):
        """Return the `Rows` of a table of one file."""
        columns = self.columns
        texts, labels, lines = [], [], []
        for line, row in table:
            for column in (*columns.texts, columns.label):
                if column not in row:
                    raise DataError(
                        f"{path}, line {line}: no column {column!r}. This row "
                        f"has {listing(row)}.{did_you_mean(column, row)}"
                    )
            lines.append(line)
            skipped = self.skip_empty and not all(
                _is_full(row[column]) for column in columns.texts
            )
            texts.append("" if skipped else self._text(path, line, row))
            labels.append("" if skipped else self._label(path, line, row))
        locations = Locations(str(path), "line", np.array(lines))
        rows = Rows(texts, labels, str(path), locations)
        rows = rows.keep(list(map(bool, texts)), "without tokens")
        if not rows.texts:
            raise DataError(
                f"{path}: no text in column {columns.text!r} has tokens. "
                "Choose another column with --text_column."
            )
        return rows

    def _text(self, path, line, row):
        texts = [_text(path, line, c, row) for c in self.columns.texts]
        return texts[0] if len(texts) == 1 else join_pair(*texts)

    def _label(self, path, line, row):
        if self.label_separator is None:
            return _label(path, line, self.columns.label, row)
        separator = self.label_separator
        return _labels(path, line, self.columns.label, row, separator)


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
    label = _label_name(path, line, column, row[column])
    if not label:
        raise DataError(
            f"{path}, line {line}: the label in column {column!r} is empty. "
            "Fill it in or remove the row."
        )
    return label


def _labels(path, line, column, row, separator):
    """Return the labels of a row, a tuple; it may be empty."""
    values = row[column]
    if not isinstance(values, list):
        return split_labels(_label_name(path, line, column, values), separator)
    names = [_label_name(path, line, column, value) for value in values]
    return tuple(dict.fromkeys(filter(None, names)))


def _label_name(path, line, column, label):
    """Return a label as a string in NFC; "" if there is none."""
    if isinstance(label, bool):
        label = json.dumps(label)
    elif isinstance(label, float) and not math.isfinite(label):
        label = None  # pandas writes a missing number as NaN
    elif isinstance(label, int | float):
        # pandas writes 1 as 1.0 if the column ever had a missing value.
        whole = isinstance(label, float) and label.is_integer()
        label = str(int(label) if whole else label)
    elif isinstance(label, list | dict):
        several = " If a text may have several labels, pass --multi_label."
        raise DataError(
            f"{path}, line {line}: expected a string or a number in column "
            f"{column!r}, received {json.dumps(label)[:60]}."
            + several
            * isinstance(label, list)
        )
    return _nfc((label or "").strip())


def _nfc(text):
    return unicodedata.normalize("NFC", text)
