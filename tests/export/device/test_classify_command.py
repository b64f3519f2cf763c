"""`python classify.py`, without TensorFlow and Keras."""

import io
import json
import runpy
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[3]
# In a new process: only NumPy and LiteRT can be imported.
ALONE = """
import runpy, sys
sys.modules |= dict.fromkeys(["tensorflow", "keras", "keras_attn", {more}])
sys.argv[0] = "classify.py"
runpy.run_path("classify.py", run_name="__main__")
"""


@pytest.fixture
def run(exported, tmp_path, monkeypatch):
    """Runs the script in this process; returns status, output, messages."""
    shutil.copytree(exported.folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)

    def run(*arguments, given=b"", encoding="utf-8", columns=80, missing=()):
        output, messages = io.BytesIO(), io.StringIO()
        with monkeypatch.context() as patch:
            patch.setenv("COLUMNS", str(columns))
            patch.setattr(sys, "argv", ["classify.py", *arguments])
            patch.setattr(sys, "stderr", messages)
            stdout = io.TextIOWrapper(output, encoding=encoding)
            patch.setattr(sys, "stdout", stdout)
            closed = given is None
            stdin = None if closed else io.TextIOWrapper(io.BytesIO(given))
            patch.setattr(sys, "stdin", stdin)
            for name in ("tensorflow", "keras", "keras_attn", *missing):
                patch.setitem(sys.modules, name, None)
            with pytest.raises(SystemExit) as stop:
                runpy.run_path("classify.py", run_name="__main__")
            stdout.flush()
        text = output.getvalue().decode(encoding)
        return stop.value.code, text, messages.getvalue().splitlines()

    return run


@pytest.mark.slow
def test_a_new_process_without_tensorflow_and_keras(run, exported, tmp_path):
    texts = ["a good\tdog", "ünï 我"]
    finished = subprocess.run(
        [sys.executable, "-c", ALONE.format(more=""), *texts],
        cwd=tmp_path,
        capture_output=True,
        env={"PYTHONIOENCODING": "utf-8", "COLUMNS": "80"},
        check=True,
    )
    assert finished.stdout.decode() == run(*texts)[1]
    messages = finished.stderr.decode().splitlines()
    # LiteRT itself reports that it uses XNNPACK.
    assert [m for m in messages if not m.startswith("INFO: Created")] == []


@pytest.mark.slow
def test_a_new_process_without_numpy(exported):
    finished = subprocess.run(
        [sys.executable, "-c", ALONE.format(more="'numpy'"), "a"],
        cwd=exported.folder,
        capture_output=True,
        text=True,
    )
    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr.splitlines()[-1].startswith(
        "classify.py: import of numpy halted; None in sys.modules: pip install"
    )


def test_one_line_per_text(run, exported):
    texts = ["a good\tdog", "very\x1b[1m bad", "ünï 我"]
    status, output, messages = run(*texts)
    assert (status, messages) == (0, [])
    lines = [line.split("\t") for line in output.splitlines()]
    expected = exported.model.classify(texts)
    assert [line[0] for line in lines] == [r.label for r in expected]
    for line, result in zip(lines, expected, strict=True):
        assert float(line[1]) == pytest.approx(
            result.probabilities[result.label], abs=6e-4
        )
    assert [x[2] for x in lines] == [
        r"a good\tdog",
        r"very\x1b[1m bad",
        "ünï 我",
    ]


def test_lines_of_standard_input_as_json(run, exported):
    given = "a good dog\r\nsehr \ud800 übel\n".encode(errors="surrogatepass")
    status, output, messages = run("--json", "--attention", given=given)
    assert (status, messages) == (0, [])
    first, second = map(json.loads, output.splitlines())
    assert first["text"] == "a good dog"
    assert second["tokens"] == ["sehr", *"\ufffd" * 3, "übel"]
    (expected,) = exported.model.classify(["a good dog"])
    assert first["probabilities"] == pytest.approx(
        expected.probabilities, abs=1e-5
    )
    np.testing.assert_allclose(
        first["attention"], expected.attention, atol=1e-5
    )
    assert np.shape(second["pooling"]) == (2, 5)
    np.testing.assert_allclose(np.sum(second["pooling"], -1), 1, atol=1e-5)
    assert output.isascii()


