"""`keras-attn train` and `evaluate`, from data to measurements."""

import json
import shutil
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator,
)

import keras_attn
from keras_attn.runs import fitting, training
from tensorboard_plugin_attention.format import read_manifest
from tests.trained_run import (
    COLUMNS,
    SMALL,
    refuse,
    run,
    run_process,
    succeed,
)

pytestmark = pytest.mark.slow


def result_of(run_dir):
    return json.loads((run_dir / "result.json").read_text())


def test_a_run_leaves_the_files_it_promises(trained):
    run_dir, printed = trained
    result = result_of(run_dir)
    assert result["test_accuracy"] >= 0.95
    assert result["split_sizes"] == {"train": 360, "validation": 40, "test": 90}
    assert result["labels"] == ["blue", "green", "red"]
    assert result["parameters"] > 0
    assert result["seed"] == 0
    assert result["seconds"] > 0
    assert result["examples_per_second"] > 0
    assert result["real_tokens_per_second"] > result["examples_per_second"]
    assert {"keras", "tensorflow", "keras-attn"} <= set(result["versions"])
    (export,) = result["exports"].values()
    assert export["max_difference"] <= 1e-5
    assert export["equal_decisions"] == 1.0
    assert (run_dir / export["path"]).exists()
    names = {path.name for path in run_dir.iterdir()}
    assert names == {
        *("model.keras", "recipe.yaml", "result.json", "history.csv"),
        *("logs", "export"),
    }
    assert f"{result['test_accuracy']:.4f} on 90 texts" in printed
    assert f"tensorboard {run_dir}" in printed.replace("\n", "")


def test_curves_and_maps_are_one_run_of_the_logs(trained):
    logs = trained[0] / "logs"
    assert {path.name for path in logs.iterdir()} == {"train", "validation"}
    curves = EventAccumulator(str(logs / "validation")).Reload()
    assert "epoch_accuracy" in curves.Tags()["tensors"]
    events = EventAccumulator(str(logs / "train"), {"tensors": 0}).Reload()
    assert len(events.Tensors("epoch_accuracy")) > 1
    last = events.Tensors("attention")[-1]
    manifest = read_manifest(list(last.tensor_proto.string_val))
    assert len(manifest["examples"]) == 4
    labels = {example["label"] for example in manifest["examples"]}
    assert labels == {"blue", "green", "red"}


def test_the_model_file_contains_no_optimizer(trained):
    model = keras.models.load_model(trained[0] / "model.keras")
    assert isinstance(model, keras_attn.models.SentenceClassifier)
    assert getattr(model, "optimizer", None) is None
    assert model.labels == ("blue", "green", "red")
    assert model.classify(["a red car"])[0].label == "red"


@pytest.mark.long
def test_a_recipe_as_used_repeats_the_run(trained, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    text = (trained[0] / "recipe.yaml").read_text()
    recipe.write_text(text.split("export:")[0])
    succeed("train", "--recipe", recipe, "--run_dir", tmp_path / "again")
    first, again = (
        result_of(folder)["test_loss"]
        for folder in (trained[0], tmp_path / "again")
    )
    assert again == first


@pytest.mark.long
def test_half_precision_leaves_a_float32_model(colours, tmp_path):
    train, test = colours
    succeed(
        *("train", train, "--test_file", test, *COLUMNS),
        *("--run_dir", tmp_path, *SMALL),
        *("--precision", "mixed_bfloat16", "--export", "tflite"),
    )
    model = keras.models.load_model(tmp_path / "model.keras")
    assert model.compute_dtype == "float32"
    result = result_of(tmp_path)
    assert result["test_accuracy"] >= 0.95
    assert result["exports"]["tflite"]["equal_decisions"] == 1.0


def test_a_finished_run_is_kept_by_default(trained, colours):
    before = (trained[0] / "model.keras").read_bytes()
    line = refuse("train", colours[0], "--run_dir", trained[0], *COLUMNS)
    assert "finished run" in line and "--overwrite" in line
    assert (trained[0] / "model.keras").read_bytes() == before


@pytest.fixture
def stops_before_training(monkeypatch):
    """`keras-attn train` ends with status 9 when the run has begun."""
    monkeypatch.setattr(training, "train", lambda *how: sys.exit(9))


def test_overwrite_removes_run_and_export(
    trained, colours, tmp_path, stops_before_training
):
    folder = shutil.copytree(trained[0], tmp_path / "run")
    finished = run(
        *("train", "--dataset", colours[0], *COLUMNS, *SMALL),
        *("--run_dir", folder, "--overwrite"),
    )
    assert (finished.status, finished.errors) == (9, "")
    left = {path.name for path in folder.rglob("*") if path.is_file()}
    assert left == {"recipe.yaml", "data.sha256"}


def test_evaluate_repeats_the_test_accuracy(trained, colours, tmp_path):
    result = result_of(trained[0])
    out = ("--out", tmp_path / "evaluation")  # other tests share the run
    finished = run("evaluate", trained[0], "--json", *out)
    assert finished.errors == ""
    measured = json.loads(finished.output)
    assert measured["accuracy"] == result["test_accuracy"]
    assert measured["texts"] == 90
    assert sum(m["texts"] for m in measured["per_label"].values()) == 90
    alone = shutil.copy(trained[0] / "model.keras", tmp_path / "m.keras")
    assert "Pass `--dataset`" in refuse("evaluate", alone)
    printed = succeed(
        *("evaluate", alone, "--dataset", colours[0]),
        *("--test_file", colours[1], *COLUMNS),
    )
    assert f"accuracy {measured['accuracy']:.4f}" in printed


@pytest.mark.long
def test_evaluate_as_a_process(trained, tmp_path):
    out = ("--out", tmp_path / "evaluation")
    finished = run_process("training.evaluate", trained[0], "--json", *out)
    assert (finished.status, finished.errors) == (0, "")
    accuracy = result_of(trained[0])["test_accuracy"]
    assert json.loads(finished.output)["accuracy"] == accuracy


def test_data_that_has_changed_is_not_taken_for_a_test(
    trained, colours, tmp_path
):
    """One more row is another split, which tests on training texts."""
    folder = shutil.copytree(trained[0], tmp_path / "run")
    more = Path(shutil.copy(colours[0], tmp_path))
    recipe = folder / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace(str(colours[0]), str(more)))
    measured = json.loads(succeed("evaluate", folder, "--json"))
    more.write_text(more.read_text() + "a red car,red\n")
    for command in ("evaluate", "export"):
        options = ["--overwrite"] if command == "export" else []
        line = refuse(command, folder, *options)
        assert "has changed since the run was trained" in line
    finished = run("evaluate", folder, "--dataset", more, "--json")
    assert json.loads(finished.output) == measured
    assert "training texts of this model are unknown" in finished.errors
    new = tmp_path / "new.csv"
    new.write_text("sentence,colour\na red car,red\n")
    finished = run("evaluate", folder, "--test_file", new, "--json")
    assert json.loads(finished.output)["texts"] == 1
    assert "training texts of this model are unknown" in finished.errors


