"""`keras-attn export`, from its arguments to its folder."""

import hashlib
import json
import signal

import keras
import pytest

from keras_attn.models import SentenceClassifier
from keras_attn.release import exporter
from keras_attn.text import Vectorizer
from tests.trained_run import (
    ALL_EXPORTS,
    COLUMNS,
    refuse,
    run,
    run_process,
    started,
)


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


def test_a_model_is_needed(tmp_path):
    assert "does not exist" in refuse("export", tmp_path / "no.keras")
    assert "contains no model.keras" in refuse("export", tmp_path)
    assert "RUN_OR_MODEL" in refuse("export", "--to", "tflite")


@pytest.mark.slow
def test_a_model_alone_needs_a_dataset(model_file):
    assert "Pass `--dataset`" in refuse("export", model_file)
    assert not (model_file.parent / "export").exists()


@pytest.mark.parametrize(
    "words", [("--to", "coreml"), ("--quantize", "int4")], ids=str
)
def test_unknown_formats_and_quantizations(model_file, words):
    line = refuse("export", model_file, *words)
    assert repr(words[1]) in line and words[0] in line


def test_a_folder_that_exists_is_kept(model_file, on_colours):
    folder = model_file.parent / "export"
    folder.mkdir()
    proof = '{"files": {}, "versions": {}}'
    (folder / "parity.json").write_text(proof)
    line = refuse("export", model_file, *on_colours)
    assert "--overwrite" in line and str(folder) in line
    (folder / "notes.txt").write_text("mine")
    line = refuse("export", model_file, *on_colours, "--overwrite")
    assert "notes.txt" in line
    assert (folder / "parity.json").read_text() == proof


@pytest.mark.parametrize("out", ["model.keras", "model.keras/export"])
def test_a_place_that_cannot_be_a_folder(model_file, on_colours, out):
    before = model_file.read_bytes()
    out = model_file.parent / out
    assert str(out) in refuse("export", model_file, *on_colours, "--out", out)
    assert model_file.read_bytes() == before


def test_too_few_texts_to_calibrate_on(model_file, on_colours):
    line = refuse(
        *("export", model_file, *on_colours, "--to", "tflite"),
        *("--quantize", "int8", "--calibration", 99),
    )
    assert "x>=100" in line and "99" in line
    assert [p.name for p in model_file.parent.iterdir()] == ["model.keras"]


def test_another_backend(model_file, on_colours, monkeypatch):
    monkeypatch.setattr("keras.backend.backend", lambda: "jax")
    line = refuse("export", model_file, *on_colours)
    assert "backend='jax'" in line and "TensorFlow" in line


@pytest.mark.slow
def test_labels_that_the_model_does_not_know(model_file, tmp_path):
    data = tmp_path / "other.csv"
    data.write_text("text,label\n" + "a car,mauve\na boat,red\n" * 9)
    line = refuse("export", model_file, "--dataset", data)
    assert "'mauve'" in line
    assert not (model_file.parent / "export").exists()


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def require_complete(folder, printed, files):
    """Checks the files of an export, its card and what was printed."""
    names = {path.name for path in folder.iterdir()}
    assert names == files | {"README.md", "classify.py", "parity.json"}
    card = (folder / "README.md").read_text()
    for name in names - {"README.md"}:
        assert f"`{name}`" in card
    assert [p.name for p in folder.parent.iterdir()] == ["export"]
    assert "A SavedModel cannot be quantized" in printed
    assert max(map(len, printed.splitlines())) <= 100 + len(str(folder))


@pytest.mark.slow
def test_the_folder_contains_what_its_card_lists(exported):
    names = {"saved_model", "model.tflite", "model-dynamic.tflite"}
    require_complete(*exported, names)


@pytest.mark.long
def test_the_folder_of_all_exports_is_complete(exported_all):
    names = {"saved_model"} | {
        f"model{suffix}.{format}"
        for suffix in ("", "-dynamic", "-float16", "-int8")
        for format in ("tflite", "onnx")
    }
    require_complete(*exported_all, names)


