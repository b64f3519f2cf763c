"""A tiny dataset as files, and the commands as a user starts them."""

import csv
import importlib
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(module, *arguments, cwd=None, stdin=None):
    """Starts `python -m training.MODULE` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", f"training.{module}", *map(str, arguments)],
        cwd=cwd or ROOT,
        input=stdin,
        capture_output=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


@pytest.fixture
def refusal(capfd):
    """Runs a command in this process; returns the line of its refusal."""

    def refuse(module, *arguments):
        # Imported here: what a plugin imports escapes the count of coverage.
        from keras_attn.cli.options import run as run_command

        command = importlib.import_module(f"keras_attn.cli.{module}").main
        capfd.readouterr()
        with pytest.raises(SystemExit) as stop:
            run_command(command, [str(a) for a in arguments])
        return one_line(stop.value.code, capfd.readouterr().err)

    return refuse


def one_line(status, errors):
    """Checks that a refusal is one line and status 2, and returns the line."""
    lines = errors.splitlines()
    assert status == 2, errors
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    return lines[0]


def write_csv(path, count, seed):
    """Sentences whose label is their one colour word."""
    rng = random.Random(seed)
    things = ["house", "car", "boat", "tree", "bird", "shirt", "flower"]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["sentence", "colour"])
        for _ in range(count):
            colour = rng.choice(["red", "green", "blue"])
            words = [colour, *rng.sample(things, rng.randint(1, 5))]
            rng.shuffle(words)
            writer.writerow([" ".join(words), colour])
    return path


@pytest.fixture(scope="session")
def colours(tmp_path_factory):
    """A training file and a test file."""
    folder = tmp_path_factory.mktemp("colours")
    train = write_csv(folder / "train.csv", 400, seed=1)
    return train, write_csv(folder / "test.csv", 90, seed=2)


COLUMNS = ("--text_column", "sentence", "--label_column", "colour")
SMALL = (
    *("--d_model", 16, "--num_heads", 2, "--num_layers", 1, "--epochs", 4),
    *("--dropout", 0, "--learning_rate", 0.02, "--batch_size", 32),
)


@pytest.fixture(scope="session")
def trained(colours, tmp_path_factory):
    """A finished run with both exports, and what the command printed."""
    run_dir = tmp_path_factory.mktemp("runs") / "colours"
    train, test = colours
    finished = run(
        *("train", "--dataset", train, "--test_file", test, *COLUMNS),
        *("--run_dir", run_dir, *SMALL),
        *("--export", "saved_model", "--export", "tflite"),
    )
    assert finished.returncode == 0, finished.stderr.decode()
    return run_dir, finished.stdout.decode()


EVERY_EXPORT = (
    *("--to", "saved_model", "tflite", "onnx"),
    *("--quantize", "none", "dynamic", "float16", "int8"),
)


@pytest.fixture(scope="session")
def exported(trained, tmp_path_factory):
    """Every export of the finished run, and what the command printed."""
    folder = tmp_path_factory.mktemp("exported") / "new" / "export"
    finished = run(
        *("export", *EVERY_EXPORT, trained[0], "--out", folder),
        "--keep_misses",  # so small a model is mostly graph
    )
    assert finished.returncode == 0, finished.stderr.decode()
    assert finished.stderr == b""
    return folder, finished.stdout.decode()
