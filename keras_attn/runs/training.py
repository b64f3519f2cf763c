"""A training run, step by step: prepare, begin, train."""

import os
from dataclasses import dataclass
from typing import Any

import keras

from keras_attn.runs.errors import user_errors
from keras_attn.runs.fitting import fit
from keras_attn.runs.provenance import versions
from keras_attn.runs.recipe import located, write_settings
from keras_attn.runs.settings import Settings
from keras_attn.runs.sizing import size_to
from keras_attn.runs.task import Task, TaskData


@dataclass(frozen=True)
class TrainingRun:
    """A run that is ready to start. Nothing has been written yet.

    Args:
        task: `Task`.
        dataset: The dataset, as returned by `task.read`.
        data: `TaskData`, the dataset encoded.
        settings: `Settings`, with all sizes set.
        data_sha256: String, the fingerprint of the dataset.
    """

    task: Task
    dataset: Any
    data: TaskData
    settings: Settings
    data_sha256: str


def prepare(task, dataset, settings):
    """Seed everything, encode the dataset and complete the settings.

    Args:
        task: `Task`.
        dataset: As returned by `task.read`.
        settings: `Settings`.

    Returns:
        A `TrainingRun`.

    Raises:
        UserError: If a text cannot be encoded, or settings contradict each
            other.
    """
    keras.utils.set_random_seed(settings.seed)
    keras.config.set_dtype_policy(settings.precision)
    with user_errors():
        data = task.encode(dataset, settings)
    mean_length = data.num_tokens / data.num_examples
    settings = data.completed(settings)
    settings = size_to(settings, data.num_examples, mean_length)
    return TrainingRun(task, dataset, data, settings, task.fingerprint(dataset))


def begin(run, folder, resume):
    """Set up the folder of a run.

    Args:
        run: `TrainingRun`.
        folder: `RunFolder`, checked by its `require_free`.
        resume: Boolean. If true, the folder is kept as it is. Otherwise an
            earlier run in it is removed.

    Raises:
        UserError: If `resume` is true and the data has changed since the run
            began.
    """
    if resume:
        folder.require_data(run.data_sha256)
        return
    folder.clear()
    folder.unfinished.mkdir(parents=True)
    folder.data.write_text(run.data_sha256, encoding="utf-8")
    write_settings(located(run.settings), folder.recipe)


def train(run, folder, verbose):
    """Fit, test and save the model.

    The run is finished when the caller passes the result to
    `folder.write_result`.

    Args:
        run: `TrainingRun` that has begun in `folder`.
        folder: `RunFolder`.
        verbose: As in `keras.Model.fit`.

    Returns:
        The model, and the content of `result.json` as a dictionary.
    """
    model, measured = fit(run.task, run.data, run.settings, folder, verbose)
    _save(model, folder)
    return model, {
        "dataset": run.dataset.name,
        "data_sha256": run.data_sha256,
        **run.data.description(),
        **measured,
        "seed": run.settings.seed,
        "versions": versions(),
    }


def _save(model, folder):
    # Not compiled: the optimizer's state would triple the size of the file,
    # and predictions do not need it.
    bare = model.from_config(model.get_config())
    bare.build_from_config(model.get_build_config())
    bare.set_weights(model.get_weights())
    partial = folder.unfinished / "model.keras"
    bare.save(partial)
    os.replace(partial, folder.model)
