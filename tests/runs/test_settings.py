import pytest

from keras_attn.runs.errors import UserError
from keras_attn.runs.settings import (
    Settings,
    located,
    recipe_names,
    resolve,
    write_settings,
)


def test_defaults_give_way_to_the_recipe_and_that_to_the_command_line(
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
def test_our_own_recipes(name):
    assert resolve(name, {}).dataset


def test_every_promised_recipe_is_there():
    assert {"imdb", "pronouns", "sst2", "trec"} <= set(recipe_names())


def test_unknown_setting_in_a_recipe(tmp_path):
    recipe = tmp_path / "mine.yaml"
    recipe.write_text("dataset: trec\nepoch: 3\n")
    with pytest.raises(UserError, match="no setting 'epoch'.*'epochs'"):
        resolve(recipe, {})


@pytest.mark.parametrize(
    "text, message",
    [("a: [", "no YAML file"), ("", "no settings"), ("- a", "no settings")],
)
def test_a_recipe_that_is_none(tmp_path, text, message):
    recipe = tmp_path / "mine.yaml"
    recipe.write_text(text)
    with pytest.raises(UserError, match=message):
        resolve(recipe, {})


def test_no_such_recipe():
    with pytest.raises(UserError, match="No recipe treck.*pronouns.*trec"):
        resolve("treck", {})


def test_no_dataset():
    with pytest.raises(UserError, match="No dataset. Give --dataset"):
        resolve(None, {})


@pytest.mark.parametrize(
    "name, value",
    [
        ("epochs", "0"),
        ("epochs", "many"),
        ("dropout", "1"),
        ("validation_fraction", "0.5"),
        ("max_length", "65537"),
        ("learning_rate", "-1"),
        ("position", "sinus"),
        ("seed", "-1"),
    ],
)
def test_a_value_out_of_range_is_named(name, value):
    with pytest.raises(UserError, match=f"{name}.*{name}='{value}'"):
        resolve(None, {"dataset": "trec", name: value})


def test_paths_are_whole_wherever_they_are_read(tmp_path, monkeypatch):
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
