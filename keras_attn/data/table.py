"""Reads CSV, TSV and JSONL files row by row."""

import csv
import io
import json
import re

from keras_attn.data.errors import DataError, listing, shortened

SUFFIXES = (".csv", ".tsv", ".jsonl")
_SEPARATORS = ",\t;|"
_SEPARATOR_LINE = re.compile(r'"?sep=([,\t;|])"?\r?(?:\n|$)', re.IGNORECASE)


def read_table(path):
    """Read the rows of a file, at least one.

    Args:
        path: `pathlib.Path` of a .csv, .tsv or .jsonl file in UTF-8, with or
            without a byte order mark. CSV and TSV start with the column names.
            Blank lines are skipped, and so is a first line `sep=,` of Excel,
            which names the separator. Columns without a name are ignored.

    Yields:
        Pairs of the line on which the row starts, from 1, and the row: a
        dictionary from column names to strings or, from JSONL, to any JSON
        values.

    Raises:
        DataError: If the file cannot be read or is malformed.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DataError(
            f"{path}: expected a file name ending in {listing(SUFFIXES)}, "
            f"received {suffix or 'no ending'}. Rename or convert the file."
        )
    text = _read_text(path)
    if suffix == ".jsonl":
        rows = _json_rows(path, text)
    else:
        rows = _csv_rows(path, text, "," if suffix == ".csv" else "\t")
    empty = True
    for row in rows:
        empty = False
        yield row
    if empty:
        state = "has no rows after its header" if text.strip() else "is empty"
        raise DataError(f"{path}: the file {state}. Add labeled texts.")


def _read_text(path):
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{path}: cannot read the file ({error.strerror}). Check the path."
        ) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path}, line {line}: byte 0x{error.object[error.start]:02x} is "
            "not UTF-8. Save the file as UTF-8."
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise DataError(
            f"{path}, line {line}: the line contains a NUL character. Save the "
            "file as plain text in UTF-8."
        )
    return text


def _csv_rows(path, text, delimiter):
    declared = _SEPARATOR_LINE.match(text)
    skipped = 0
    if declared:
        delimiter, skipped = declared[1], 1
        text = text[declared.end() :]
    _require_separator(path, text, delimiter)
    # A long text is valid. The limit applies to the whole process, so all rows
    # are read before it is restored: a generator could be interrupted.
    rows = []
    limit = csv.field_size_limit(len(text) + 1)
    try:
        # Without `strict`, a stray quote would swallow the following lines.
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter=delimiter, strict=True
        )
        header, start = None, 1 + skipped
        for cells in reader:
            line, start = start, reader.line_num + 1 + skipped
            if not cells:
                continue
            if header is None:
                header = _header(path, cells)
            elif len(cells) != len(header):
                raise DataError(
                    f"{path}, line {line}: expected {len(header)} fields as in "
                    f"the header, received {len(cells)}. Quote fields that "
                    "contain a separator."
                )
            else:
                row = dict(zip(header, cells, strict=True))
                row.pop("", None)  # columns without a name
                rows.append((line, row))
    except csv.Error as error:
        raise DataError(
            f"{path}, line {start}: {error}. Quote fields that contain quotes, "
            "and double those quotes."
        ) from None
    finally:
        csv.field_size_limit(limit)
    return rows


def _require_separator(path, text, delimiter):
    """Raise `DataError` if the header contains only another separator."""
    header = text.lstrip("\r\n").partition("\n")[0].rstrip("\r")
    if delimiter in header or header.count('"') % 2:  # continues below
        return
    for other in _SEPARATORS:
        if other in header:
            raise DataError(
                f"{path}: the header {shortened(header)!r} seems to be "
                f"separated by {other!r}, expected {delimiter!r}. Save the "
                "file with commas as .csv, or with tabs as .tsv."
            )


def _header(path, cells):
    """Return the names of all columns, "" for those without a name."""
    cells = [cell if cell.strip() else "" for cell in cells]
    if not any(cells):
        raise DataError(
            f"{path}: no column has a name. The first line must contain the "
            "column names, such as text,label."
        )
    for name in cells:
        if name and cells.count(name) > 1:
            raise DataError(
                f"{path}: column {name!r} occurs more than once in the header. "
                "Give each column its own name."
            )
    return cells


def _json_rows(path, text):
    # Not `splitlines`: a JSON string may contain U+2028 and similar.
    for line, record in enumerate(text.split("\n"), start=1):
        if not record.strip():
            continue
        try:
            row = json.loads(record)
            json.dumps(row, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise DataError(
                f"{path}, line {line}: an escape such as \\ud800 is only half "
                "a character. Write both halves."
            ) from None
        except (ValueError, RecursionError) as error:
            raise DataError(
                f"{path}, line {line}: not valid JSON ({error}). Write one "
                "JSON object per line."
            ) from None
        if not isinstance(row, dict):
            raise DataError(
                f"{path}, line {line}: expected a JSON object such as "
                f'{{"text": ..., "label": ...}}, received {record[:40]!r}.'
            )
        yield line, row
