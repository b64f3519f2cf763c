import pytest

from keras_attn.data import ColumnError, DataError
from keras_attn.data.file_source import is_file_name, read_rows
from keras_attn.data.rows import Request

ROWS = "text,label\na,x\nb,y\n"


def test_is_file_name(write):
    assert is_file_name("missing.csv")
    assert is_file_name("missing.JSONL")
    assert is_file_name(write("notes.txt", "a"))
    assert not is_file_name("trec")
    assert not is_file_name("glue/sst2")


def test_a_folder_does_not_hide_a_dataset(tmp_path, monkeypatch):
    (tmp_path / "trec").mkdir()
    monkeypatch.chdir(tmp_path)
    assert not is_file_name("trec")


def test_default_columns(write):
    path = write("a.csv", ROWS)
    splits, columns = read_rows(path)
    assert (columns.text, columns.label) == ("text", "label")
    assert columns.label_names is None
    rows = splits["train"]
    assert rows.texts == ["a", "b"]
    assert rows.labels == ["x", "y"]
    assert rows.location(1) == f"{path}, line 3"
    assert set(splits) == {"train"}


@pytest.mark.parametrize(
    "header, text, label",
    [
        ("sentence,label", "sentence", "label"),
        ("sentence,text,label", "text", "label"),
        ("review,sentiment", "review", "sentiment"),
        ("Category,id,Text", "Text", "Category"),
        ("TEXT,text,Label,label", "text", "label"),
        ("Text,TEXT,label", "Text", "label"),
    ],
)
def test_usual_names_are_found(write, header, text, label):
    row = ",".join("x" for _ in header.split(","))
    _, columns = read_rows(write("a.csv", f"{header}\n{row}\n"))
    assert (columns.text, columns.label) == (text, label)


@pytest.mark.parametrize(
    "header, role", [("body,label", "text"), ("text,colour", "label")]
)
def test_a_column_that_cannot_be_found(write, header, role):
    path = write("a.csv", f"{header}\na,x\n")
    with pytest.raises(ColumnError) as caught:
        read_rows(path)
    assert caught.value.role == role
    assert caught.value.columns == tuple(header.split(","))
    assert f"--{role}_column" in str(caught.value)
    # A column given by name that does not exist is a mistake, not a question.
    with pytest.raises(DataError) as caught:
        read_rows(path, request=Request("txt", label="lbl"))
    assert not isinstance(caught.value, ColumnError)


def test_columns_by_name(write):
    path = write("a.tsv", "label\tq\tkind\n1\twho\thum\n")
    rows = read_rows(path, None, Request("q", label="kind"))[0]["train"]
    assert (rows.texts, rows.labels) == (["who"], ["hum"])


def test_columns_may_be_named_in_another_normalization(write):
    path = write("a.csv", "re\u0301sume\u0301,label\na,x\n")
    _, columns = read_rows(path, request=Request("r\u00e9sum\u00e9"))
    assert columns.text == "re\u0301sume\u0301"


def test_labels_of_jsonl_become_strings(write):
    values = ["3", "-1", "true", "2.5", '" x "', "3.0", "-0.0", '"3.0"']
    path = write(
        "a.jsonl",
        "\n".join(f'{{"text": "a", "label": {value}}}' for value in values),
    )
    labels = read_rows(path)[0]["train"].labels
    assert labels == ["3", "-1", "true", "2.5", "x", "3", "0", "3.0"]


def test_labels_are_read_in_nfc(write):
    path = write("a.csv", "text,label\na,re\u0301ussi\nb,r\u00e9ussi\n")
    assert read_rows(path)[0]["train"].labels == ["r\u00e9ussi"] * 2


