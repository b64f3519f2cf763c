"""Recipes: settings in a YAML file, and how the command line overrides them."""

from importlib import resources
from pathlib import Path

import yaml

from keras_attn._checks import did_you_mean
from keras_attn.runs.errors import UserError
from keras_attn.runs.settings import Settings, checked


def resolve(recipe, given):
    """Combine the settings of the command line, the recipe and the defaults.

    Args:
        recipe: Path of a YAML file, name of an included recipe, or None.
        given: Dictionary of the settings on the command line.

    Returns:
        `Settings`. The command line overrides the recipe, and the recipe
        overrides the defaults.

    Raises:
        UserError: If a setting is unknown or out of range, or the dataset is
            missing.
    """
    values = {**(read_recipe(recipe) if recipe else {}), **given}
    if "dataset" not in values:
        raise UserError(
            "No dataset. Pass the name of a TFDS dataset, a CSV, TSV or JSONL "
            "file, or `--recipe` with one of "
            f"{', '.join(recipe_names())}."
        )
    return checked(values)


def read_recipe(recipe):
    """The settings of a recipe as a dictionary.

    Args:
        recipe: Path of a YAML file, or name of an included recipe.

    Raises:
        UserError: If the recipe cannot be read, or a setting is unknown.
    """
    path = Path(recipe)
    if not path.exists() and str(recipe) in recipe_names():
        path = _recipes() / f"{recipe}.yaml"
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError:
        raise UserError(
            f"There is no recipe {recipe}: it is neither a file nor one of "
            f"{', '.join(recipe_names())}."
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{recipe} is not a YAML file: {reason}") from None
    if not isinstance(values, dict):
        raise UserError(
            f"{recipe} contains no settings. Expected lines like `epochs: 5`."
        )
    for name in values:
        if name not in Settings.model_fields:
            hint = did_you_mean(name, Settings.model_fields)
            raise UserError(f"{recipe}: there is no setting {name!r}.{hint}")
    return values


def recipe_names():
    """Names of the recipes included in the package."""
    return sorted(p.name.removesuffix(".yaml") for p in _recipes().iterdir())


def _recipes():
    return resources.files("keras_attn.runs") / "recipes"


def write_settings(settings, path):
    """Write all settings as a recipe that repeats the run."""
    text = yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False)
    Path(path).write_text(text, encoding="utf-8")


def located(settings):
    """The same settings with absolute paths, valid in any folder."""
    is_path = {
        "dataset": Path.is_file,  # a folder may have the name of a dataset
        "test_file": Path.is_file,
        "data_dir": Path.is_dir,
    }
    found = {
        name: str(Path(value).absolute())
        for name, check in is_path.items()
        if (value := getattr(settings, name)) and check(Path(value))
    }
    return settings.model_copy(update=found)
