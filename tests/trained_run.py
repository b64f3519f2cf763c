"""A tiny dataset, the command in this process, a trained and exported run."""

import contextlib
import csv
import io
import os
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.session_cache import shared_folder

ROOT = Path(__file__).parents[1]


@dataclass
class Finished:
    """What a command left: its exit status and what it printed."""

    status: int
    output: str
    errors: str


def run(*arguments, stdin=b""):
    """Run `keras-attn` in this process; returns a `Finished`."""
    # Imported here: what a plugin imports escapes the count of coverage.
    from keras_attn.cli.main import main

    output, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with (
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(errors),
            pytest.raises(SystemExit) as stop,
        ):
            main([str(argument) for argument in arguments])
    status = stop.value.code or 0
    return Finished(status, output.getvalue(), errors.getvalue())


def succeed(*arguments, stdin=b""):
    """Run `keras-attn` in this process; returns its standard output."""
    finished = run(*arguments, stdin=stdin)
    assert finished.status == 0, finished.errors
    return finished.output


def refuse(*arguments, stdin=b""):
    """Run `keras-attn` in this process; returns the line of its error."""
    finished = run(*arguments, stdin=stdin)
    assert finished.output == ""
    return one_line(finished.status, finished.errors)


def one_line(status, errors):
    """Check that an error is one line and status 2; returns the line."""
    lines = errors.splitlines()
    assert status == 2, errors
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    return lines[0]


def started(module, *arguments, **how):
    """Start `python -m MODULE` in a process of its own."""
    how.setdefault("cwd", ROOT)
    return subprocess.Popen(
        [sys.executable, "-u", "-m", module, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **how,
    )


def run_process(module, *arguments):
    """Run `python -m MODULE` in a process of its own, to its end."""
    process = started(module, *arguments)
    output, errors = process.communicate()
    return Finished(process.returncode, output.decode(), errors.decode())


def write_csv(path, count, seed):
    """Texts whose label is their one colour word."""
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


COLUMNS = ("--text_column", "sentence", "--label_column", "colour")
SMALL = (
    *("--d_model", 16, "--num_heads", 2, "--num_layers", 1, "--epochs", 4),
    *("--dropout", 0.1, "--learning_rate", 0.02, "--batch_size", 32),
)


@pytest.fixture(scope="session")
def colours(tmp_path_factory):
    """A training file and a test file."""

    def build(folder):
        write_csv(folder / "train.csv", 400, seed=1)
        write_csv(folder / "test.csv", 90, seed=2)

    folder = shared_folder(tmp_path_factory, "colours", build)
    return folder / "train.csv", folder / "test.csv"


@contextlib.contextmanager
def no_latencies():
    """Exports measure no latency, which takes a process and its seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "keras_attn.release.exporter.measure_latencies",
            lambda paths, _: [{"median_ms": 1.0, "p99_ms": 2.0}] * len(paths),
        )
        yield


@pytest.fixture(scope="session")
def trained(colours, tmp_path_factory):
    """A finished run with an export, and what the command printed."""
    train, test = colours

    def build(folder):
        with no_latencies():
            printed = succeed(
                *("train", train, "--test_file", test, *COLUMNS),
                *("--run_dir", folder / "colours", *SMALL),
                *("--export", "tflite"),
            )
        (folder / "printed").write_text(printed)

    folder = shared_folder(tmp_path_factory, "trained", build)
    return folder / "colours", (folder / "printed").read_text()


@pytest.fixture(scope="session")
def exported(trained, tmp_path_factory):
    """A small export of the finished run, and what the command printed."""
    with no_latencies():
        return _exported(trained, tmp_path_factory, "exported", SOME_EXPORTS)


@pytest.fixture(scope="session")
def exported_all(trained, tmp_path_factory):
    """Every export of the finished run, and what the command printed."""
    return _exported(trained, tmp_path_factory, "exported_all", ALL_EXPORTS)


SOME_EXPORTS = (
    *("--to", "saved_model", "tflite"),
    *("--quantize", "none", "dynamic"),
)
ALL_EXPORTS = (
    *("--to", "saved_model", "tflite", "onnx"),
    *("--quantize", "none", "dynamic", "float16", "int8"),
)


def _exported(trained, tmp_path_factory, name, files):
    def build(folder):
        finished = run(
            *("export", *files, trained[0]),
            *("--out", folder / "new" / "export"),
            "--keep_misses",  # so small a model is mostly graph
        )
        assert (finished.status, finished.errors) == (0, "")
        (folder / "printed").write_text(finished.output)

    folder = shared_folder(tmp_path_factory, name, build)
    return folder / "new" / "export", (folder / "printed").read_text()
