"""Labels, texts, columns and folders are printed as text by every command."""

import json

import pytest

from keras_attn.cli import column_choice
from keras_attn.data import ColumnError
from keras_attn.models import SentenceClassifier
from keras_attn.runs.settings import Settings
from keras_attn.text import Vectorizer
from tests.trained_run import SMALL, refuse, run, succeed

LABELS = ["[/b]", "[red]x", ":smile:", "\x1b[31mred"]
SHOWN = ["[/b]", "[red]x", ":smile:", r"\x1b[31mred"]


@pytest.fixture
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")  # paths are not folded


@pytest.fixture
def data(tmp_path):
    """A file whose name, texts and labels would steer a terminal."""
    rows = [f"{n} [/i] word\x1b[1m{n},{LABELS[n % 4]}" for n in range(40)]
    path = tmp_path / "[b]data\x07.csv"
    path.write_text("\n".join(["text,label", *rows]) + "\n")
    return path


@pytest.mark.slow
def test_results_are_printed_as_text(data, wide, tmp_path):
    model = SentenceClassifier(
        Vectorizer(["[", "word"]), LABELS, 1, d_model=4, num_heads=2
    )
    model.build((None, None))
    file = tmp_path / "[b].keras"
    model.save(file)
    evaluated = succeed("evaluate", file, "--dataset", data)
    for label in SHOWN:
        assert label in evaluated
    require_harmless_predictions(file)
    assert evaluated.replace("\n", "").isprintable()


@pytest.mark.long
def test_a_run_is_printed_as_text(data, wide, tmp_path):
    folder = tmp_path / "[/b]" / "run[red]"
    options = (*SMALL, "--epochs", 1, "--map_sentences", 0)
    printed = succeed("train", data, "--run_dir", folder, *options)
    assert (folder / "result.json").exists()
    assert r"[b]data\x07.csv" in printed
    assert "run[red]/model.keras" in printed
    evaluated = succeed("evaluate", folder)
    for label in SHOWN:
        assert label in printed and label in evaluated
    require_harmless_predictions(folder)
    as_json = succeed("evaluate", folder, "--json")
    assert list(json.loads(as_json)["per_label"]) == sorted(LABELS)
    for output in printed, evaluated, as_json:
        assert output.replace("\n", "").isprintable()


def require_harmless_predictions(model):
    predicted = succeed("predict", model, "[/i] \x1b[2J", "--attention")
    assert r"  [/i] \x1b[2J" in predicted
    assert predicted.splitlines()[0].split("  ")[0] in SHOWN
    assert predicted.replace("\n", "").isprintable()


def test_errors_are_printed_as_text(tmp_path):
    data = tmp_path / "a.csv"
    data.write_text("te\x1b[2Jxt,[/b]label\na,b\n")
    line = refuse("train", data, "--run_dir", tmp_path / "run")
    assert r"te\x1b[2Jxt, [/b]label" in line
    finished = run("predict", "[/b]\x1b[2J.keras", "a")
    assert finished.errors.startswith(r"error: [/b]\x1b[2J.keras does not")


def test_columns_to_choose_from_are_printed_as_text(monkeypatch):
    def read(settings):
        if settings.text_column is None:
            raise ColumnError("no column", "text", ["wor\x1bds", "[b]colour"])
        return settings.text_column

    def prompt(question, type, **how):
        assert tuple(type.choices) == (r"wor\x1bds", "[b]colour")
        return type.choices[0]

    monkeypatch.setattr("click.prompt", prompt)
    monkeypatch.setattr(column_choice, "_is_terminal", lambda: True)
    found, _ = column_choice.ask_for_columns(read, Settings(dataset="a.csv"))
    assert found == "wor\x1bds"
