"""Tables in files: CSV, TSV and JSONL to rows, and where they are broken."""

import csv
import io
import json
from pathlib import Path

from keras_attn.data.errors import DataError, listing, shortened

SUFFIXES = (".csv", ".tsv", ".jsonl")
_SEPARATORS = ",\t;|"


def read_table(path: Path) -> list[tuple[int, dict]]:
    """The rows of a file, at least one, in its order.

    Args:
        path: a .csv, .tsv or .jsonl file in UTF-8, with or without a byte
            order mark. CSV and TSV start with the column names; blank lines
            are skipped.

    Returns:
        Pairs of the line on which the row starts, from 1, and the row: column
        name -> value, a string or, from JSONL, any JSON value.

    Raises:
        DataError: the file cannot be read as that, with the line.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DataError(
            f"{path}: expected a file ending in {listing(SUFFIXES)}, received "
            f"{suffix or 'no ending'}; rename or convert it"
        )
    text = _read_text(path)
    if suffix == ".jsonl":
        table = list(_json_rows(path, text))
    else:
        table = list(_csv_rows(path, text, "," if suffix == ".csv" else "\t"))
    if not table:
        state = "has no rows after its header" if text.strip() else "is empty"
        raise DataError(f"{path}: the file {state}; expected labelled texts")
    return table


def _read_text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{path}: cannot read the file ({error.strerror}); check the path"
        ) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path}, line {line}: byte 0x{error.object[error.start]:02x} is "
            "not UTF-8; save the file as UTF-8"
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise DataError(
            f"{path}, line {line}: found a NUL character; expected plain text "
            "in UTF-8"
        )
    return text


def _csv_rows(path, text, delimiter):
    _require_separator(path, text, delimiter)
    # A long text is no fault. The limit belongs to the whole process, so it is
    # put back.
    limit = csv.field_size_limit(len(text) + 1)
    try:
        # Strict, or a stray quote would swallow the lines up to the next one.
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter=delimiter, strict=True
        )
        header, start = None, 1
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not cells:
                continue
            if header is None:
                header = _header(path, cells)
            elif len(cells) != len(header):
                raise DataError(
                    f"{path}, line {line}: expected {len(header)} fields as in "
                    f"the header, received {len(cells)}; quote a field that "
                    "holds a separator"
                )
            else:
                yield line, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise DataError(
            f"{path}, line {start}: {error}; put a field that holds quotes in "
            "quotes and double those inside it"
        ) from None
    finally:
        csv.field_size_limit(limit)


def _require_separator(path, text, delimiter):
    """Refuses a header that holds another separator only."""
    header = text.lstrip("\r\n").partition("\n")[0].rstrip("\r")
    if delimiter in header or header.count('"') % 2:  # it goes on below
        return
    for other in _SEPARATORS:
        if other in header:
            raise DataError(
                f"{path}: the header {shortened(header)!r} seems to be "
                f"separated by {other!r}; expected {delimiter!r}. Save the "
                "file with commas as .csv, or with tabs as .tsv"
            )


def _header(path, cells):
    for name in cells:
        if cells.count(name) > 1:
            raise DataError(
                f"{path}: column {name!r} occurs more than once in the header; "
                "give each column its own name"
            )
    return cells


def _json_rows(path, text):
    # Not splitlines: a JSON string may hold U+2028 and its like.
    for line, record in enumerate(text.split("\n"), start=1):
        if not record.strip():
            continue
        try:
            row = json.loads(record)
            json.dumps(row, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise DataError(
                f"{path}, line {line}: an escape such as \\ud800 is half a "
                "character; expected whole ones"
            ) from None
        except (ValueError, RecursionError) as error:
            raise DataError(
                f"{path}, line {line}: not valid JSON ({error}); expected one "
                "object a line"
            ) from None
        if not isinstance(row, dict):
            raise DataError(
                f"{path}, line {line}: expected a JSON object such as "
                f'{{"text": ..., "label": ...}}, received {record[:40]!r}'
            )
        yield line, row