def test_flags_may_be_anywhere(run, exported):
    model = str(exported.folder / "model.tflite")
    orders = [
        (model, "--json", "a"),
        ("--json", model, "a"),
        (model, "a", "--json"),
    ]
    results = {run(*order)[:2] for order in orders}
    assert len(results) == 1
    assert results.pop()[0] == 0


def test_attention_shows_where_every_head_attends(run, exported):
    status, output, messages = run(
        "--attention", "the dog , the 我", columns=64
    )
    assert (status, messages) == (0, [])
    lines = output.splitlines()
    (result,) = exported.model.classify(["the dog , the 我"])
    assert sorted(line[9:] for line in lines[1:4]) == sorted(
        result.probabilities
    )
    assert lines[1][9:] == result.label
    names = ["the", "dog", ",", "2.the", "我"]
    start = lines.index("Layer 2: where each token attends (* strongest head)")
    # 64 columns are enough for the names and three of five heads.
    assert lines[start + 1].split("  ")[-1] == "head 3"
    assert lines[start + 7].split() == ["head", "4", "head", "5"]
    for row, name in enumerate(names):
        shown = lines[start + 2 + row].split()
        shown += lines[start + 8 + row].split()[1:]
        weights = result.attention[1, :, row]  # (H, T)
        best = weights.max(-1).argmax()
        cells = " ".join(
            f"{w.max():.2f}{'*' if h == best else ' '}{names[w.argmax()]}"
            for h, w in enumerate(weights)
        )
        assert shown == [name, *cells.split()]
    pooling = lines.index("Pooling: the weight of each token")
    assert pooling == start + 13
    assert len(lines) == pooling + 7


def test_a_terminal_that_lacks_some_characters(run):
    status, output, messages = run("--attention", "我 ü", encoding="latin-1")
    assert (status, messages) == (0, [])
    assert output.startswith(("très mal\t", "good\t", "odd\t"))
    assert "\t\\u6211 ü\n" in output


def test_threads(run):
    one = run("--threads", "1", "--json", "a good dog")
    assert one[0] == 0
    assert run("--threads", "2", "--json", "a good dog") == one
    for wrong in "0", "-5":
        status, output, messages = run("--threads", wrong, "a")
        assert (status, output, len(messages)) == (2, "", 1)
        assert messages[0].endswith(
            f"positive integer. Received: threads={wrong}."
        )


def test_blank_lines_of_standard_input_are_skipped(run):
    """A blank argument is not skipped."""
    given = "a dog\n\n \t\r\n\u3000\nbad\n\n".encode()
    status, output, messages = run("--json", given=given)
    assert (status, messages) == (0, [])
    texts = [json.loads(line)["text"] for line in output.splitlines()]
    assert texts == ["a dog", "bad"]
    status, output, _ = run("--help")
    assert status == 0
    words = " ".join(output.split())
    assert "lines of standard input that are not blank" in words


def test_a_closed_standard_input_contains_no_text(run):
    status, output, messages = run(given=None)
    assert (status, output, len(messages)) == (2, "", 1)
    assert messages[0].startswith("classify.py: No text was given. Run: ")


