"""Recipes, and how the command line overrides them."""

import pytest

from keras_attn.runs.errors import UserError
from keras_attn.runs.recipe import (
    located,
    recipe_names,
    resolve,
    write_settings,
)
from keras_attn.runs.settings import Settings


def test_the_command_line_overrides_the_recipe_and_that_the_defaults(
    tmp_path,
):
    recipe = tmp_path / "mine.yaml"
    recipe.write_text("dataset: trec\nepochs: 3\nd_model: 32\n")
    settings = resolve(recipe, {"epochs": "5"})
    assert (settings.dataset, settings.d_model) == ("trec", 32)
    assert settings.epochs == 5
    assert settings.batch_size == Settings.model_fields["batch_size"].default


def test_settings_as_used_are_a_recipe_that_repeats_the_run(tmp_path):
    settings = resolve(None, {"dataset": "a.csv", "export": ("tflite",)})
    write_settings(settings, tmp_path / "recipe.yaml")
    assert resolve(tmp_path / "recipe.yaml", {}) == settings


@pytest.mark.parametrize("name", recipe_names())
def test_included_recipes(name):
    assert resolve(name, {}).dataset


def test_every_promised_recipe_is_there():
    assert {"imdb", "pronouns", "sst2", "trec"} <= set(recipe_names())


def test_unknown_setting_in_a_recipe(tmp_path):
    recipe = tmp_path / "mine.yaml"
    recipe.write_text("dataset: trec\nepoch: 3\n")
    with pytest.raises(UserError, match="no setting 'epoch'. Did.*'epochs'"):
        resolve(recipe, {})


@pytest.mark.parametrize(
    "text, message",
    [("a: [", "not a YAML"), ("", "no settings"), ("- a", "no settings")],
)
def test_a_file_that_is_not_a_recipe(tmp_path, text, message):
    recipe = tmp_path / "mine.yaml"
    recipe.write_text(text)
    with pytest.raises(UserError, match=message):
        resolve(recipe, {})


def test_no_such_recipe():
    with pytest.raises(UserError, match="no recipe treck.*pronouns.*trec"):
        resolve("treck", {})


def test_no_dataset():
    with pytest.raises(UserError, match="No dataset. Pass the name"):
        resolve(None, {})


def test_paths_become_absolute(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("")
    (tmp_path / "trec").mkdir()
    monkeypatch.chdir(tmp_path)
    data = {"dataset": "a.csv", "test_file": "none.csv", "data_dir": "trec"}
    found = located(resolve(None, data))
    assert found.dataset == str(tmp_path / "a.csv")
    assert found.test_file == "none.csv"
    assert found.data_dir == str(tmp_path / "trec")
    # A name of TFDS stays one, whatever folders there are.
    assert located(resolve(None, {"dataset": "trec"})).dataset == "trec"
