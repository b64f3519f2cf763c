"""One text at a time, and how long programs take to start."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from training.benchmark.report import Row, ratio_row
from training.benchmark.systems.exported import MODEL
from training.benchmark.timing import Timings, Worker

_ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
_COMMAND = [sys.executable, "-m", "keras_attn_cli"]
_LOAD = """
import sys, keras, keras_attn
keras.models.load_model(sys.argv[1], compile=False)
"""


def one_text(effort):
    """Case 8: the median latency of one text on one thread, by format."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Worker("exported:latencies", _ENVIRONMENT, folder=folder) as worker,
    ):
        turns = [worker.run()["returned"] for _ in range(effort.turns)]
    for rival, target in (("saved_model", 0.2), ("onnx", 1.0)):
        ratios = [turn["tflite"] / turn[rival] for turn in turns]
        yield Row(
            8,
            f"one text, TFLite / {rival}",
            statistics.median(ratios),
            target,
            spread=(min(ratios), max(ratios)),
        )


def starts(effort):
    """Case 9: imports and commands, each in a new process."""
    keras, ours, shown = _in_turn(
        effort,
        [sys.executable, "-c", "import keras"],
        [sys.executable, "-c", "import keras, keras_attn"],
        [*_COMMAND, "--help"],
    )
    added = [1000 * (a - b) for a, b in zip(ours.wall, keras.wall, strict=True)]
    yield Row(
        9,
        "import keras_attn beyond import keras",
        statistics.median(added),
        60,
        unit="ms",
        spread=(min(added), max(added)),
    )
    yield Row(
        9,
        "keras-attn --help",
        statistics.median(shown.wall),
        0.3,
        unit="s",
        spread=(min(shown.wall), max(shown.wall)),
    )
    with tempfile.TemporaryDirectory() as folder:
        Worker("exported:latencies", _ENVIRONMENT, folder=folder).close()
        model = str(Path(folder) / MODEL)
        predict, loading = _in_turn(
            effort,
            [*_COMMAND, "predict", model, "a good film"],
            [sys.executable, "-c", _LOAD, model],
        )
    timings = Timings(
        wall={"predict": predict.wall, "load": loading.wall},
        cpu={"predict": predict.cpu, "load": loading.cpu},
    )
    yield ratio_row(
        9,
        "keras-attn predict / importing TensorFlow and loading the model",
        timings.ratio("predict", "load"),
        1.3,
    )


class _Command:
    def __init__(self, command):
        self._command = [str(part) for part in command]
        self.wall, self.cpu = [], []

    def run(self):
        before, began = _children(), time.perf_counter()
        subprocess.run(
            self._command,
            check=True,
            capture_output=True,
            env={**os.environ, **_ENVIRONMENT},
        )
        self.wall.append(time.perf_counter() - began)
        self.cpu.append(_children() - before)


def _in_turn(effort, *commands):
    """Run commands in turn; return their times, without the first turn."""
    for command in commands:
        _Command(command).run()
    timed = [_Command(command) for command in commands]
    for _ in range(effort.turns):
        for command in timed:
            command.run()
    return timed


def _children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