@pytest.mark.slow
def test_lines_are_classified_as_they_come_until_ctrl_c(exported, in_front):
    process = subprocess.Popen(
        [sys.executable, "classify.py", "--json"],
        cwd=exported.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    for part in b"a dog\nand a c", b"at\nand a b":
        process.stdin.write(part)
        process.stdin.flush()
        result = json.loads(process.stdout.readline())
        assert result["text"] in ("a dog", "and a cat")
    process.send_signal(signal.SIGINT)
    try:
        process.wait(60)  # with its input open: communicate would end it
        _, messages = process.communicate()
    finally:
        process.kill()
    assert process.returncode == 130
    assert b"Traceback" not in messages


@pytest.mark.slow
def test_a_reader_that_stops_early(exported):
    command = f"yes a dog | head -5000 | {sys.executable} classify.py | head -1"
    finished = subprocess.run(
        command, shell=True, cwd=exported.folder, capture_output=True, text=True
    )
    assert finished.stdout.endswith("\ta dog\n")
    assert "Traceback" not in finished.stderr
    assert "Broken" not in finished.stderr


@pytest.mark.parametrize(
    "arguments, options, message",
    [
        ([], {}, 'No text was given. Run: python classify.py "a text"'),
        (["model.tflite"], {}, "No text was given. Run: "),
        ([], {"given": b"\n \n"}, "No text was given. Run: "),
        (
            [],
            {"given": b"a\n\0\nb\n"},
            r"The text '\x00' has no tokens.",
        ),
        (["a", " "], {}, "The text ' ' has no tokens. Remove it."),
        (
            ["a dog", "model.tflite"],
            {},
            "Give one model file, before the texts.",
        ),
        (["model.tflite", "b.tflite"], {}, "Give one model file"),
        (["b.tflite", "a"], {}, "b.tflite cannot be read: No such file"),
        (["b.onnx", "a"], {}, "Expected a .tflite file. Received: b.onnx."),
        (
            ["--json", "B.Keras"],
            {},
            "Expected a .tflite file. Received: B.Keras.",
        ),
        (["x/b.PB", "a"], {}, "Expected a .tflite file. Received: x/b.PB."),
        (["b.TFLITE", "a"], {}, "b.TFLITE cannot be read: No such file"),
        (
            ["a"],
            {"missing": ["ai_edge_litert.interpreter"]},
            "import of ai_edge_litert.interpreter halted; None in sys.modules:"
            " pip install ai-edge-litert",
        ),
    ],
)
def test_errors_are_one_line(run, arguments, options, message):
    status, output, messages = run(*arguments, **options)
    assert (status, output, len(messages)) == (2, "", 1)
    assert messages[0].startswith(f"classify.py: {message}")


def test_the_model_is_found_next_to_the_script(run, tmp_path):
    expected = run("a dog")
    model = tmp_path / "model.tflite"
    model.rename(tmp_path / "mine.tflite")
    assert run("a dog") == run("mine.tflite", "a dog") == expected
    shutil.copy(tmp_path / "mine.tflite", tmp_path / "other.tflite")
    status, _, messages = run("a dog")
    assert status == 2
    assert messages == [
        "classify.py: Choose a model; give its name first: mine.tflite, "
        "other.tflite."
    ]
    for path in tmp_path.glob("*.tflite"):
        path.rename(path.with_suffix(".TFLite"))
    assert run("mine.TFLite", "a dog") == expected
    status, _, messages = run("a dog")
    assert status == 2
    assert messages == [
        f"classify.py: {model} cannot be read: No such file or directory."
    ]
    shutil.copy(tmp_path / "mine.TFLite", model)
    assert run("a dog") == expected


@pytest.mark.long
def test_an_environment_with_litert_alone(exported, tmp_path):
    def command(*arguments):
        finished = subprocess.run(
            [str(a) for a in arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        if "No matching distribution" in finished.stderr:
            pytest.skip("needs a package index to install LiteRT from")
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    shutil.copytree(exported.folder, tmp_path, dirs_exist_ok=True)
    python = tmp_path / "empty" / "bin" / "python"
    command(sys.executable, "-m", "venv", tmp_path / "empty")
    pinned = ["--constraint", ROOT / "constraints.txt"]
    command(python, "-m", "pip", "install", *pinned, "ai-edge-litert")
    for name in "tensorflow", "keras", "keras_attn":
        script = f"import importlib.util as u; print(u.find_spec('{name}'))"
        assert command(python, "-I", "-c", script) == "None\n"
    output = command(python, "classify.py", "--json", "a good dog")
    (expected,) = exported.model.classify(["a good dog"])
    assert json.loads(output)["probabilities"] == pytest.approx(
        expected.probabilities, abs=1e-5
    )