def test_evaluate_refuses_labels_the_model_does_not_know(trained, tmp_path):
    file = tmp_path / "other.csv"
    file.write_text("text,label\n" + "a b,mauve\nb c,red\n" * 9)
    line = refuse("evaluate", trained[0] / "model.keras", "--dataset", file)
    assert "'mauve'" in line and "blue, green, red" in line


class Stop(keras.callbacks.Callback):
    """Ends the process at some moment, as far as the run can tell."""

    def __init__(self, moment):
        super().__init__()
        setattr(self, moment, self._stop)
        self._at_end = moment == "on_train_end"

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def _stop(self, batch=None, logs=None):
        if self._at_end or (self._epoch, batch) == (2, 3):
            sys.exit(9)


@pytest.mark.long
@pytest.mark.parametrize("moment", ["on_train_batch_end", "on_train_end"])
def test_a_stopped_run_resumes_as_if_it_had_not_stopped(
    trained, colours, tmp_path, monkeypatch, moment
):
    """Stops where a killed process would: in the middle, or at the end."""
    train = Path(shutil.copy(colours[0], tmp_path))
    run_dir = tmp_path / "run"
    monkeypatch.chdir(tmp_path)
    arguments = (
        *("train", train.name, "--test_file", colours[1], *COLUMNS),
        *("--run_dir", run_dir, *SMALL),
    )
    checkpoints, callbacks = fitting._checkpoints, []

    def stopped(*how):
        callbacks.extend([*checkpoints(*how), Stop(moment)])
        return callbacks

    with monkeypatch.context() as patch:
        patch.setattr(fitting, "_checkpoints", stopped)
        assert run(*arguments).status == 9
    callbacks[1].csv_file.close()  # as the end of a process does
    monkeypatch.chdir("/")
    assert "unfinished run" in refuse(*arguments)
    resume = ("train", "--resume", "--run_dir", run_dir)
    assert "settings it began with" in refuse(*resume, "--epochs", 9)
    content = train.read_text()
    train.write_text(content + "a red car,red\n")
    assert "data has changed" in refuse(*resume)
    train.write_text(content)
    succeed(*resume)
    whole, resumed = result_of(trained[0]), result_of(run_dir)
    assert resumed["test_loss"] == whole["test_loss"]
    assert resumed["best_epoch"] == whole["best_epoch"]
    histories = [(d / "history.csv").read_text() for d in (trained[0], run_dir)]
    assert histories[0] == histories[1]
    models = [
        keras.models.load_model(d / "model.keras")
        for d in (trained[0], run_dir)
    ]
    for one, other in zip(*(m.get_weights() for m in models), strict=True):
        np.testing.assert_array_equal(one, other)


def test_columns_are_asked_for_in_a_terminal(
    colours, tmp_path, monkeypatch, stops_before_training
):
    data = tmp_path / "data.csv"
    data.write_text(colours[0].read_text().replace("sentence,", "words,", 1))
    asked = []
    answers = iter(["words", "colour"])

    def prompt(question, type, **how):
        asked.append((question, tuple(type.choices)))
        return next(answers)

    monkeypatch.setattr("click.prompt", prompt)
    monkeypatch.setattr(
        "keras_attn.cli.column_choice._is_terminal", lambda: True
    )
    finished = run("train", data, "--run_dir", tmp_path / "run", *SMALL)
    assert (finished.status, finished.errors) == (9, "")
    assert asked == [
        ("Which column contains the text?", ("words", "colour")),
        ("Which column contains the label?", ("words", "colour")),
    ]
    recipe = (tmp_path / "run" / "recipe.yaml").read_text()
    assert "text_column: words\nlabel_column: colour\n" in recipe
