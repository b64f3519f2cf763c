import pytest

from keras_attn.data import DataError
from keras_attn.data.file_source import is_file_name, read_source

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
    source = read_source(path)
    assert source.name == path
    assert (source.text_column, source.label_column) == ("text", "label")
    assert source.label_order is None
    rows = source.splits["train"]
    assert rows.texts == ["a", "b"]
    assert rows.labels == ["x", "y"]
    assert rows.where(1) == f"{path}, line 3"
    assert set(source.splits) == {"train"}


def test_sentence_is_a_default_too_and_text_comes_first(write):
    path = write("a.csv", "sentence,label\na,x\n")
    assert read_source(path).text_column == "sentence"
    path = write("b.csv", "sentence,text,label\na,b,x\n")
    assert read_source(path).text_column == "text"


def test_columns_by_name(write):
    path = write("a.tsv", "label\tq\tkind\n1\twho\thum\n")
    rows = read_source(path, None, "q", "kind").splits["train"]
    assert (rows.texts, rows.labels) == (["who"], ["hum"])


def test_labels_of_jsonl_become_strings(write):
    values = ["3", "-1", "true", "2.5", '" x "', "3.0", "-0.0", '"3.0"']
    path = write(
        "a.jsonl",
        "\n".join(f'{{"text": "a", "label": {value}}}' for value in values),
    )
    labels = read_source(path).splits["train"].labels
    assert labels == ["3", "-1", "true", "2.5", "x", "3", "0", "3.0"]


def test_test_file_may_be_of_another_kind(write):
    test = write("b.jsonl", '{"label": "y", "text": "c"}')
    splits = read_source(write("a.csv", ROWS), test).splits
    assert splits["test"].texts == ["c"]
    assert splits["test"].source == test


def test_the_dataset_cannot_be_its_own_test(write, tmp_path):
    path = write("a.csv", ROWS)
    (tmp_path / "link.csv").symlink_to(path)
    for test in (path, str(tmp_path / "link.csv")):
        with pytest.raises(DataError, match="is the dataset file itself"):
            read_source(path, test)


def test_test_file_without_the_column(write):
    test = write("b.csv", "texts,label\na,x\n")
    message = r"b\.csv, line 2: no column 'text'.*Did you mean 'texts'"
    with pytest.raises(DataError, match=message):
        read_source(write("a.csv", ROWS), test)


@pytest.mark.parametrize(
    ("content", "columns", "message"),
    [
        ("txt,label\na,x\n", {}, "no column 'text' or 'sentence'; the columns "
         r"are txt, label\. Choose one with --text_column\. Did you .*'txt'"),
        ("id,Review Text,extra,label\n1,a,b,x\n", {}, "mean 'Review Text'"),
        ("id,Sentence,extra,label\n1,a,b,x\n", {}, "mean 'Sentence'"),
        ("text,lable\na,x\n", {}, "no column 'label'.*label_column.*'lable'"),
        (ROWS, {"text_column": "body"}, "no column 'body'"),
        (ROWS, {"label_column": "text"}, "both the text and the label"),
        ("text,label\na,x\n,y\n", {}, "line 3: the text .* is empty"),
        ("text,label\n \u00a0\t,y\n", {}, "line 2: the text .* is empty"),
        ("text,label\na, \n", {}, "line 2: the label .* is empty"),
    ],
)  # fmt: skip
def test_bad_csv(write, content, columns, message):
    with pytest.raises(DataError, match=message):
        read_source(write("a.csv", content), **columns)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('{"text": "b"}', "line 2: no column 'label'; this row has text"),
        ('{"text": 3, "label": 1}', "line 2: expected a string .* received 3"),
        ('{"text": null, "label": 1}', "line 2: expected a string .* null"),
        ('{"text": "b", "label": null}', "line 2: the label .* is empty"),
        ('{"text": "b", "label": [1]}', r"line 2: .* received \[1\]"),
    ],
)
def test_bad_jsonl(write, row, message):
    path = write("a.jsonl", '{"text": "a", "label": 1}\n' + row)
    with pytest.raises(DataError, match=message):
        read_source(path)
