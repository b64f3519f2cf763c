"""A trained model and its data, from a run folder or a `.keras` file."""

import zipfile
from pathlib import Path

import keras

from keras_attn.runs.errors import UserError
from keras_attn.runs.recipe import read_recipe, resolve
from keras_attn.runs.run_folder import RunFolder

_DATASET_SETTINGS = (
    "data_dir",
    "test_file",
    "text_column",
    "pair_column",
    "label_column",
    "label_separator",
    "labels",
)


def model_file(run_or_model):
    """The `Path` of the model file of a run folder, or of the file itself.

    Raises:
        UserError: If there is no model file, or it is damaged.
    """
    path = Path(run_or_model)
    if path.is_dir():
        folder = RunFolder(path)
        if not folder.model.exists():
            raise UserError(
                f"{path} contains no {folder.model.name}. Expected the folder "
                "of a finished training run, or a .keras file."
            )
        path = folder.model
    if not path.exists():
        raise UserError(f"{path} does not exist.")
    if not zipfile.is_zipfile(path):
        raise UserError(
            f"{path} is not a Keras model: the file is damaged, or not a "
            ".keras file."
        )
    return path


def settings_of(path, options):
    """The settings to evaluate a model with.

    Args:
        path: Path of a model file.
        options: Dictionary of the settings on the command line.

    Returns:
        `Settings`: those of the model's run, overridden by `options`. If
        `options` name another dataset, the settings of the run's dataset are
        left out.

    Raises:
        UserError: If neither the run nor the options name a dataset.
    """
    recipe = RunFolder(Path(path).parent).recipe
    values = read_recipe(recipe) if recipe.exists() else {}
    if "dataset" not in {**values, **options}:
        raise UserError(
            f"{path} is not in a run folder, so its dataset is unknown. Pass "
            "`--dataset`."
        )
    if "dataset" in options and not _same(options["dataset"], values):
        # Files, columns and labels belong to the run's dataset. The seed and
        # the validation fraction are kept, so that a file that was moved has
        # the same test split.
        values = {k: v for k, v in values.items() if k not in _DATASET_SETTINGS}
    return resolve(None, {**values, **options})


def _same(dataset, values):
    """Whether a name or a path is the dataset of a recipe."""
    own = values.get("dataset")
    return own is not None and Path(own).resolve() == Path(dataset).resolve()


def load_model(path, task):
    """Load the model of a task.

    Args:
        path: Path of a `.keras` file.
        task: `Task`.

    Raises:
        UserError: If the file is damaged or contains another kind of model.
    """
    try:
        model = keras.models.load_model(path, compile=False)
    # A damaged file can raise any error of Keras, h5py or zipfile.
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"{path} cannot be loaded: {reason}") from error
    if not isinstance(model, task.model_class):
        raise UserError(
            f"{path} contains a {type(model).__name__}. Expected a keras_attn "
            f"{task.model_class.__name__}."
        )
    return model


def read_dataset(path, task, settings, is_given):
    """The dataset to evaluate a model on, and the result of its training.

    Args:
        path: Path of the model file.
        task: `Task`.
        settings: `Settings`, as returned by `settings_of`.
        is_given: Boolean, whether the user named a dataset.

    Returns:
        A dataset, as returned by `task.read`, and the content of
        `result.json`: a dictionary, or None unless the model was trained on
        exactly this dataset.

    Raises:
        DataError: If the data is invalid.
        UserError: If the data has changed since the training, and the user
            did not name another dataset.
    """
    dataset = task.read(settings)
    folder = RunFolder(path.parent)
    is_model = path.name == folder.model.name
    result = folder.read_result() if is_model else None
    if result is None:
        return dataset, None
    if result.get("data_sha256") == task.fingerprint(dataset):
        return dataset, result
    if not is_given:
        raise UserError(
            f"{settings.dataset} has changed since the run was trained: its "
            "test split may now contain training texts. Restore the data, or "
            "pass other texts with `--dataset` or `--test_file`."
        )
    return dataset, None
