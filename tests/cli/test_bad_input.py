"""Every user mistake is one line, exit status 2, and no file is lost."""

import shutil
import sys
import zipfile
from pathlib import Path

import keras
import pytest

from keras_attn.cli import train
from keras_attn.runs.settings import Settings
from tests.trained_run import COLUMNS, SMALL, one_line, refuse, run_process

ROWS = "a red car,red\na blue car,blue\n"

GOLDEN = Path(__file__).parents[1] / "runs" / "golden"


@pytest.fixture
def train_on(tmp_path):
    """Tries to train on a file with the given content."""

    def train(content, *options, name="data.csv"):
        file = tmp_path / name
        file.write_bytes(
            content if isinstance(content, bytes) else content.encode()
        )
        run_dir = tmp_path / "run"
        line = refuse("train", file, "--run_dir", run_dir, *SMALL, *options)
        assert not run_dir.exists()
        return line

    return train


@pytest.mark.parametrize(
    "content, options, words",
    [
        ("", (), ["data.csv", "empty"]),
        ("text,label\n", (), ["data.csv"]),
        ("text,lable\n" + ROWS, (), ["label", "lable"]),
        ("text,label\n" + ROWS + " ,red\n", (), ["line 4", "no tokens"]),
        (b"text,label\n\xff\xfe,red\n", (), ["line 2", "UTF-8"]),
        ("text,label\n" + "a red car,red\n" * 9, (), ["red"]),
        (
            "text,label\n" + ROWS * 5,
            ("--text_column", "txt"),
            ["'txt'", "text"],
        ),
        (
            "text,label\n" + ROWS * 9 + "word " * 70_000 + ",red\n",
            (),
            ["data.csv, line 20: the text has 70,000 tokens"],
        ),
        (
            "text,label\n" + ROWS * 9 + "\u200b,red\n",
            (),
            ["data.csv, line 20: ", "no tokens", "--skip_empty"],
        ),
    ],
    ids=[
        "empty file",
        "header only",
        "no such column",
        "empty text",
        "undecodable",
        "one class",
        "other column",
        "70,000 words",
        "no tokens",
    ],
)
def test_files_that_are_not_training_data(train_on, content, options, words):
    line = train_on(content, *options)
    for word in words:
        assert word in line