def test_rows_without_tokens_can_be_skipped(write):
    """And the rows that are left keep their lines."""
    path = write("a.csv", "text,label\na,x\n\ufeff,x\n ,\nb,y\n")
    with pytest.raises(DataError, match=r"line 3: .* pass `--skip_empty`"):
        read_rows(path)
    rows = read_rows(path, skip_empty=True)[0]["train"]
    assert rows.texts == ["a", "b"]
    assert rows.labels == ["x", "y"]
    assert rows.source == f"{path}, 2 without tokens left out"
    assert rows.location(1) == f"{path}, line 5"
    path = write(
        "a.jsonl", '{"text": null, "label": 1}\n{"text":"a","label":2}'
    )
    rows = read_rows(path, skip_empty=True)[0]["train"]
    assert (rows.texts, rows.labels) == (["a"], ["2"])
    path = write("b.csv", "text,label\n\u200b,x\n")
    with pytest.raises(DataError, match="no text in column 'text' has tok"):
        read_rows(path, skip_empty=True)
    path = write("b.jsonl", '{"text": 3, "label": 1}')
    with pytest.raises(DataError, match="expected a string"):
        read_rows(path, skip_empty=True)


def test_test_file_may_be_of_another_kind(write):
    test = write("b.jsonl", '{"label": "y", "text": "c"}')
    splits, _ = read_rows(write("a.csv", ROWS), test)
    assert splits["test"].texts == ["c"]
    assert splits["test"].source == test


def test_the_dataset_cannot_be_its_own_test(write, tmp_path):
    path = write("a.csv", ROWS)
    (tmp_path / "link.csv").symlink_to(path)
    for test in (path, str(tmp_path / "link.csv")):
        with pytest.raises(DataError, match="is the dataset file itself"):
            read_rows(path, test)


def test_test_file_without_the_column(write):
    test = write("b.csv", "texts,label\na,x\n")
    message = r"b\.csv, line 2: no column 'text'.*Did you mean 'texts'"
    with pytest.raises(DataError, match=message):
        read_rows(write("a.csv", ROWS), test)


@pytest.mark.parametrize(
    ("content", "columns", "message"),
    [
        ("txt,label\na,x\n", {}, "no column 'text', 'sentence' or 'review'. "
         r"The columns are txt, label\. Choose .* --text_column\. Did .*'txt'"),
        ("id,Review Text,extra,label\n1,a,b,x\n", {}, "mean 'Review Text'"),
        ("id,My Sentence,extra,label\n1,a,b,x\n", {}, "mean 'My Sentence'"),
        ("text,lable\na,x\n", {}, "no column 'label'.*label_column.*'lable'"),
        (ROWS, {"text": "body"}, "no column 'body'"),
        (ROWS, {"label": "text"}, "both the text and the label"),
        ("text,label\na,x\n,y\n", {}, "line 3: the text .* has no tokens"),
        ("text,label\n \u00a0\t,y\n", {}, "line 2: the text .* has no tokens"),
        ("text,label\n\u200b,x\n", {}, "line 2: the text .* has no tokens"),
        ("text,label\na, \n", {}, "line 2: the label .* is empty"),
    ],
)  # fmt: skip
def test_bad_csv(write, content, columns, message):
    with pytest.raises(DataError, match=message):
        read_rows(write("a.csv", content), request=Request(**columns))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('{"text": "b"}', "line 2: no column 'label'. This row has text"),
        ('{"text": 3, "label": 1}', "line 2: expected a string .* received 3"),
        ('{"text": null, "label": 1}', "line 2: expected a string .* null"),
        ('{"text": "b", "label": null}', "line 2: the label .* is empty"),
        ('{"text": "b", "label": NaN}', "line 2: the label .* is empty"),
        ('{"text": "b", "label": 1e400}', "line 2: the label .* is empty"),
        ('{"text": "b", "label": -Infinity}', "line 2: the label .* is emp"),
        ('{"text": "b", "label": [1]}', r"line 2: .* received \[1\]"),
    ],
)
def test_bad_jsonl(write, row, message):
    path = write("a.jsonl", '{"text": "a", "label": 1}\n' + row)
    with pytest.raises(DataError, match=message):
        read_rows(path)
