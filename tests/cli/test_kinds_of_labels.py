"""Several labels per text, pairs, weights and calibration, from end to end."""

import csv
import json
import random
import shutil

import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator,
)

from keras_attn.export import open_exported
from keras_attn.export.device.classify import Classifier
from keras_attn.export.formats import FORMATS
from keras_attn.text import join_pair, pad
from tensorboard_plugin_attention.format import read_manifest
from tests.session_cache import shared_folder
from tests.trained_run import SMALL, no_latencies, refuse, run, succeed

pytestmark = pytest.mark.slow

THINGS = ["house", "car", "boat", "tree", "bird", "shirt", "flower"]
COLOURS = ["red", "green", "blue"]


def write_rows(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def words(rng, colours):
    chosen = [*colours, *rng.sample(THINGS, rng.randint(1, 4))]
    rng.shuffle(chosen)
    return " ".join(chosen)


def write_pairs_of_colours(path, count):
    """Pairs of texts with up to two colours each; the labels name them all.

    Those of the second text have a star.
    """
    rng = random.Random(count)
    rows = []
    for _ in range(count):
        first, second = (rng.sample(COLOURS, rng.randint(0, 2)) for _ in "ab")
        labels = [*first, *(f"{colour}*" for colour in second)]
        texts = [words(rng, first), words(rng, second)]
        rows.append([*texts, ";".join(labels)])
    write_rows(path, ["one", "two", "labels"], rows)


@pytest.fixture(scope="session")
def pairs_run(tmp_path_factory):
    """A calibrated run with pairs, several labels, weights and exports."""

    def build(folder):
        write_pairs_of_colours(folder / "data.csv", 600)
        with no_latencies():
            printed = succeed(
                *("train", folder / "data.csv", "--text_column", "one"),
                *("--pair_column", "two", "--multi_label"),
                *("--label_separator", ";"),
                *("--class_weights", "balanced", "--calibrate"),
                *("--run_dir", folder / "run", *SMALL, "--d_model", 32),
                *("--epochs", 9, "--pooling", "max", "--max_length", 9),
                *("--export", "tflite"),
            )
        (folder / "printed").write_text(printed)

    folder = shared_folder(tmp_path_factory, "pairs", build)
    return folder / "run", (folder / "printed").read_text()


def result_of(folder):
    return json.loads((folder / "result.json").read_text())


def test_training_reports_the_kind_and_its_figures(pairs_run):
    folder, printed = pairs_run
    assert "one + two -> labels (6 labels, several per text)" in printed
    result = result_of(folder)
    assert result["test_micro_f1"] > 0.8
    assert f"test micro F1  {result['test_micro_f1']:.4f}" in printed
    assert result["validation_micro_f1"] > 0.8
    model = keras.models.load_model(folder / "model.keras")
    assert model.decision.temperature == result["temperature"] != 1
    assert (
        dict(zip(model.labels, model.decision.thresholds, strict=True))
        == (result["thresholds"])
    )
    error = result["calibration_error"]
    assert error["after"] <= error["before"] + 0.01


TEXTS = ["red car\tbird", "tree\tblue boat green", "car bird\thouse"]
LONG = join_pair("red " * 9, "blue green bird")


def test_the_export_of_a_run_decides_like_the_model(pairs_run):
    folder, _ = pairs_run
    require_equal_decisions(folder, folder / "export", "tflite")


@pytest.mark.long
def test_other_exports_decide_like_the_model(pairs_run, tmp_path):
    folder, _ = pairs_run
    export, formats = tmp_path / "export", ("saved_model", "onnx")
    succeed("export", folder, "--to", *formats, "--out", export)
    require_equal_decisions(folder, export, *formats)


def require_equal_decisions(folder, export, *formats):
    model = keras.models.load_model(folder / "model.keras")
    texts = [*TEXTS, LONG]
    results = model.classify(texts, attention=False)
    expected = [list(result.probabilities.values()) for result in results]
    assert results[0].labels == ("red",)
    assert results[2].labels == ()
    ids = pad(model.vectorizer.encode(texts))
    for name in formats:
        opened = open_exported(export / FORMATS[name].file_name())
        inputs = texts if opened.takes == "texts" else ids
        found = opened.probabilities(inputs)
        np.testing.assert_allclose(found, expected, atol=1e-5)
    if "saved_model" in formats:
        graph = open_exported(export / "saved_model").explain(texts)
        decided = model.decision.decide(expected)
        assert np.array_equal(graph["decided"], decided)
    if "tflite" in formats:
        device = Classifier(export / "model.tflite").classify(texts)
        assert [tuple(r["labels"]) for r in device] == [
            r.labels for r in results
        ]
        assert [r["tokens"] for r in device] == [r.tokens for r in results]
        assert device[3]["truncated"] and results[3].truncated
    parity = json.loads((export / "parity.json").read_text())
    assert {f["equal_decisions"] for f in parity["files"].values()} == {1.0}


def test_the_card_describes_pairs_and_labels(pairs_run):
    card = (pairs_run[0] / "export" / "README.md").read_text()
    for words in (
        "any number of 6 labels to a pair of texts",
        "column of the second text: two",
        "F1 of all decisions",
        "| threshold |",
        "was fitted on the validation split",
        "independent decisions",
        'files["thresholds.txt"]',
        'result["labels"]',
    ):
        assert words in card, words


def test_the_tab_shows_pairs_and_labels(pairs_run):
    events = EventAccumulator(str(pairs_run[0] / "logs" / "train"))
    events.Reload()
    tensor = events.Tensors("attention")[-1].tensor_proto
    examples = read_manifest(list(tensor.string_val))["examples"]
    for example in examples:
        (separator,) = example["special"]
        assert example["tokens"][separator] == "[SEP]"
        known = {"-", *(c + star for c in COLOURS for star in ("", "*"))}
        assert set(example["label"].split(", ")) <= known
        assert set(example["prediction"].split(", ")) <= known


def test_predict_takes_two_arguments_for_a_pair(pairs_run):
    folder, _ = pairs_run
    printed = succeed("predict", folder, "red car", "bird", "car", "house")
    first, second = printed.splitlines()
    assert first.startswith("red  ") and first.endswith("red car [SEP] bird")
    assert second.startswith("-  0.")
    lines = succeed("predict", folder, "--json", stdin=b"red car\tbird\n")
    values = json.loads(lines)
    assert values["labels"] == ["red"]
    assert values["tokens"] == ["red", "car", "[SEP]", "bird"]
    line = refuse("predict", folder, "red car", "bird", "green")
    assert "takes pairs of texts. Received: 3 texts" in line
    finished = run("predict", folder, stdin=b"red\tcar\nno pair\n")
    assert finished.status == 2
    assert "standard input, line 2 is not a pair" in finished.errors


def test_evaluate_writes_its_results(pairs_run, tmp_path):
    out = tmp_path / "results"
    printed = succeed("evaluate", pairs_run[0], "--out", out)
    names = {path.name for path in out.iterdir()}
    assert names == {"test.json", "test_reliability.png"}
    measured = json.loads((out / "test.json").read_text())
    assert measured["micro_f1"] == result_of(pairs_run[0])["test_micro_f1"]
    assert f"micro F1 {measured['micro_f1']:.4f}" in printed
    assert f"written: {out / 'test.json'}" in printed
    (out / "notes.txt").write_text("mine")
    finished = run("evaluate", pairs_run[0], "--out", out)
    assert finished.status == 2
    assert "notes.txt was not written by an evaluation" in finished.errors


def test_a_model_of_pairs_needs_pairs(pairs_run, trained, colours):
    other = ("--dataset", colours[0])
    line = refuse(
        *("evaluate", pairs_run[0], *other, "--label_column", "colour"),
        *("--text_column", "sentence"),
    )
    assert "takes pairs of texts. Pass `--pair_column`" in line
    line = refuse("evaluate", trained[0], "--pair_column", "colour")
    assert "takes single texts. Leave out `--pair_column`" in line


@pytest.fixture
def own_run(trained, tmp_path):
    """A copy of the run of one label per text, to be changed."""
    return shutil.copytree(trained[0], tmp_path / "run")


def test_evaluate_writes_pictures_into_the_run(own_run):
    printed = succeed("evaluate", own_run)
    folder = own_run / "evaluation"
    assert {path.name for path in folder.iterdir()} == {
        *("test.json", "test_confusion_matrix.png", "test_reliability.png")
    }
    measured = json.loads((folder / "test.json").read_text())
    total = np.sum(measured["confusion"])
    assert total == measured["texts"] == 90
    correct = np.trace(measured["confusion"]) / total
    assert measured["accuracy"] == pytest.approx(correct)
    assert "expected calibration error" in printed
    events = EventAccumulator(str(own_run / "logs" / "evaluation"))
    events.Reload()
    assert set(events.Tags()["tensors"]) == {
        "confusion_matrix/test",
        "reliability/test",
    }
    succeed("evaluate", own_run, "--split", "validation")
    assert (folder / "validation.json").exists()
    assert (folder / "test.json").exists()


def test_calibrate_saves_a_temperature(own_run):
    before = keras.models.load_model(own_run / "model.keras")
    assert before.decision.temperature == 1
    finished = run("evaluate", own_run, "--calibrate")
    assert finished.status == 0
    assert "saved in" in finished.errors
    after = keras.models.load_model(own_run / "model.keras")
    assert after.decision.temperature != 1
    ids = np.array([[2, 3, 4]])
    np.testing.assert_array_equal(before(ids), after(ids))
    assert sorted(p.name for p in own_run.glob(".*")) == []


def test_a_new_run_removes_only_evaluations(own_run, colours):
    train, test = colours
    folder = own_run / "evaluation"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    line = refuse(
        *("train", train, "--test_file", test, "--run_dir", own_run),
        *("--text_column", "sentence", "--label_column", "colour"),
        "--overwrite",
    )
    assert "notes.txt was not written by a training run" in line
    assert (own_run / "model.keras").exists()


@pytest.mark.long
def test_weights_find_a_rare_label(tmp_path):
    """One in 20; its word is also in every tenth of the other texts."""
    rng = random.Random(0)
    rows = []
    for i in range(800):
        rare = i % 20 == 0
        word = "red" if rare or rng.random() < 0.1 else "blue"
        rows.append([words(rng, [word]), "rare" if rare else "common"])
    write_rows(tmp_path / "data.csv", ["text", "label"], rows)
    recall = {}
    for weights in (None, "balanced"):
        folder = tmp_path / str(weights)
        extra = () if weights is None else ("--class_weights", weights)
        succeed(
            *("train", tmp_path / "data.csv", "--run_dir", folder),
            *(*SMALL, "--epochs", 3, *extra),
        )
        succeed("evaluate", folder)
        measured = json.loads((folder / "evaluation/test.json").read_text())
        recall[weights] = measured["per_label"]["rare"]["recall"]
    assert recall == {None: 0.0, "balanced": 1.0}
    result = result_of(tmp_path / "balanced")
    assert "test_accuracy" in result
    assert result["test_balanced_accuracy"] > 0.9


def test_numeric_targets_are_refused(tmp_path):
    rows = [[f"item {i}", f"{i * 3.7:.2f}"] for i in range(60)]
    write_rows(tmp_path / "data.csv", ["text", "price"], rows)
    line = refuse(
        *("train", tmp_path / "data.csv", "--label_column", "price"),
        *("--run_dir", tmp_path / "run"),
    )
    assert "column 'price' contains numbers, 60 different ones" in line
    assert not (tmp_path / "run").exists()
