import re
from pathlib import Path

import pytest

from keras_attn.data import DataError
from keras_attn.data.table import read_table

HEADER = "text,label\n"


def read(path):
    return list(read_table(Path(path)))


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_csv_with_and_without_byte_order_mark(write, mark):
    path = write("a.csv", mark + 'text,label\r\n"a, ""b""",x\r\n\r\né,y\r\n')
    assert read(path) == [
        (2, {"text": 'a, "b"', "label": "x"}),
        (4, {"text": "é", "label": "y"}),
    ]


def test_a_row_of_several_lines_is_numbered_by_its_first(write):
    path = write("a.csv", HEADER + '"one\ntwo",x\nthree,y\n')
    assert [line for line, _ in read(path)] == [2, 4]


def test_tsv(write):
    path = write("a.TSV", "text\tlabel\na, b\tx\n")
    assert read(path) == [(2, {"text": "a, b", "label": "x"})]


def test_jsonl_keeps_values_and_odd_line_separators(write):
    path = write("a.jsonl", '{"text": "a\u2028b", "label": 3}\n\n{"text": "c"}')
    assert read(path) == [
        (1, {"text": "a\u2028b", "label": 3}),
        (3, {"text": "c"}),
    ]


def test_a_field_of_a_million_characters(write):
    path = write("a.csv", HEADER + "a" * 1_000_000 + ",x\n")
    assert len(read(path)[0][1]["text"]) == 1_000_000


def test_the_limit_of_the_csv_module_is_restored(write):
    import csv

    limit = csv.field_size_limit()
    read(write("a.csv", HEADER + "a,x\n"))
    with pytest.raises(DataError):
        read(write("a.csv", HEADER + "a\n"))
    abandoned = read_table(Path(write("a.csv", HEADER + "a,x\nb,y\n")))
    next(abandoned)
    assert csv.field_size_limit() == limit


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", r"a\.csv: the file is empty"),
        ("a.jsonl", "\n \n", r"a\.jsonl: the file is empty"),
        ("a.csv", HEADER, "has no rows after its header"),
        ("a.csv", HEADER + "a,x\nb\n", r"line 3: expected 2 fields .* 1\."),
        ("a.csv", HEADER + "a,b,x\n", r"line 2: expected 2 fields .* 3\."),
        ("a.csv", HEADER + '"a" b,x\n', "line 2: .* double those quotes"),
        ("a.csv", HEADER + 'a,x\n"b,x\nc,y\n', "line 3: unexpected end"),
        ("a.csv", "text,text\na,x\n", "'text' occurs more than once"),
        ("a.csv", ",,\na,x,y\n", "no column has a name"),
        ("a.csv", "sep=,\n" + HEADER + "a,x\nb\n", "line 4: expected 2"),
        ("a.csv", 'sep=,\ntext,label\n"a" b,x\n', "line 3: .* double"),
        ("a.csv", HEADER.encode() + b"a,x\n\xff,y\n", "line 3: byte 0xff is"),
        ("a.csv", "text,label\n".encode("utf-16"), "line 1: .* not UTF-8"),
        ("a.csv", HEADER + "a\0,x\n", "line 2: .* contains a NUL"),
        ("a.jsonl", '{"text": "a"}\n{"text"', "line 2: not valid JSON"),
        ("a.jsonl", "[" * 100_000, "line 1: not valid JSON"),
        ("a.jsonl", '["a"]', "line 1: expected a JSON object"),
        ("a.jsonl", '{"text": "\\ud800"}', "line 1: .* half a character"),
        ("a.txt", "a", r"ending in \.csv, \.tsv, \.jsonl, received \.txt"),
        ("a", "a", "received no ending"),
    ],
)
def test_bad_files(write, name, content, message):
    with pytest.raises(DataError, match=message) as error:
        read(write(name, content))
    assert "\n" not in str(error.value)


def test_columns_without_a_name_are_ignored(write):
    path = write("a.csv", "v1,v2,,,\nham,a,,,\nspam,b,c, d,\n")
    assert read(path) == [
        (2, {"v1": "ham", "v2": "a"}),
        (3, {"v1": "spam", "v2": "b"}),
    ]
    path = write("b.csv", ",text, ,label\n0,a,z,x\n")
    assert read(path) == [(2, {"text": "a", "label": "x"})]


@pytest.mark.parametrize("line", ["sep=,", "SEP=,\r", '"sep=,"', "\ufeffsep=,"])
def test_the_separator_line_of_excel(write, line):
    path = write("a.csv", f"{line}\n{HEADER}a,x\n\nb,y\n")
    assert read(path) == [
        (3, {"text": "a", "label": "x"}),
        (5, {"text": "b", "label": "y"}),
    ]


def test_excel_may_name_another_separator(write):
    path = write("a.csv", "sep=;\ntext;label\na, b;x\n")
    assert read(path) == [(3, {"text": "a, b", "label": "x"})]
    path = write("b.csv", "sep=,label\na,x\n")  # a column with this name
    assert read(path) == [(2, {"sep=": "a", "label": "x"})]


def test_missing_file(tmp_path):
    with pytest.raises(DataError, match="No such file or directory"):
        read(tmp_path / "a.csv")


def test_folder_named_like_a_file(tmp_path):
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(DataError, match="Is a directory"):
        read(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("name", "header", "separator"),
    [
        ("a.csv", "text;label", ";"),
        ("a.csv", '"text";"label"\r', ";"),
        ("a.csv", "\n\ntext\tlabel", "\\t"),
        ("a.tsv", "text,label", ","),
    ],
)
def test_a_wrong_separator(write, name, header, separator):
    path = write(name, header + "\na, b;x\n")
    message = rf"separated by '{re.escape(separator)}', expected"
    with pytest.raises(DataError, match=message):
        read(path)


def test_a_column_name_may_contain_another_separator(write):
    path = write("a.csv", '"te;xt\nb",label\na;b,x\n')
    assert read(path) == [(3, {"te;xt\nb": "a;b", "label": "x"})]
