"""A run folder of version 0.1.0 can still be used.

`golden/` was written by that version, on `colours.csv`:
`python -m training.train --dataset colours.csv --text_column sentence
--label_column colour --d_model 8 --num_heads 2 --num_layers 1 --epochs 6
--dropout 0 --learning_rate 0.05 --batch_size 16 --map_sentences 1`. Its
commands made `predictions.jsonl` and `evaluation.json`.
"""

import json
import shutil
from pathlib import Path

import pytest

from tests.trained_run import run, run_process, succeed

GOLDEN = Path(__file__).with_name("golden")

pytestmark = pytest.mark.slow


@pytest.fixture
def old_run(tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(GOLDEN, folder)
    recipe = folder / "recipe.yaml"
    data = shutil.move(folder / "colours.csv", tmp_path)
    # A recipe names its data by an absolute path.
    recipe.write_text(recipe.read_text().replace("/data/colours.csv", data))
    return folder


def test_it_predicts_the_same(old_run):
    lines = (GOLDEN / "predictions.jsonl").read_text().splitlines()
    expected = [json.loads(line) for line in lines]
    texts = [line["text"] for line in expected]
    printed = succeed("predict", old_run, *texts, "--json").splitlines()
    for line, before in zip(printed, expected, strict=True):
        line = json.loads(line)
        probabilities = line.pop("probabilities")
        assert probabilities == pytest.approx(before.pop("probabilities"))
        assert line == before


def test_it_is_measured_on_its_own_test_split(old_run):
    finished = run("evaluate", old_run, "--json")
    # No note on standard error: the data is known to be the same.
    assert (finished.status, finished.errors) == (0, "")
    measured = json.loads(finished.output)
    expected = json.loads((GOLDEN / "evaluation.json").read_text())
    for name in ("texts", "accuracy", "per_label"):
        assert measured[name] == expected[name]


@pytest.mark.long
def test_it_can_be_exported(old_run):
    """In a process, as latencies are measured in a process of their own."""
    finished = run_process("training.export", old_run, "--to", "tflite")
    assert (finished.status, finished.errors) == (0, "")
    parity = json.loads((old_run / "export" / "parity.json").read_text())
    assert parity["accuracy"] == 1.0
    assert parity["files"]["model.tflite"]["equal_decisions"] == 1.0


@pytest.mark.long
def test_its_recipe_trains_the_same_model(old_run, tmp_path):
    recipe = old_run / "recipe.yaml"
    recipe.write_text(recipe.read_text().split("export:")[0])
    again = tmp_path / "again"
    succeed("train", "--recipe", recipe, "--run_dir", again)
    old, new = (
        json.loads((folder / "result.json").read_text())
        for folder in (old_run, again)
    )
    assert new["data_sha256"] == old["data_sha256"]
    assert new["test_accuracy"] == old["test_accuracy"]
    assert new["test_loss"] == pytest.approx(old["test_loss"], rel=0.01)
    # Later versions add fields, but keep these.
    assert [name for name in new if name in old] == list(old)
