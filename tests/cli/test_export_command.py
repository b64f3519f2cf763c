"""`python -m training.export`, from its words to its folder."""

import hashlib
import json
import os
import signal
import subprocess
import sys

import click
import keras
import pytest

from keras_attn.cli.several_values import SeveralValues
from keras_attn.models import SentenceClassifier
from keras_attn.text import Vectorizer
from tests.trained_run import COLUMNS, EVERY_EXPORT, ROOT, run


@pytest.mark.parametrize(
    "words, expected",
    [
        ("RUN --to a b", (("a", "b"), ())),
        ("--to a b RUN", (("a", "b"), ())),
        ("--to a --to b RUN", (("a", "b"), ())),
        ("--to=a b RUN --with y", (("a", "b"), ("y",))),
        ("--to a b --with x y RUN", (("a", "b"), ("x", "y"))),
        ("--to b -- RUN", (("b",), ())),
        ("--out b RUN", (("c",), ())),
    ],
)
def test_several_words_after_one_flag(words, expected):
    @click.command(cls=SeveralValues)
    @click.argument("name")
    @click.option(
        "--to", multiple=True, type=click.Choice(["a", "b"]), default=()
    )
    @click.option(
        "--with", "extra", multiple=True, type=click.Choice(["x", "y"])
    )
    @click.option("--out")
    def command(name, to, extra, out):
        assert name == "RUN"
        return to or ("c",), extra

    assert command(words.split(), standalone_mode=False) == expected


@pytest.mark.parametrize("words", ["--to d RUN", "RUN --to a d", "--to"])
def test_a_word_that_is_no_choice_is_not_taken_for_one(words):
    @click.command(cls=SeveralValues)
    @click.argument("name")
    @click.option("--to", multiple=True, type=click.Choice(["a", "b"]))
    def command(name, to):
        raise AssertionError((name, to))

    with pytest.raises(click.UsageError):
        command(words.split(), standalone_mode=False)


@pytest.fixture
def model_file(tmp_path):
    """A model that was never trained, alone in a folder."""
    keras.utils.set_random_seed(5)
    words = "house car boat tree bird shirt flower red green blue"
    model = SentenceClassifier(
        Vectorizer.learn([words]),
        ["blue", "green", "red"],
        num_layers=1,
        d_model=8,
        num_heads=2,
    )
    model.build((None, None))
    model.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


@pytest.fixture
def on_colours(colours):
    train, test = colours
    return ("--dataset", train, "--test_file", test, *COLUMNS)


def test_a_model_is_needed(tmp_path, refusal):
    assert "does not exist" in refusal("export", tmp_path / "no.keras")
    assert "holds no model.keras" in refusal("export", tmp_path)
    assert "RUN_OR_MODEL" in refusal("export", "--to", "tflite")


def test_a_model_alone_needs_a_dataset(model_file, refusal):
    assert "Give --dataset" in refusal("export", model_file)
    assert not (model_file.parent / "export").exists()


@pytest.mark.parametrize(
    "words", [("--to", "coreml"), ("--quantize", "int4")], ids=str
)
def test_unknown_formats_and_quantizations(model_file, refusal, words):
    line = refusal("export", model_file, *words)
    assert repr(words[1]) in line and words[0] in line


def test_a_folder_that_exists_is_kept(model_file, on_colours, refusal):
    folder = model_file.parent / "export"
    folder.mkdir()
    proof = '{"files": {}, "versions": {}}'
    (folder / "parity.json").write_text(proof)
    line = refusal("export", model_file, *on_colours)
    assert "--overwrite" in line and str(folder) in line
    (folder / "notes.txt").write_text("mine")
    line = refusal("export", model_file, *on_colours, "--overwrite")
    assert "notes.txt" in line
    assert (folder / "parity.json").read_text() == proof


@pytest.mark.parametrize("out", ["model.keras", "model.keras/export"])
def test_a_place_that_cannot_be_a_folder(model_file, on_colours, refusal, out):
    before = model_file.read_bytes()
    out = model_file.parent / out
    assert str(out) in refusal("export", model_file, *on_colours, "--out", out)
    assert model_file.read_bytes() == before


def test_too_few_texts_to_calibrate_on(model_file, on_colours, refusal):
    line = refusal(
        *("export", model_file, *on_colours, "--to", "tflite"),
        *("--quantize", "int8", "--calibration", 99),
    )
    assert "x>=100" in line and "99" in line
    assert [p.name for p in model_file.parent.iterdir()] == ["model.keras"]


