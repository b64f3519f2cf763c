"""Fits a model, restores its best epoch and tests it once."""

import csv
import os

import keras

from keras_attn.optimizers import AdamW
from keras_attn.runs.backup import Backup
from keras_attn.runs.callbacks import BestWeights, Clock, KeepFreedMemory


def fit(task, data, settings, folder, verbose):
    """Train a model, restore its best epoch and test it once.

    Args:
        task: `Task`.
        data: `TaskData`.
        settings: `Settings`.
        folder: `RunFolder`. If it contains a stopped run, the fit continues
            that run.
        verbose: As in `keras.Model.fit`.

    Returns:
        The model and a dictionary of what was measured.
    """
    train = data.batches("train", settings, seed=settings.seed)
    num_steps = len(train) * settings.epochs
    model = compiled_model(task, data, settings, num_steps)
    clock = Clock()
    backup = Backup(folder.unfinished / "backup")
    _keep_epochs(folder, backup.epoch)
    model.fit(
        train,
        validation_data=data.batches("validation", settings),
        epochs=settings.epochs,
        initial_epoch=backup.epoch,
        shuffle=False,  # `train` shuffles, by seed and epoch
        verbose=verbose,
        callbacks=[
            train.epoch_callback(),
            *_checkpoints(task, folder),
            backup,
            *_tensorboard(task, model, data, settings, folder),
            clock,
            KeepFreedMemory(),
        ],
    )
    model = _best_model(model, task, data, settings, folder)
    finished = task.finish(model, data, settings)
    return model, {
        **task.test(model, data, settings),
        **finished,
        **_best_epoch(task, folder),
        "epochs": settings.epochs,
        "seconds": clock.seconds,
        "examples_per_second": clock.per_second(data.num_examples),
        "real_tokens_per_second": clock.per_second(data.num_tokens),
        "padding_share": train.padding_share,
        "parameters": model.count_params(),
    }


def compiled_model(task, data, settings, num_steps):
    """A new model of the task, compiled.

    Args:
        task: `Task`.
        data: `TaskData`.
        settings: `Settings`.
        num_steps: Positive integer, the training steps of the whole run.
    """
    model = task.build_model(data, settings)
    model.compile(
        optimizer=build_optimizer(settings, num_steps),
        # Batches have many lengths, and XLA would compile each one.
        jit_compile=False,
        **task.compile_arguments(),
    )
    return model


def build_optimizer(settings, num_steps):
    """`AdamW` with a learning rate that decays to 0 as `sqrt(1 - t)`.

    The rate stays high for most of the run, because word order is learned late:
    on the pronouns dataset, every model stays at chance for some epochs, and
    remains there if the rate is already low by then.
    """
    rate = keras.optimizers.schedules.PolynomialDecay(
        settings.learning_rate, num_steps, end_learning_rate=0.0, power=0.5
    )
    optimizer = AdamW(
        rate, weight_decay=settings.weight_decay, global_clipnorm=1.0
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def _best_model(model, task, data, settings, folder):
    """The model of the best epoch, in float32.

    Half precision makes training faster. After training it would only reduce
    the accuracy, and TFLite has no bfloat16.
    """
    model.load_weights(_best_weights(folder))
    if settings.precision == "float32":
        return model
    keras.config.set_dtype_policy("float32")
    exact = compiled_model(task, data, settings, num_steps=1)
    exact.set_weights(model.get_weights())
    return exact


def _best_weights(folder):
    return folder.unfinished / "best.weights.h5"


def _checkpoints(task, folder):
    """Callbacks that save the best epoch and the history."""
    epochs = _epochs_so_far(folder)
    best = max(map(task.rank, epochs), default=None)
    return [
        BestWeights(_best_weights(folder), task.rank, best),
        keras.callbacks.CSVLogger(folder.history, append=bool(epochs)),
    ]


def _tensorboard(task, model, data, settings, folder):
    board = keras.callbacks.TensorBoard(
        str(folder.logs), write_graph=False, profile_batch=0
    )
    return [board, *task.callbacks(board, model, data, settings)]


def _keep_epochs(folder, count):
    """Remove the epochs after the first `count`, which will be repeated.

    A process may be killed between writing the history and the backup, or
    while it writes a line.
    """
    if not folder.history.exists():
        return
    with open(folder.history, encoding="utf-8", newline="") as file:
        lines = file.readlines()[: count + 1 if count else 0]
    partial = folder.unfinished / "history.csv"
    partial.write_text("".join(lines), encoding="utf-8", newline="")
    os.replace(partial, folder.history)


def _epochs_so_far(folder):
    if not folder.history.exists():
        return []
    with open(folder.history, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _best_epoch(task, folder):
    best = max(_epochs_so_far(folder), key=task.rank)
    return {
        "best_epoch": int(best["epoch"]) + 1,
        f"validation_{task.metric}": float(best[f"val_{task.metric}"]),
    }
