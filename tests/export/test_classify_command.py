"""`python classify.py` as people call it, without TensorFlow and Keras."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
# Runs the script where only NumPy and LiteRT can be imported.
ALONE = """
import runpy, sys
sys.modules |= dict.fromkeys(["tensorflow", "keras", "keras_attn", {more}])
sys.argv[0] = "classify.py"
runpy.run_path("classify.py", run_name="__main__")
"""


@pytest.fixture
def run(exported, tmp_path):
    """Runs the script beside its model; gives status, output, messages."""
    shutil.copytree(exported.folder, tmp_path, dirs_exist_ok=True)

    def run(*arguments, given=b"", encoding="utf-8", columns=80, more=""):
        script = ALONE.format(more=more)
        finished = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            cwd=tmp_path,
            input=given,
            capture_output=True,
            env={"PYTHONIOENCODING": encoding, "COLUMNS": str(columns)},
        )
        messages = finished.stderr.decode(encoding).splitlines()
        ours = [m for m in messages if not m.startswith("INFO: Created")]
        return finished.returncode, finished.stdout.decode(encoding), ours

    return run


def test_a_line_a_text(run, exported):
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
    assert [x[2] for x in lines] == ["a good dog", "very [1m bad", "ünï 我"]


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


def test_flags_may_stand_anywhere(run, exported):
    model = str(exported.folder / "model.tflite")
    orders = [
        (model, "--json", "a"),
        ("--json", model, "a"),
        (model, "a", "--json"),
    ]
    answers = {run(*order)[:2] for order in orders}
    assert len(answers) == 1
    assert answers.pop()[0] == 0


def test_attention_says_where_every_head_looks(run, exported):
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
    start = lines.index(
        "Layer 2: where each token looks most (* strongest head)"
    )
    # 64 columns hold the names and three of five heads.
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
    pooling = lines.index("Pooling: how much each token counts")
    assert pooling == start + 13
    assert len(lines) == pooling + 7


def test_a_terminal_without_the_letters(run):
    status, output, messages = run("--attention", "我 ü", encoding="latin-1")
    assert (status, messages) == (0, [])
    assert output.startswith(("très mal\t", "good\t", "odd\t"))
    assert "\t\\u6211 ü\n" in output


def test_threads(run):
    one = run("--threads", "1", "--json", "a good dog")
    assert one[0] == 0
    assert run("--threads", "2", "--json", "a good dog") == one
    for few in "0", "-5":
        assert run("--threads", few, "a") == (
            *(2, ""),
            [f"classify.py: {few} threads: expected a positive integer."],
        )


def test_blank_lines_of_standard_input_are_skipped(run):
    """A text that was given as an argument is not."""
    given = "a dog\n\n \t\r\n\u3000\nbad\n\n".encode()
    status, output, messages = run("--json", given=given)
    assert (status, messages) == (0, [])
    texts = [json.loads(line)["text"] for line in output.splitlines()]
    assert texts == ["a dog", "bad"]
    status, output, _ = run("--help")
    assert status == 0
    words = " ".join(output.split())
    assert "lines of standard input that are not blank" in words


def test_a_closed_standard_input_holds_no_text(exported):
    finished = subprocess.run(
        f"{sys.executable} classify.py <&-",
        shell=True,
        cwd=exported.folder,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 2
    assert "classify.py: No text was given. Say: " in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_line_is_answered_when_it_comes_until_ctrl_c(exported):
    process = subprocess.Popen(
        [sys.executable, "classify.py", "--json"],
        cwd=exported.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell's background jobs are told to ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    for part in b"a dog\nand a c", b"at\nand a b":
        process.stdin.write(part)
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        assert answer["text"] in ("a dog", "and a cat")
    process.send_signal(signal.SIGINT)
    try:
        process.wait(60)  # with its input open: communicate would end it
        _, messages = process.communicate()
    finally:
        process.kill()
    assert process.returncode == 130
    assert b"Traceback" not in messages


def test_output_that_nobody_reads(exported):
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
        ([], {}, 'No text was given. Say: python classify.py "a text"'),
        (["model.tflite"], {}, "No text was given. Say: "),
        ([], {"given": b"\n \n"}, "No text was given. Say: "),
        (
            [],
            {"given": b"a\n\0\nb\n"},
            r"No word or sign is in the text '\x00'.",
        ),
        (["a", " "], {}, "No word or sign is in the text ' '."),
        (["a dog", "model.tflite"], {}, "One model's file comes first, and"),
        (["model.tflite", "b.tflite"], {}, "One model's file comes first"),
        (["b.tflite", "a"], {}, "b.tflite cannot be read: No such file"),
        (["b.onnx", "a"], {}, "A .tflite file is expected, not b.onnx."),
        (["--json", "B.Keras"], {}, "A .tflite file is expected, not B.Keras."),
        (["x/b.PB", "a"], {}, "A .tflite file is expected, not x/b.PB."),
        (["b.TFLITE", "a"], {}, "b.TFLITE cannot be read: No such file"),
        (
            ["a"],
            {"more": "'ai_edge_litert.interpreter'"},
            "import of ai_edge_litert.interpreter halted; None in sys.modules:"
            " pip install ai-edge-litert",
        ),
        (
            ["a"],
            {"more": "'numpy'"},
            "import of numpy halted; None in sys.modules: pip",
        ),
    ],
)
def test_what_is_wrong_is_one_line(run, arguments, options, message):
    status, output, messages = run(*arguments, **options)
    assert (status, output, len(messages)) == (2, "", 1)
    assert messages[0].startswith(f"classify.py: {message}")


def test_the_model_is_the_one_beside_the_script(run, tmp_path):
    expected = run("a dog")
    model = tmp_path / "model.tflite"
    model.rename(tmp_path / "mine.tflite")
    assert run("a dog") == run("mine.tflite", "a dog") == expected
    shutil.copy(tmp_path / "mine.tflite", tmp_path / "other.tflite")
    status, _, messages = run("a dog")
    assert status == 2
    assert messages == [
        "classify.py: Name one of these files first: mine.tflite, other.tflite."
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


@pytest.mark.slow
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