def require_tested(folder, run_dir):
    """Checks the measurements of an export; returns `parity.json`."""
    parity = json.loads((folder / "parity.json").read_text())
    result = json.loads((run_dir / "result.json").read_text())
    assert parity["texts"] == 90
    assert parity["accuracy"] == pytest.approx(result["test_accuracy"])
    for name, measured in parity["files"].items():
        assert measured["size"] > 0 and measured["ops"], name
        assert measured["equal_decisions"] >= 0.99, name
        latency = parity["latency"]["files"][name]
        assert 0 < latency["median_ms"] <= latency["p99_ms"]
        if measured["quantize"] == "none":
            assert measured["max_difference"] <= 1e-5
            assert measured["size_ratio"] == 1.0
            assert measured["misses"] == []
    return parity


@pytest.mark.slow
def test_files_are_tested_on_the_whole_test_split(exported, trained):
    parity = require_tested(exported[0], trained[0])
    assert len(parity["files"]) == 3


@pytest.mark.long
def test_all_files_are_tested_on_the_whole_test_split(exported_all, trained):
    parity = require_tested(exported_all[0], trained[0])
    assert len(parity["files"]) == 9
    assert parity["files"]["model-float16.tflite"]["max_difference"] > 1e-7
    assert parity["calibration_texts"] == 300


@pytest.mark.long
def test_a_file_that_misses_its_bound_is_an_error(trained, exported, tmp_path):
    """So small a model is mostly graph: 8 bits do not make it 30 %."""
    finished = run(
        *("export", trained[0], "--to", "tflite", "--quantize", "dynamic"),
        *("--out", tmp_path / "export"),
    )
    assert finished.status == 2
    errors = finished.errors.splitlines()
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


@pytest.mark.long
def test_exported_again_everything_is_the_same_but_the_latency(
    trained, tmp_path
):
    again = tmp_path / "again"
    again.mkdir()
    (again / "model.onnx").write_text("from before")
    (again / "parity.json").write_text('{"files": {}, "versions": {}}')
    folders = (tmp_path / "first", again)
    for folder in folders:
        # Each in a process: names in a graph are numbered by process.
        finished = run_process(
            *("training.export", trained[0], "--out", folder, *ALL_EXPORTS),
            *("--keep_misses", "--overwrite"),
        )
        assert (finished.status, finished.errors) == (0, "")
    one, other = (comparable(contents(folder)) for folder in folders)
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


@pytest.fixture
def earlier_export(tmp_path):
    """A folder that must not change, alone in its parent."""
    folder = tmp_path / "export"
    folder.mkdir()
    parity = folder / "parity.json"
    parity.write_text('{"files": {}, "versions": {}}')
    yield folder
    assert [p.name for p in tmp_path.iterdir()] == ["export"]
    assert [p.name for p in folder.iterdir()] == ["parity.json"]
    assert parity.read_text() == '{"files": {}, "versions": {}}'


@pytest.mark.slow
def test_stopped_by_ctrl_c_nothing_changes(
    trained, earlier_export, monkeypatch
):
    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(exporter, "measure_latencies", stop)
    options = ("--to", "tflite", "--out", earlier_export, "--overwrite")
    finished = run("export", trained[0], *options)
    assert (finished.status, finished.errors.strip()) == (130, "stopped")
    assert "model.tflite" in finished.output


@pytest.mark.long
def test_a_process_stopped_by_ctrl_c_changes_nothing(
    trained, earlier_export, in_front
):
    process = started(
        "training.export",
        *(trained[0], "--to", "tflite", "--out", earlier_export, "--overwrite"),
        text=True,
    )
    assert process.stdout.readline() == "model.tflite\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert (process.returncode, errors.strip()) == (130, "stopped")


@pytest.mark.slow
def test_training_exports_the_same_folder(trained, exported):
    """`keras-attn train --export tflite` wrote it in float32."""
    folder = trained[0] / "export"
    names = {path.name for path in folder.iterdir()}
    assert names == {
        *("README.md", "classify.py", "parity.json", "model.tflite"),
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
