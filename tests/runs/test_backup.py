"""Training that continues from a backup is equal to the bit."""

import os
import random

import keras
import numpy as np
import pytest

from keras_attn.data import LengthBatches
from keras_attn.models import SentenceClassifier
from keras_attn.runs.backup import Backup
from keras_attn.runs.fitting import build_optimizer
from keras_attn.runs.settings import Settings
from keras_attn.text import Vectorizer
from tests.parts import in_part

EPOCHS = 3
WORDS = [f"word{i}" for i in range(30)]


class Killed(Exception):
    """Stands for the end of the process."""


class DrawsAndStops(keras.callbacks.Callback):
    """Draws from the global generators, and stops in some epoch."""

    def __init__(self, epoch=None, batch=0):
        super().__init__()
        self._stop = epoch, batch
        self.drawn = []

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        self.drawn.append((random.random(), np.random.normal()))

    def on_train_batch_end(self, batch, logs=None):
        if (self._epoch, batch) == self._stop:
            raise Killed


def batches():
    rng = np.random.default_rng(0)
    ids = [rng.integers(2, 32, size=rng.integers(2, 4)) for _ in range(12)]
    labels = [len(row) % 2 for row in ids]
    return LengthBatches(ids, labels, batch_size=4, seed=3)


def fit(folder, eagerly, stop=None):
    keras.utils.set_random_seed(1)
    settings = Settings(dataset="any", learning_rate=0.05)
    model = SentenceClassifier(
        *(Vectorizer(WORDS), ["odd", "even"]),
        **{"num_layers": 1, "d_model": 8, "num_heads": 2, "dropout": 0.4},
        pooling="attention",
    )
    model.build((None, None))
    model.compile(
        build_optimizer(settings, 12),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        run_eagerly=eagerly,
        jit_compile=False,
    )
    backup, train = Backup(folder), batches()
    drawn = stop or DrawsAndStops()
    model.fit(
        train,
        epochs=EPOCHS,
        initial_epoch=backup.epoch,
        shuffle=False,
        verbose=0,
        callbacks=[train.epoch_callback(), backup, drawn],
    )
    return model, drawn.drawn


def state(model):
    variables = [*model.variables, *model.optimizer.variables]
    return [keras.ops.convert_to_numpy(v) for v in variables]


# Tracing the graph of each fit takes longer than running all its steps.
@pytest.mark.slow
@pytest.mark.parametrize("eagerly", in_part([True, False], True))
def test_a_stopped_fit_continues_to_the_bit(eagerly, tmp_path):
    """With dropout, clipping and a decaying rate, stopped within an epoch."""
    whole, all_drawn = fit(tmp_path / "whole", eagerly)
    with pytest.raises(Killed):
        fit(tmp_path / "stopped", eagerly, DrawsAndStops(epoch=1, batch=1))
    resumed, drawn = fit(tmp_path / "stopped", eagerly)
    for one, other in zip(state(whole), state(resumed), strict=True):
        np.testing.assert_array_equal(one, other)
    assert drawn == all_drawn[1:]


@pytest.mark.long
def test_a_kill_during_a_backup_leaves_the_earlier_one(tmp_path, monkeypatch):
    folder = tmp_path / "stopped"
    replace = os.replace

    def stop_at_the_second(source, target):
        if target.name == "2":
            raise Killed
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", stop_at_the_second)
        with pytest.raises(Killed):
            fit(folder, False)
    assert sorted(p.name for p in folder.iterdir()) == ["1", "partial"]
    resumed, _ = fit(folder, False)
    whole, _ = fit(tmp_path / "whole", False)
    for one, other in zip(state(whole), state(resumed), strict=True):
        np.testing.assert_array_equal(one, other)
    assert [p.name for p in folder.iterdir()] == [str(EPOCHS)]
    assert Backup(folder).epoch == EPOCHS