def test_a_label_never_seen_in_training(train_on, tmp_path):
    test = tmp_path / "test.csv"
    test.write_text("text,label\na mauve car,mauve\n")
    line = train_on("text,label\n" + ROWS * 9, "--test_file", test)
    assert "'mauve'" in line and "--drop_unknown_labels" in line


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("trek",), ["trek"]),
        (("--dataset", "missing.csv"), ["missing.csv"]),
        (("ag_news_subset",), ["ag_news_subset", "data_dir"]),
        (("pronouns", "--text_column", "txet"), ["'txet'", "text"]),
        (("pronouns", "--data_dir", "no/such/folder"), ["no/such/folder"]),
        (("--datset", "trec"), ["--datset", "--dataset"]),
        (("trec", "--epochs", "0"), ["epochs"]),
        (("trec", "--position", "sinus"), ["sinus"]),
        (("--recipe", "no.yaml"), ["no.yaml", "pronouns"]),
        ((), ["No dataset", "pronouns"]),
        (("a.csv", "--dataset", "b.csv"), ["a.csv", "b.csv", "only one"]),
        (("a.csv", "b.csv"), ["b.csv"]),
        (
            ("pronouns", "--d_model", 10, "--num_heads", 3),
            ["d_model=10", "num_heads=3"],
        ),
    ],
    ids=lambda value: " ".join(map(str, value))[:40],
)
def test_arguments_that_name_nothing(arguments, words, tmp_path):
    run_dir = tmp_path / "run"
    line = refuse("train", *arguments, "--run_dir", run_dir)
    for word in words:
        assert word in line
    assert not run_dir.exists()


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_files_that_are_not_models(command, tmp_path):
    broken = tmp_path / "model.keras"
    broken.write_bytes(b"PK\x03\x04 broken")
    assert "damaged" in refuse(command, broken)
    whole = (GOLDEN / "model.keras").read_bytes()
    broken.write_bytes(whole[: len(whole) // 2])  # a file cut short
    assert "damaged" in refuse(command, broken)
    assert "does not exist" in refuse(command, tmp_path / "no.keras")
    (tmp_path / "folder").mkdir()
    assert "contains no model.keras" in refuse(command, tmp_path / "folder")


def test_a_test_file_has_no_other_splits(tmp_path):
    path = shutil.copy(GOLDEN / "model.keras", tmp_path)
    file = tmp_path / "new.csv"
    file.write_text(ROWS)
    options = ("--dataset", file, "--test_file", file, "--split", "train")
    line = refuse("evaluate", path, *options)
    assert "--split" in line and "--test_file" in line and "'train'" in line


@pytest.mark.parametrize(
    ("dataset", "folder"),
    [
        ("reviews.csv", "runs/reviews"),
        ("/data/reviews.csv", "runs/reviews"),  # as in a recipe
        ("data/reviews.csv", "runs/data_reviews"),
        ("glue/sst2", "runs/glue_sst2"),
    ],
)
def test_the_default_run_folder(dataset, folder):
    assert train._default_run_dir(Settings(dataset=dataset)) == folder


def test_another_kind_of_model(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.save(tmp_path / "other.keras")
    line = refuse("predict", tmp_path / "other.keras", "a red car")
    assert "Sequential" in line and "SentenceClassifier" in line


@pytest.mark.long
def test_a_process_prints_one_line_too(tmp_path):
    """What TensorFlow prints at start must not surround it."""
    file = tmp_path / "data.csv"
    file.write_text("text,label\n")
    finished = run_process("training.train", file, "--run_dir", tmp_path / "r")
    line = one_line(finished.status, finished.errors)
    assert "data.csv" in line
    assert finished.output == ""


@pytest.mark.parametrize("package", ["onnx", "onnxruntime", "tf2onnx"])
def test_the_packages_of_an_export_are_checked_before_training(
    package, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, package, None)
    line = refuse(
        *("train", "pronouns", "--export", "onnx"),
        *("--run_dir", tmp_path / "run"),
    )
    assert package in line and 'pip install "keras-attn[onnx]"' in line
    assert list(tmp_path.iterdir()) == []


def test_a_label_that_no_export_can_store_is_found_before_training(train_on):
    rows = 'a red car,"re\nd"\na blue car,blue\n' * 9
    line = train_on("text,label\n" + rows, "--export", "tflite")
    assert "'re\\nd'" in line


@pytest.mark.parametrize("command", ["train", "export"])
def test_an_export_folder_with_other_files_is_kept(command, tmp_path):
    """Even with --overwrite, and in a run's own folder."""
    for name in ("recipe.yaml", "result.json"):
        (tmp_path / name).write_text("{dataset: pronouns}")
    with zipfile.ZipFile(tmp_path / "model.keras", "w"):
        pass
    notes = tmp_path / "export" / "notes.txt"
    notes.parent.mkdir()
    notes.write_text("mine")
    before = {path: path.stat() for path in tmp_path.rglob("*")}
    where = ["--run_dir"] if command == "train" else []
    line = refuse(command, *where, tmp_path, "--overwrite", "--dataset", "x")
    assert "notes.txt" in line
    assert {path: path.stat() for path in tmp_path.rglob("*")} == before


def test_the_columns_are_listed_if_nobody_can_be_asked(colours, tmp_path):
    """The columns have names of their own, and are not guessed."""
    line = refuse("train", colours[0], "--run_dir", tmp_path / "run")
    assert "sentence, colour" in line and "--label_column" in line
    line = refuse(
        *("train", colours[0], "--run_dir", tmp_path / "run"),
        *(*COLUMNS[:3], "color"),
    )
    assert "'color'" in line and "'colour'" in line


def test_options_that_leave_out_texts_reach_the_data(train_on, tmp_path):
    rows = "text,label\n" + ROWS * 9 + "\u200b,red\n"
    assert "--skip_empty" in train_on(rows, "--labels", "red,mauve")
    line = train_on(rows, "--labels", "red,mauve", "--skip_empty")
    assert "'mauve'" in line
    test = tmp_path / "test.csv"
    test.write_text("text,label\na mauve car,mauve\n")
    options = ("--test_file", test, "--skip_empty")
    assert "'mauve'" in train_on(rows, *options)
    line = train_on(rows, *options, "--drop_unknown_labels")
    assert "test.csv" in line and "at least one is needed" in line.lower()
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("skip_empty: true\nlabels: [red, mauve]\n")
    assert "'mauve'" in train_on(rows, "--recipe", recipe)
