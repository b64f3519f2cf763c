"""A trained model, from a run's folder or from its file alone."""

import zipfile
from pathlib import Path

from keras_attn.runs.errors import UserError
from keras_attn.runs.run_folder import RunDir
from keras_attn.runs.settings import read_recipe, resolve
from keras_attn.runs.startup import quiet

_OF_A_DATASET = ("data_dir", "test_file", "text_column", "label_column")


def model_file(run_or_model):
    """The path of the model file that a run's folder or a path stands for.

    Raises:
        UserError: If there is none, or it is damaged.
    """
    path = Path(run_or_model)
    if path.is_dir():
        run = RunDir(path)
        if not run.model.exists():
            raise UserError(
                f"{path} holds no {run.model.name}: expected the folder of a "
                "finished training run, or a .keras file."
            )
        path = run.model
    if not path.exists():
        raise UserError(f"{path} does not exist.")
    if not zipfile.is_zipfile(path):
        raise UserError(
            f"{path} is no Keras model: it is damaged, or no .keras file."
        )
    return path


def settings_of(path, options):
    """What a model is measured on: its run's dataset, or the one given.

    Args:
        path: Path of a model file.
        options: Dictionary of the settings of the command line.

    Returns:
        A `Settings`. All but what belongs to a dataset is as in the run.

    Raises:
        UserError: If neither says a dataset.
    """
    recipe = RunDir(Path(path).parent).recipe
    values = read_recipe(recipe) if recipe.exists() else {}
    if "dataset" not in {**values, **options}:
        raise UserError(
            f"{path} stands alone, and does not say what to measure it "
            "on. Give --dataset."
        )
    if "dataset" in options and not _same(options["dataset"], values):
        # Files and columns are those of the other dataset. What is held out of
        # it is drawn as in the run: one that was moved gives the same test.
        values = {k: v for k, v in values.items() if k not in _OF_A_DATASET}
    return resolve(None, {**values, **options})


def _same(dataset, values):
    """Whether a name or a path stands for the dataset of a recipe."""
    own = values.get("dataset")
    return own is not None and Path(own).resolve() == Path(dataset).resolve()


def load_classifier(path):
    """Loads a `SentenceClassifier`.

    Raises:
        UserError: If the file is damaged or holds something else.
    """
    from keras_attn.models import SentenceClassifier

    try:
        with quiet():
            import keras

            model = keras.models.load_model(path, compile=False)
    # Whatever a damaged file makes Keras, h5py or zipfile raise.
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"{path} cannot be loaded: {reason}") from error
    if not isinstance(model, SentenceClassifier):
        raise UserError(
            f"{path} holds a {type(model).__name__}; expected a "
            "keras_attn SentenceClassifier."
        )
    return model
