"""The engine trains any task: here one that knows neither texts nor labels."""

import csv
import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_attn.runs import training
from keras_attn.runs.errors import UserError
from keras_attn.runs.loading import load_model, read_dataset
from keras_attn.runs.recipe import resolve
from keras_attn.runs.run_folder import RunFolder
from keras_attn.runs.task import Task, TaskData


class Batches(keras.utils.PyDataset):
    """All examples in one batch."""

    padding_share = 0.0

    def __init__(self, x):
        super().__init__()
        self.x = x

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return self.x, self.x.sum(axis=1)

    def epoch_callback(self):
        return keras.callbacks.Callback()


@dataclass(frozen=True)
class Numbers:
    name: str
    parts: dict[str, np.ndarray]


@dataclass(frozen=True)
class NumbersData(TaskData):
    dataset: Numbers
    num_examples: int = 20
    num_tokens: int = 60

    def batches(self, part, settings, seed=None):
        return Batches(self.dataset.parts[part])

    def summary(self):
        return ["numbers"]

    def description(self):
        return {"width": 3}


class Adding(Task):
    """Predicts the sum of three numbers."""

    model_class = keras.Sequential
    metric = "mean_absolute_error"

    def read(self, settings):
        rng = np.random.default_rng(len(settings.dataset))
        parts = ("train", "validation", "test")
        return Numbers(
            settings.dataset,
            {part: rng.normal(size=(20, 3)).astype("f4") for part in parts},
        )

    def fingerprint(self, dataset):
        return str(sum(float(x.sum()) for x in dataset.parts.values()))

    def encode(self, dataset, settings):
        return NumbersData(dataset)

    def build_model(self, data, settings):
        return keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])

    def compile_arguments(self):
        return {"loss": "mse", "metrics": [self.metric]}

    def rank(self, epoch):
        return -float(epoch["val_mean_absolute_error"])

    def callbacks(self, board, model, data, settings):
        return []

    def evaluate(self, model, dataset, split):
        raise NotImplementedError

    def example(self, model, data):
        raise NotImplementedError


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The finished run, its settings and its result."""
    task = Adding()
    given = {"dataset": "sums", "epochs": 12, "learning_rate": 0.1}
    settings = resolve(None, given)
    folder = RunFolder(tmp_path_factory.mktemp("runs") / "sums")
    return folder, settings, *finish(task, settings, folder)


def finish(task, settings, folder):
    """Train to the end; returns the model and the result."""
    run = training.prepare(task, task.read(settings), settings)
    training.begin(run, folder, resume=False)
    model, result = training.train(run, folder, verbose=0)
    folder.write_result(result)
    return model, result


@pytest.mark.slow
def test_the_best_epoch_is_restored_and_tested_once(finished):
    folder, _, model, result = finished
    with open(folder.history) as file:
        errors = [
            float(row["val_mean_absolute_error"])
            for row in csv.DictReader(file)
        ]
    assert len(errors) == 12
    assert result["best_epoch"] == 1 + int(np.argmin(errors))
    assert result["validation_mean_absolute_error"] == min(errors)
    assert result["test_mean_absolute_error"] < errors[0]
    assert result["width"] == 3
    assert json.loads(folder.result.read_text()) == result


def test_the_saved_model_is_loaded_with_its_data(finished):
    folder, settings, model, result = finished
    loaded = load_model(folder.model, Adding())
    x = np.ones((1, 3))
    np.testing.assert_array_equal(loaded(x), model(x))
    dataset, known = read_dataset(folder.model, Adding(), settings, False)
    assert dataset.name == "sums"
    assert known == result


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes, equal",
    [
        ({}, True),
        ({"seed": 5}, False),
        pytest.param(
            *({"precision": "mixed_bfloat16"}, False), marks=pytest.mark.long
        ),
    ],
    ids=str,
)
def test_the_seed_decides_everything(finished, tmp_path, changes, equal):
    """And the model is in float32, whatever it was trained in."""
    _, settings, _, first = finished
    settings = settings.model_copy(update=changes)
    model, result = finish(Adding(), settings, RunFolder(tmp_path / "run"))
    assert (result["test_loss"] == first["test_loss"]) == equal
    assert model.compute_dtype == "float32"
    assert model(np.ones((1, 3))).dtype == "float32"


def test_other_data_are_not_taken_for_the_runs_own(finished):
    folder, settings, _, _ = finished
    settings = settings.model_copy(update={"dataset": "other sums"})
    with pytest.raises(UserError, match="has changed since"):
        read_dataset(folder.model, Adding(), settings, is_given=False)
    _, known = read_dataset(folder.model, Adding(), settings, is_given=True)
    assert known is None


def test_changed_data_is_not_resumed(finished, tmp_path):
    _, settings, _, _ = finished
    task, folder = Adding(), RunFolder(tmp_path / "run")
    run = training.prepare(task, task.read(settings), settings)
    training.begin(run, folder, resume=False)
    training.begin(run, folder, resume=True)
    changed = dataclasses.replace(run, data_sha256="other")
    with pytest.raises(UserError, match="has changed"):
        training.begin(changed, folder, resume=True)


def test_the_engine_imports_no_task():
    """Only a command chooses what is trained."""
    engine = list(Path(training.__file__).parent.glob("*.py"))
    assert len(engine) > 10
    for path in engine:
        code = path.read_text(encoding="utf-8")
        assert "import keras_attn.runs.classification" not in code, path
        assert "from keras_attn.runs.classification" not in code, path
