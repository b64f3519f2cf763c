"""The model and the dataset of a command that measures a trained model."""

from keras_attn.release.trained_model import TrainedModel
from keras_attn.runs.classification import TextClassification, settings_for
from keras_attn.runs.errors import user_errors
from keras_attn.runs.loading import load_model, read_dataset


def load_trained(path, settings, is_given):
    """Load a model, and the dataset to measure it on.

    Args:
        path: `Path` of a model file.
        settings: `Settings`, as returned by `settings_of`.
        is_given: Boolean, whether the user named a dataset.

    Returns:
        A `TrainedModel`.

    Raises:
        UserError: If the model cannot be loaded, or does not fit the settings
            or the dataset, or if the dataset is invalid.
    """
    task = TextClassification()
    model = load_model(path, task)
    settings = settings_for(model, settings)
    with user_errors():
        corpus, result = read_dataset(path, task, settings, is_given)
        if settings.drop_unknown_labels:
            corpus = corpus.with_labels(model.labels)
    return TrainedModel(model, corpus, settings, result)
