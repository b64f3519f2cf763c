"""Every mistake of a user is one line, exit status 2, and nothing is lost."""

import io
import sys

import keras
import pytest

from tests.trained_run import COLUMNS, SMALL, one_line, run

ROWS = "a red car,red\na blue car,blue\n"


@pytest.fixture
def train_on(tmp_path, refusal):
    """Tries to train on a file with the given content."""

    def train(content, *options, name="data.csv"):
        file = tmp_path / name
        file.write_bytes(
            content if isinstance(content, bytes) else content.encode()
        )
        run_dir = tmp_path / "run"
        line = refusal(
            "train", "--dataset", file, "--run_dir", run_dir, *SMALL, *options
        )
        assert not run_dir.exists()
        return line

    return train


@pytest.mark.parametrize(
    "content, options, words",
    [
        ("", (), ["data.csv", "empty"]),
        ("text,label\n", (), ["data.csv"]),
        ("text,lable\n" + ROWS, (), ["label", "lable"]),
        ("text,label\n" + ROWS + " ,red\n", (), ["line 4", "text", "empty"]),
        (b"text,label\n\xff\xfe,red\n", (), ["line 2", "UTF-8"]),
        ("text,label\n" + "a red car,red\n" * 9, (), ["red"]),
        (
            "text,label\n" + ROWS * 5,
            ("--text_column", "txt"),
            ["'txt'", "text"],
        ),
        (
            "text,label\n" + ROWS * 9 + "word " * 100_000 + ",red\n",
            (),
            ["100,000 tokens"],
        ),
    ],
    ids=[
        *("empty file", "header only", "no such column", "empty text"),
        *("undecodable", "one class", "other column", "100,000 words"),
    ],
)
def test_files_that_are_no_training_data(train_on, content, options, words):
    line = train_on(content, *options)
    for word in words:
        assert word in line


def test_a_label_never_seen_in_training(train_on, tmp_path):
    test = tmp_path / "test.csv"
    test.write_text("text,label\na mauve car,mauve\n")
    line = train_on("text,label\n" + ROWS * 9, "--test_file", test)
    assert "'mauve'" in line


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("--dataset", "trek"), ["trek"]),
        (("--dataset", "missing.csv"), ["missing.csv"]),
        (("--dataset", "ag_news_subset"), ["ag_news_subset", "data_dir"]),
        (
            ("--dataset", "pronouns", "--text_column", "txet"),
            ["'txet'", "text"],
        ),
        (
            ("--dataset", "pronouns", "--data_dir", "no/such/folder"),
            ["no/such/folder"],
        ),
        (("--datset", "trec"), ["--datset", "--dataset"]),
        (("--dataset", "trec", "--epochs", "0"), ["epochs"]),
        (("--dataset", "trec", "--position", "sinus"), ["sinus"]),
        (("--recipe", "no.yaml"), ["no.yaml", "pronouns"]),
        ((), ["--dataset"]),
        (
            ("--dataset", "pronouns", "--d_model", 10, "--num_heads", 3),
            ["d_model=10", "num_heads=3"],
        ),
    ],
    ids=lambda value: " ".join(map(str, value))[:40],
)
def test_arguments_that_name_nothing(arguments, words, tmp_path, refusal):
    run_dir = tmp_path / "run"
    line = refusal("train", *arguments, "--run_dir", run_dir)
    for word in words:
        assert word in line
    assert not run_dir.exists()


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_models_that_are_none(command, tmp_path, refusal):
    broken = tmp_path / "model.keras"
    broken.write_bytes(b"PK\x03\x04 broken")
    assert "damaged" in refusal(command, broken)
    assert "does not exist" in refusal(command, tmp_path / "no.keras")
    (tmp_path / "folder").mkdir()
    assert "holds no model.keras" in refusal(command, tmp_path / "folder")


@pytest.mark.slow
def test_a_model_file_cut_short(trained, tmp_path, refusal):
    whole = (trained[0] / "model.keras").read_bytes()
    cut = tmp_path / "model.keras"
    cut.write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refusal("predict", cut, "a red car")


def test_another_kind_of_model(tmp_path, refusal):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.save(tmp_path / "other.keras")
    line = refusal("predict", tmp_path / "other.keras", "a red car")
    assert "Sequential" in line and "SentenceClassifier" in line


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments, stdin, words",
    [
        (["a red car", " "], b"", ["Text 2 has no tokens"]),
        ([], b"", ["standard input holds no text"]),
        ([], b"ok\n\xff\n", ["line 2", "UTF-8"]),
        ([], b"word " * 100_000, ["100,000 tokens"]),
        (["--file", "no.txt"], b"", ["no.txt"]),
        (["a", "--file", "b"], b"", ["not both"]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_texts_that_cannot_be_classified(
    trained, arguments, stdin, words, refusal, monkeypatch
):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    line = refusal("predict", trained[0], *arguments)
    for word in words:
        assert word in line


@pytest.mark.slow
def test_a_process_of_its_own_says_one_line_too(tmp_path):
    """TensorFlow's greetings at start must not surround it."""
    file = tmp_path / "data.csv"
    file.write_text("text,label\n")
    finished = run("train", "--dataset", file, "--run_dir", tmp_path / "run")
    line = one_line(finished.returncode, finished.stderr.decode())
    assert "data.csv" in line


def test_columns_of_the_fixture_are_needed(colours, tmp_path, refusal):
    """The fixture's columns have names of their own, and are not guessed."""
    line = refusal(
        "train", "--dataset", colours[0], "--run_dir", tmp_path / "run"
    )
    assert COLUMNS[3] in line


@pytest.mark.parametrize("package", ["onnx", "onnxruntime", "tf2onnx"])
def test_a_package_of_an_export_is_asked_for_before_training(
    package, tmp_path, refusal, monkeypatch
):
    monkeypatch.setitem(sys.modules, package, None)
    line = refusal(
        *("train", "--dataset", "pronouns", "--export", "onnx"),
        *("--run_dir", tmp_path / "run"),
    )
    assert package in line and 'pip install "keras-attn[onnx]"' in line
    assert list(tmp_path.iterdir()) == []
