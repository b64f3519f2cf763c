"""The commands as a user starts them, from data to predictions."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator,
)

import keras_attn
from tensorboard_plugin_attention.format import read_manifest
from tests.trained_run import COLUMNS, ROOT, SMALL, run

pytestmark = pytest.mark.slow


def test_a_run_leaves_what_it_promises(trained):
    run_dir, printed = trained
    result = json.loads((run_dir / "result.json").read_text())
    assert result["test_accuracy"] >= 0.95
    assert result["split_sizes"] == {"train": 360, "validation": 40, "test": 90}
    assert result["labels"] == ["blue", "green", "red"]
    assert result["parameters"] > 0
    assert result["seed"] == 0
    assert result["seconds"] > 0
    assert result["examples_per_second"] > 0
    assert result["real_tokens_per_second"] > result["examples_per_second"]
    assert {"keras", "tensorflow", "keras-attn"} <= set(result["versions"])
    for name in ("saved_model", "tflite"):
        assert result["exports"][name]["max_difference"] <= 1e-5
        assert result["exports"][name]["equal_decisions"] == 1.0
        assert (run_dir / result["exports"][name]["path"]).exists()
    names = {path.name for path in run_dir.iterdir()}
    assert names == {
        *("model.keras", "recipe.yaml", "result.json", "history.csv"),
        *("logs", "export"),
    }
    assert f"{result['test_accuracy']:.4f} on 90 texts" in printed
    assert f"tensorboard --logdir {run_dir}" in printed.replace("\n", "")


def test_curves_and_maps_are_one_run_of_the_logs(trained):
    logs = trained[0] / "logs"
    assert {path.name for path in logs.iterdir()} == {"train", "validation"}
    curves = EventAccumulator(str(logs / "validation")).Reload()
    assert "epoch_accuracy" in curves.Tags()["tensors"]
    run = EventAccumulator(str(logs / "train"), {"tensors": 0}).Reload()
    assert len(run.Tensors("epoch_accuracy")) > 1
    last = run.Tensors("attention")[-1]
    manifest = read_manifest(list(last.tensor_proto.string_val))
    assert len(manifest["examples"]) == 4
    labels = {example["label"] for example in manifest["examples"]}
    assert labels == {"blue", "green", "red"}


def test_the_model_file_holds_no_optimizer(trained):
    model = keras.models.load_model(trained[0] / "model.keras")
    assert isinstance(model, keras_attn.models.SentenceClassifier)
    assert getattr(model, "optimizer", None) is None
    assert model.labels == ("blue", "green", "red")
    assert model.classify(["a red car"])[0].label == "red"


def test_the_same_seed_gives_the_same_run(trained, colours, tmp_path):
    first = json.loads((trained[0] / "result.json").read_text())
    train, test = colours
    for name, seed in (("same", 0), ("other", 5)):
        finished = run(
            *("train", "--dataset", train, "--test_file", test, *COLUMNS),
            *("--run_dir", tmp_path / name, "--seed", seed, *SMALL),
        )
        assert finished.returncode == 0, finished.stderr.decode()
    same = json.loads((tmp_path / "same" / "result.json").read_text())
    other = json.loads((tmp_path / "other" / "result.json").read_text())
    assert same["test_loss"] == first["test_loss"]
    assert other["test_loss"] != first["test_loss"]


def test_a_recipe_as_used_repeats_the_run(trained, tmp_path):
    recipe = trained[0] / "recipe.yaml"
    finished = run("train", "--recipe", recipe, "--run_dir", tmp_path / "again")
    assert finished.returncode == 0, finished.stderr.decode()
    losses = [
        json.loads((folder / "result.json").read_text())["test_loss"]
        for folder in (trained[0], tmp_path / "again")
    ]
    assert losses[0] == losses[1]


def test_training_in_half_precision_leaves_a_float32_model(colours, tmp_path):
    train, test = colours
    finished = run(
        *("train", "--dataset", train, "--test_file", test, *COLUMNS),
        *("--run_dir", tmp_path / "run", *SMALL),
        *("--precision", "mixed_bfloat16", "--export", "tflite"),
    )
    assert finished.returncode == 0, finished.stderr.decode()
    model = keras.models.load_model(tmp_path / "run" / "model.keras")
    assert model.compute_dtype == "float32"
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["test_accuracy"] >= 0.95


def test_a_finished_run_is_kept_unless_told(trained, colours, refusal):
    before = (trained[0] / "model.keras").read_bytes()
    line = refusal(
        "train", "--dataset", colours[0], "--run_dir", trained[0], *COLUMNS
    )
    assert "finished run" in line
    assert (trained[0] / "model.keras").read_bytes() == before


def test_predict_arguments_file_and_standard_input(trained, tmp_path):
    texts = ["a red car", "my green boat"]
    file = tmp_path / "texts.txt"
    # Lines that end make one batch, and a batch makes the last bits.
    lines = "".join(f"{text}\n" for text in texts).encode()
    file.write_bytes(lines)
    outputs = [
        run("predict", trained[0], *texts, "--json"),
        run("predict", trained[0], "--file", file, "--json"),
        run("predict", trained[0], "--json", stdin=lines),
    ]
    assert len({o.stdout for o in outputs}) == 1
    lines = [json.loads(line) for line in outputs[0].stdout.splitlines()]
    assert [line["text"] for line in lines] == texts
    assert [line["label"] for line in lines] == ["red", "green"]
    assert lines[0]["tokens"] == ["a", "red", "car"]
    assert sum(lines[0]["probabilities"].values()) == pytest.approx(1)


def test_predict_works_from_the_model_file_alone(trained, tmp_path):
    alone = shutil.copy(trained[0] / "model.keras", tmp_path / "m.keras")
    finished = run("predict", alone, "the blue bird", "--attention")
    printed = finished.stdout.decode()
    assert printed.startswith("blue  ")
    assert "█" in printed
    finished = run("predict", alone, "a bird", "--json", "--attention")
    attention = np.array(json.loads(finished.stdout)["attention"])
    assert attention.shape == (1, 2, 2, 2)


def test_evaluate_repeats_the_test_accuracy(
    trained, colours, tmp_path, refusal
):
    result = json.loads((trained[0] / "result.json").read_text())
    finished = run("evaluate", trained[0], "--json")
    assert finished.stderr == b""
    measured = json.loads(finished.stdout)
    assert measured["accuracy"] == result["test_accuracy"]
    assert measured["texts"] == 90
    assert sum(m["texts"] for m in measured["per_label"].values()) == 90
    alone = shutil.copy(trained[0] / "model.keras", tmp_path / "m.keras")
    assert "Give --dataset" in refusal("evaluate", alone)
    finished = run(
        *("evaluate", alone, "--dataset", colours[0]),
        *("--test_file", colours[1], *COLUMNS),
    )
    assert f"accuracy {measured['accuracy']:.4f}" in finished.stdout.decode()


def test_data_that_have_changed_since_are_not_taken_for_a_test(
    trained, colours, tmp_path, refusal
):
    """Another row is another cut, and tests what was learned from."""
    folder = shutil.copytree(trained[0], tmp_path / "run")
    more = Path(shutil.copy(colours[0], tmp_path))
    recipe = folder / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace(str(colours[0]), str(more)))
    measured = json.loads(run("evaluate", folder, "--json").stdout)
    more.write_text(more.read_text() + "a red car,red\n")
    for command in ("evaluate", "export"):
        options = ["--overwrite"] if command == "export" else []
        line = refusal(command, folder, *options)
        assert "is not what the run was trained on" in line
    finished = run("evaluate", folder, "--dataset", more, "--json")
    assert json.loads(finished.stdout) == measured
    assert "not known which of these texts" in finished.stderr.decode()
    new = tmp_path / "new.csv"
    new.write_text("sentence,colour\na red car,red\n")
    finished = run("evaluate", folder, "--test_file", new, "--json")
    assert json.loads(finished.stdout)["texts"] == 1
    assert "not known which of these texts" in finished.stderr.decode()


def test_evaluate_refuses_labels_the_model_does_not_know(
    trained, tmp_path, refusal
):
    file = tmp_path / "other.csv"
    file.write_text("text,label\n" + "a b,mauve\nb c,red\n" * 9)
    line = refusal("evaluate", trained[0] / "model.keras", "--dataset", file)
    assert "'mauve'" in line and "blue, green, red" in line


@pytest.mark.parametrize("moment", ["on_epoch_begin", "on_train_end"])
def test_a_stopped_run_resumes_as_if_it_had_not_stopped(
    trained, colours, tmp_path, refusal, moment
):
    """Leaves a run as a killed process would: in the middle, or at the end."""
    script = f"""
