"""`keras-attn tensorboard`: TensorBoard on the logs of runs."""

import os
import sys

import pytest

from tests.trained_run import refuse, run_process


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Two run folders with logs, and one without."""
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b/c"):
        logs = tmp_path / name / "logs" / "train"
        logs.mkdir(parents=True)
        (logs / "events.out.tfevents.17.host").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    return tmp_path


@pytest.fixture
def started(monkeypatch):
    """The words with which TensorBoard is started."""

    def start(*arguments):
        from keras_attn.cli.main import commands

        found = []
        monkeypatch.setattr(os, "execv", lambda *words: found.append(words))
        commands(["tensorboard", *arguments], standalone_mode=False)
        ((program, words),) = found
        assert program == words[0] == sys.executable
        assert words[1:3] == ["-m", "tensorboard.main"]
        return words[3:]

    return start


def test_one_run(runs, started):
    assert started("a") == ["--logdir", "a/logs"]


def test_several_runs_are_told_apart_by_their_folders(runs, started):
    option, spec = started("a", "b/c")
    assert option == "--logdir_spec"
    assert spec == f"a:{runs}/a/logs,b/c:{runs}/b/c/logs"


def test_other_options_are_passed_on(runs, started):
    words = started("a", "--port", "0", "--bind_all", "--help_tensorboard")
    assert words[2:] == ["--port", "0", "--bind_all", "--help_tensorboard"]


@pytest.mark.parametrize("name", ["empty", "missing"])
def test_a_run_without_logs(runs, name):
    line = refuse("tensorboard", "a", name)
    assert line.startswith(f"error: {name} contains no TensorBoard logs.")


def test_names_that_tensorboard_cannot_tell_apart(runs):
    (runs / "b").rename(runs / "b,b")
    assert "comma" in refuse("tensorboard", "a", "b,b/c")


def test_no_run(runs):
    assert "No run folder" in refuse("tensorboard", "--port", "6007")
    assert "RUN" in refuse("tensorboard")


@pytest.mark.long
def test_a_real_tensorboard_reads_the_logs(trained):
    finished = run_process(
        "keras_attn_cli", "tensorboard", trained[0], "--inspect"
    )
    assert finished.status == 0, finished.errors
    assert str(trained[0] / "logs") in finished.output
    assert "attention" in finished.output
