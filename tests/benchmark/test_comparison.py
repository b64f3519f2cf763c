"""The benchmark's own arithmetic, on systems whose results are known."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from training.benchmark import __main__ as command
from training.benchmark import report
from training.benchmark.timing import (
    BenchmarkError,
    Ratio,
    Worker,
    in_turn,
    require_equal_results,
)


class Recorded:
    """A worker whose turns take the given seconds."""

    def __init__(self, log, name, seconds, results=None):
        self._log, self._name = log, name
        self._seconds, self._results = iter([99, *seconds]), results

    def run(self, seconds=0.0):
        self._log.append(self._name)
        taken = next(self._seconds)
        return {"wall": taken, "cpu": 2 * taken}

    def results(self):
        return self._results


def test_systems_run_in_turn_and_the_first_turn_does_not_count():
    log = []
    workers = {
        "ours": Recorded(log, "ours", [1, 2, 9]),
        "rival": Recorded(log, "rival", [2, 8, 12]),
    }
    timings = in_turn(workers, turns=3, seconds=0)
    assert log == ["ours", "rival"] * 4
    assert timings.wall == {"ours": [1, 2, 9], "rival": [2, 8, 12]}
    ratio = timings.ratio("ours", "rival")
    # The median of the ratios of turns, not the ratio of the medians.
    assert (ratio.walls, ratio.wall) == ([0.5, 0.25, 0.75], 0.5)
    assert ratio.agrees


def test_a_busy_machine_is_named():
    ratio = Ratio(walls=[1.3, 1.3], cpus=[1.0, 1.0])
    row = report.ratio_row(4, "block", ratio, target=1.0)
    assert row.holds
    assert report.cells(row)[-1] == "holds, wall and CPU time differ"


@pytest.mark.parametrize(
    "value, target, at_least, holds",
    [
        (1.0, 1.0, False, True),
        (1.01, 1.0, False, False),
        (8.0, 8.0, True, True),
        (7.9, 8.0, True, False),
        (3.0, None, False, None),
    ],
)
def test_verdicts(value, target, at_least, holds):
    row = report.Row(1, "speed", value, target, at_least)
    assert row.holds is holds


def test_a_speedup_is_the_inverse_of_the_ratio():
    row = report.speedup_row(1, "sst2", Ratio([0.25], [0.125, 0.25, 0.5]), 4)
    assert (row.value, row.wall, row.spread) == (4, 4, (2, 8))
    assert row.holds


def test_different_results_end_the_comparison():
    close = np.array([100.0, 1e-3]), np.array([100.0, 2e-3])
    workers = {
        name: Recorded([], name, [], {"output": array})
        for name, array in zip(("ours", "rival"), close, strict=True)
    }
    # Relative to the largest value of the array.
    assert require_equal_results(workers, 1e-4) == pytest.approx(1e-5, rel=2e-3)
    with pytest.raises(BenchmarkError, match=r"output differs by 1\.0e-05 of"):
        require_equal_results(workers, 1e-6)
    not_a_number = {"output": np.array([100.0, np.nan])}
    workers["rival"] = Recorded([], "rival", [], not_a_number)
    with pytest.raises(BenchmarkError, match="differs by nan"):
        require_equal_results(workers, 1.0)


@pytest.mark.long
def test_a_worker_runs_a_real_system():
    with Worker("machine:matrix_product", precision="float32") as worker:
        once, long = worker.run(), worker.run(0.2)
    assert 0 < long["wall"] < once["wall"] + 0.2
    assert long["cpu"] > 0
    assert long["peak_mb"] > 100


def test_a_system_that_fails_shows_its_last_lines():
    with pytest.raises(BenchmarkError, match="no_such_system"):
        Worker("machine:no_such_system")


def test_the_command_prints_and_writes_the_rows(monkeypatch, tmp_path):
    row = report.Row(5, "scores", 1.5, 1.05)
    monkeypatch.setattr(command, "CASES", {5: [lambda effort: [row]]})
    path = tmp_path / "rows.json"
    finished = CliRunner().invoke(
        command.main, ["--case", "5", "--markdown", "--json", str(path)]
    )
    assert finished.exit_code == 0, finished.output
    assert "| 5 | scores | 1.5 |  |  | ≤ 1.05 | missed |" in finished.output
    (written,) = json.loads(path.read_text())["rows"]
    assert (written["value"], written["holds"]) == (1.5, False)


@pytest.mark.long
@pytest.mark.parametrize(
    "backend, systems",
    [
        ("tensorflow", ["ours", "keras_hub", "torch_layer"]),
        ("jax", ["ours", "jax_attention"]),
        ("torch", ["ours", "torch_layer"]),
    ],
)
def test_the_rivals_compute_the_same_block(backend, systems):
    pytest.importorskip("keras_hub")
    workers = {
        name: Worker(
            f"block:{name}",
            {"KERAS_BACKEND": backend},
            batch=3,
            length=13,
            width=20,
            heads=5,
        )
        for name in systems
    }
    try:
        require_equal_results(workers, 1e-5)
    finally:
        for worker in workers.values():
            worker.close()