def test_another_backend(model_file, on_colours, refusal, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    line = refusal("export", model_file, *on_colours)
    assert "backend='jax'" in line and "TensorFlow" in line


def test_labels_that_the_model_does_not_know(model_file, tmp_path, refusal):
    data = tmp_path / "other.csv"
    data.write_text("text,label\n" + "a car,mauve\na boat,red\n" * 9)
    line = refusal("export", model_file, "--dataset", data)
    assert "'mauve'" in line
    assert not (model_file.parent / "export").exists()


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow
def test_the_folder_holds_what_its_card_says(exported):
    folder, printed = exported
    files = {"saved_model"} | {
        f"model{suffix}.{format}"
        for suffix in ("", "-dynamic", "-float16", "-int8")
        for format in ("tflite", "onnx")
    }
    names = {path.name for path in folder.iterdir()}
    assert names == files | {"README.md", "classify.py", "parity.json"}
    card = (folder / "README.md").read_text()
    for name in names - {"README.md"}:
        assert f"`{name}`" in card
    assert [p.name for p in folder.parent.iterdir()] == ["export"]
    assert "A SavedModel is not quantized" in printed
    assert max(map(len, printed.splitlines())) <= 100 + len(str(folder))


@pytest.mark.slow
def test_the_proof_is_over_the_whole_test_split(exported, trained):
    parity = json.loads((exported[0] / "parity.json").read_text())
    result = json.loads((trained[0] / "result.json").read_text())
    assert parity["texts"] == 90
    assert parity["accuracy"] == pytest.approx(result["test_accuracy"])
    for name, figures in parity["files"].items():
        assert figures["size"] > 0 and figures["ops"], name
        assert figures["equal_decisions"] >= 0.99, name
        latency = parity["latency"]["files"][name]
        assert 0 < latency["median_ms"] <= latency["p99_ms"]
    for name in ("saved_model", "model.tflite", "model.onnx"):
        assert parity["files"][name]["max_difference"] <= 1e-5
        assert parity["files"][name]["size_ratio"] == 1.0
        assert parity["files"][name]["misses"] == []
    assert parity["files"]["model-float16.tflite"]["max_difference"] > 1e-7
    assert parity["calibration_texts"] == 300


@pytest.mark.slow
def test_a_file_that_misses_its_bound_is_an_error(trained, exported, tmp_path):
    """So small a model is mostly graph: 8 bits do not make it 30 %."""
    finished = run(
        *("export", trained[0], "--to", "tflite", "--quantize", "dynamic"),
        *("--out", tmp_path / "export"),
    )
    assert finished.returncode == 2
    errors = finished.stderr.decode().splitlines()
    assert len(errors) == 1, errors
    for words in ("model-dynamic.tflite", "size ratio", "at most 30.0%"):
        assert words in errors[0]
    assert list(tmp_path.iterdir()) == []
    # It was kept above, on demand, and is marked.
    folder, printed = exported
    parity = json.loads((folder / "parity.json").read_text())
    assert "size ratio" in parity["files"]["model-dynamic.tflite"]["misses"][0]
    assert "model-dynamic.tflite !" in printed
    card = (folder / "README.md").read_text()
    assert "**`model-dynamic.tflite` misses its bound**" in card


@pytest.mark.slow
def test_exported_again_everything_is_the_same_but_the_latency(
    trained, exported, tmp_path
):
    first = exported[0]
    again = tmp_path / "export"
    again.mkdir()
    (again / "model.onnx").write_text("from before")
    (again / "parity.json").write_text('{"files": {}, "versions": {}}')
    finished = run(
        *("export", trained[0], "--out", again, *EVERY_EXPORT),
        *("--keep_misses", "--overwrite"),
    )
    assert finished.returncode == 0, finished.stderr.decode()
    one, other = (comparable(contents(f)) for f in (first, again))
    differing = {n for n in one | other if one.get(n) != other.get(n)}
    assert differing == set()


def comparable(files):
    """Hashes of files, latencies left out."""
    parity = json.loads(files["parity.json"])
    del parity["latency"]
    start, marked = files["README.md"].split(b"<!-- latency -->")
    end = marked.split(b"<!-- /latency -->")[1]
    files = files | {
        "parity.json": json.dumps(parity).encode(),
        "README.md": start + end,
    }
    return {name: hashlib.sha256(c).hexdigest() for name, c in files.items()}


@pytest.mark.slow
def test_stopped_by_ctrl_c_nothing_changes(trained, tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "parity.json").write_text('{"files": {}, "versions": {}}')
    process = subprocess.Popen(
        [
            *(sys.executable, "-u", "-m", "training.export", trained[0]),
            *("--to", "tflite", "--out", folder, "--overwrite"),
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs are told to ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout.readline() == "model.tflite\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert (process.returncode, errors.strip()) == (130, "stopped")
    assert [p.name for p in tmp_path.iterdir()] == ["export"]
    assert [p.name for p in folder.iterdir()] == ["parity.json"]
    assert (
        folder / "parity.json"
    ).read_text() == '{"files": {}, "versions": {}}'


@pytest.mark.slow
def test_training_exports_the_same_folder(trained, exported):
    """`keras_attn.cli.train --export` wrote both formats in float32."""
    folder = trained[0] / "export"
    names = {path.name for path in folder.iterdir()}
    assert names == {
        *("README.md", "classify.py", "parity.json"),
        *("saved_model", "model.tflite"),
    }
    assert (folder / "model.tflite").read_bytes() == (
        exported[0] / "model.tflite"
    ).read_bytes()
    result = json.loads((trained[0] / "result.json").read_text())
    assert result["exports"]["tflite"] == {
        "path": "export/model.tflite",
        "texts_compared": 90,
        "equal_decisions": 1.0,
        "max_difference": pytest.approx(0, abs=1e-5),
        "max_attention_difference": pytest.approx(0, abs=1e-3),
    }
