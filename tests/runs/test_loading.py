"""Which dataset a model is measured on: its run's, or the one given."""

import pytest

from keras_attn.runs.errors import UserError
from keras_attn.runs.loading import settings_of

RECIPE = """
dataset: {folder}/train.csv
test_file: {folder}/test.csv
text_column: sentence
labels: [a, b]
seed: 5
validation_fraction: 0.2
epochs: 3
"""


@pytest.fixture
def model(tmp_path):
    recipe = RECIPE.format(folder=tmp_path)
    (tmp_path / "recipe.yaml").write_text(recipe)
    return tmp_path / "model.keras"


def chosen(settings):
    names = ("test_file", "text_column", "seed", "validation_fraction")
    return tuple(getattr(settings, name) for name in names)


def test_a_run_is_measured_on_its_own_dataset(model, tmp_path):
    settings = settings_of(model, {"text_column": "words"})
    assert settings.dataset == str(tmp_path / "train.csv")
    assert chosen(settings) == (str(tmp_path / "test.csv"), "words", 5, 0.2)
    assert settings.labels == ("a", "b")


def test_its_own_dataset_named_again_changes_nothing(
    model, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    settings = settings_of(model, {"dataset": "train.csv"})
    assert chosen(settings) == chosen(settings_of(model, {}))


def test_another_dataset_has_other_files_and_the_same_seed(model):
    settings = settings_of(model, {"dataset": "other.csv"})
    assert chosen(settings) == (None, None, 5, 0.2)
    assert settings.epochs == 3
    assert settings.labels == ()


def test_a_model_alone_needs_a_dataset(tmp_path):
    with pytest.raises(UserError, match="not in a run folder.*--dataset"):
        settings_of(tmp_path / "m.keras", {"text_column": "words"})
    settings = settings_of(tmp_path / "m.keras", {"dataset": "trec"})
    assert (settings.dataset, settings.seed) == ("trec", 0)