import sys
import keras
from keras_attn.runs import fitting as experiment
from keras_attn.cli.options import run
from keras_attn.cli.train import main

class Stop(keras.callbacks.Callback):
    def {moment}(self, epoch=2, logs=None):
        if epoch == 2 or {moment!r} == "on_train_end":
            sys.exit(9)

checkpoints = experiment._checkpoints
experiment._checkpoints = lambda run: [*checkpoints(run), Stop()]
run(main)
"""
    stopper = tmp_path / "stop.py"
    stopper.write_text(script)
    train = Path(shutil.copy(colours[0], tmp_path))
    arguments = (
        *("--dataset", train.name, "--test_file", colours[1], *COLUMNS),
        *("--run_dir", tmp_path / "run", *SMALL),
    )
    stopped = subprocess.run(
        [sys.executable, stopper, *map(str, arguments)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
    )
    assert stopped.returncode == 9, stopped.stderr.decode()
    assert "unfinished run" in refusal("train", *arguments)
    line = refusal(
        "train", "--resume", "--run_dir", tmp_path / "run", "--epochs", 9
    )
    assert "settings it began with" in line
    content = train.read_text()
    train.write_text(content + "a red car,red\n")
    line = refusal("train", "--resume", "--run_dir", tmp_path / "run")
    assert "no longer those" in line
    train.write_text(content)
    finished = run("train", "--resume", "--run_dir", tmp_path / "run")
    assert finished.returncode == 0, finished.stderr.decode()
    whole, resumed = (
        json.loads((folder / "result.json").read_text())
        for folder in (trained[0], tmp_path / "run")
    )
    assert resumed["test_loss"] == whole["test_loss"]
    assert resumed["best_epoch"] == whole["best_epoch"]
