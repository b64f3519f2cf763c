"""Callbacks of every fit: best weights, and memory that is reused."""

import platform

import keras
import numpy as np
import pytest

from keras_attn.runs import callbacks
from keras_attn.runs.callbacks import BestWeights, KeepFreedMemory
from keras_attn.runs.classification import TextClassification


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="the C library is not glibc"
)
def test_glibc_accepts_the_thresholds():
    assert callbacks.keep_freed_memory()


@pytest.mark.slow
def test_the_thresholds_are_set_once_per_fit(monkeypatch):
    calls = []
    monkeypatch.setattr(callbacks, "keep_freed_memory", lambda: calls.append(1))
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=False)
    x = np.ones((6, 2))
    for _ in range(2):
        model.fit(
            *(x, x[:, :1]),
            batch_size=2,
            epochs=2,
            verbose=0,
            callbacks=[KeepFreedMemory()],
        )
    assert len(calls) == 2


class Weights:
    """Stands for a model; remembers when it was saved."""

    def __init__(self):
        self.saved = []

    def save_weights(self, path):
        path.write_text("")
        self.saved.append(self.epoch)


@pytest.mark.parametrize(
    "best, expected", [(None, [0, 1, 2, 4]), ((1.0, -0.1), [4])]
)
def test_among_equal_accuracies_the_loss_decides(best, expected, tmp_path):
    model = Weights()
    rank = TextClassification().rank
    callback = BestWeights(tmp_path / "best.weights.h5", rank, best)
    callback.set_model(model)
    history = [(0.5, 0.6), (1.0, 0.4), (1.0, 0.1), (0.9, 0.05), (1.0, 0.02)]
    for model.epoch, (accuracy, loss) in enumerate(history):
        logs = {"val_accuracy": accuracy, "val_loss": loss}
        callback.on_epoch_end(model.epoch, logs)
    assert model.saved == expected
