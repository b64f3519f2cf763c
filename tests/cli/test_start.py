"""The start of `keras-attn`: quiet, and honest when something fails."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

import keras_attn_cli
from keras_attn.cli import main, predict
from tests.trained_run import ROOT, run, succeed


@pytest.fixture
def noisy_start(monkeypatch):
    """An import that writes to standard error, and then does as told."""

    def start(raised=None):
        held_back = keras_attn_cli._standard_error_held_back

        def imported():
            with held_back():
                os.write(2, b"greetings\n")  # as C++ does
                if raised is not None:
                    raise raised
            return main.main

        monkeypatch.setattr(keras_attn_cli, "_import_quietly", imported)

    return start


def test_what_libraries_print_at_start_is_held_back(noisy_start, capfd):
    noisy_start()
    with pytest.raises(SystemExit) as stop:
        keras_attn_cli.main(["--version"])
    assert not stop.value.code
    output, errors = capfd.readouterr()
    assert output.startswith("keras-attn, version ")
    assert errors == ""


def test_it_is_printed_if_the_start_fails(noisy_start, capfd):
    noisy_start(RuntimeError("no device"))
    with pytest.raises(RuntimeError, match="no device"):
        keras_attn_cli.main(["--version"])
    assert capfd.readouterr().err == "greetings\n"


@pytest.mark.parametrize(
    "raised, status, line",
    [
        (KeyboardInterrupt(), 130, "stopped"),
        (
            ModuleNotFoundError("No module named 'jax'", name="jax"),
            2,
            "error: Keras needs its backend jax, which is not installed. Run "
            "`pip install jax`, or choose another backend with KERAS_BACKEND.",
        ),
        (
            ModuleNotFoundError("No module named 'rich'", name="rich"),
            2,
            "error: keras-attn needs rich, which is not installed. Run "
            "`pip install rich`.",
        ),
    ],
    ids=["Ctrl-C", "no backend", "no package"],
)
def test_the_start_ends_in_one_line(noisy_start, capfd, raised, status, line):
    noisy_start(raised)
    with pytest.raises(SystemExit) as stop:
        keras_attn_cli.main(["--version"])
    assert stop.value.code == status
    assert capfd.readouterr() == ("", f"{line}\n")


def test_an_unknown_backend_ends_in_one_line(monkeypatch, capfd):
    monkeypatch.setenv("KERAS_BACKEND", "theano")
    with pytest.raises(SystemExit) as stop:
        keras_attn_cli.main(["--version"])
    assert stop.value.code == 2
    assert capfd.readouterr() == (
        "",
        "error: KERAS_BACKEND must be one of tensorflow, jax, torch. "
        "Received: 'theano'.\n",
    )


def test_a_missing_module_of_ours_is_a_bug(noisy_start):
    noisy_start(ModuleNotFoundError("...", name="keras_attn.cli.mian"))
    with pytest.raises(ModuleNotFoundError):
        keras_attn_cli.main(["--version"])


def test_the_commands_come_in_the_order_of_their_use():
    printed = succeed("--help")
    names = ["train", "evaluate", "predict", "export", "tensorboard"]
    places = [printed.index(f"\n  {name} ") for name in names]
    assert places == sorted(places)
    assert "..." not in printed.split("Commands:")[1]


def test_help_is_the_same_without_importing_the_commands(capsys, monkeypatch):
    from keras_attn.cli.main import commands

    # What CliRunner prints depends on the width of the terminal, too.
    monkeypatch.setenv("COLUMNS", "100")
    expected = CliRunner().invoke(commands, "--help", prog_name="keras-attn")
    monkeypatch.setattr(keras_attn_cli, "_import_quietly", None)
    with pytest.raises(SystemExit) as exit_:
        keras_attn_cli.main(["--help"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out == expected.output


def test_ctrl_c_in_a_command(monkeypatch):
    def stop(run_or_model):
        raise KeyboardInterrupt

    monkeypatch.setattr(predict, "model_file", stop)
    finished = run("predict", "runs/reviews", "a text")
    # Click ends the line on which the terminal shows ^C.
    assert (finished.status, finished.errors) == (130, "\nstopped\n")


@pytest.mark.long
def test_on_jax_a_model_predicts_without_tensorflow():
    script = """
import sys
sys.modules["tensorflow"] = None  # as if it was not installed
from keras_attn_cli import main
main(["predict", "tests/runs/golden/model.keras", "a red car"])
"""
    finished = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"KERAS_BACKEND": "jax", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert finished.stdout == "red  0.999  a red car\n", finished.stderr
    assert (finished.returncode, finished.stderr) == (0, "")
