"""Times systems in turn, each in a process of its own."""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

# Wall and CPU ratios that differ by more than this share show that something
# else ran on the machine, or that one system leaves a core idle.
_AGREEMENT = 0.15
# The share of values, the most similar ones, that must be equal.
_COMPARED = 0.999


class BenchmarkError(Exception):
    """A system failed, or its results are not those of its rivals."""


class Worker:
    """A system in a process of its own. Closing it ends the process.

    Idle workers wait for a request and take no time, so that systems with
    different backends and thread pools can be timed in turn.

    Args:
        system: String `"module:function"`, the function that makes the system,
            in `training.benchmark.systems`.
        environment: Dictionary of environment variables, such as
            `KERAS_BACKEND`. Defaults to `None`: none.
        **arguments: Arguments of the function, of types that JSON has.

    Raises:
        BenchmarkError: If the system fails, with the last lines that it wrote.
    """

    def __init__(self, system, environment=None, **arguments):
        module, function = system.split(":")
        self.name = function
        with contextlib.ExitStack() as stack:
            self._errors = stack.enter_context(
                tempfile.TemporaryFile("w+", encoding="utf-8")
            )
            self._open = stack.pop_all()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "training.benchmark.worker"),
                f"training.benchmark.systems.{module}",
                function,
                json.dumps(arguments),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, **_QUIET, **(environment or {})},
        )
        self._answer()

    def run(self, seconds=0.0):
        """Run the system for at least `seconds`, at least once.

        Returns:
            A dictionary of the seconds `wall` and `cpu` of one run, the peak
            memory `peak_mb` of the process, and what the run `returned`.
        """
        return self._ask({"seconds": seconds})

    def results(self):
        """Return the dictionary of arrays to compare."""
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "results.npz")
            self._ask({"results": path})
            with np.load(path) as arrays:
                return dict(arrays)

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._open.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _ask(self, request):
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        self._process.wait()
        self._errors.seek(0)
        last = self._errors.read().splitlines()[-15:]
        self.close()
        raise BenchmarkError(f"{self.name} failed:\n" + "\n".join(last))


_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}


@dataclass
class Timings:
    """Seconds of each turn of each system.

    Args:
        wall: Dictionary from the name of a system to its turns.
        cpu: The same, of the CPU time of all threads.
    """

    wall: dict = field(default_factory=dict)
    cpu: dict = field(default_factory=dict)

    def ratio(self, ours, rival):
        """Return the `Ratio` of two systems that were timed in turn."""
        return Ratio(
            *(
                [a / b for a, b in zip(of[ours], of[rival], strict=True)]
                for of in (self.wall, self.cpu)
            )
        )


@dataclass(frozen=True)
class Ratio:
    """Ours divided by the rival's, turn by turn; below 1, ours is faster."""

    walls: list
    cpus: list

    @property
    def wall(self):
        return statistics.median(self.walls)

    @property
    def cpu(self):
        return statistics.median(self.cpus)

    @property
    def agrees(self):
        """Whether wall and CPU time tell the same."""
        return abs(self.wall / self.cpu - 1) <= _AGREEMENT


def in_turn(workers, turns, seconds):
    """Time workers in turn, after one turn each that does not count.

    Args:
        workers: Dictionary from names to `Worker`s.
        turns: Positive integer, the number of turns of each.
        seconds: Float, the least wall time of a turn.

    Returns:
        `Timings`.
    """
    for worker in workers.values():
        worker.run()
    timings = Timings()
    for _ in range(turns):
        for name, worker in workers.items():
            timed = worker.run(seconds)
            timings.wall.setdefault(name, []).append(timed["wall"])
            timings.cpu.setdefault(name, []).append(timed["cpu"])
    return timings


def require_equal_results(workers, tolerance):
    """Raise `BenchmarkError` unless all workers computed the same.

    One value in a thousand is left out: a ReLU whose input is a rounding error
    away from 0 may be on in one system and off in another.

    Args:
        workers: Dictionary from names to `Worker`s.
        tolerance: Float, the largest difference of an array, relative to its
            largest value.

    Returns:
        The largest relative difference of any array.
    """
    (first, expected), *others = (
        (name, worker.results()) for name, worker in workers.items()
    )
    largest = 0.0
    for name, arrays in others:
        for key, array in expected.items():
            scale = np.abs(array).max()
            differences = np.abs(arrays[key] - array)
            difference = float(np.quantile(differences, _COMPARED) / scale)
            if not difference <= tolerance:
                raise BenchmarkError(
                    f"{name} and {first} do not compute the same: {key} "
                    f"differs by {difference:.1e} of its largest value, and "
                    f"{tolerance:.0e} is allowed. Their times do not count."
                )
            largest = max(largest, difference)
    return largest
