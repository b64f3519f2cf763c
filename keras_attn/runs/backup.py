"""A checkpoint after each epoch, from which training continues to the bit."""

import json
import os
import random
import shutil

import keras
import numpy as np


class Backup(keras.callbacks.Callback):
    """Saves everything that the next epoch depends on, and restores it.

    `keras.callbacks.BackupAndRestore` saves weights and the state of the
    optimizer. It does not save the states of the model's seed generators, so
    a resumed run would draw different dropout. Here they are saved too, with
    the states of Python's and NumPy's global generators.

    A checkpoint is complete or absent, even if the process is killed while it
    is written. A run that stopped within an epoch continues at the beginning of
    that epoch. Pass the attribute `epoch` to `fit` as `initial_epoch`.

    Args:
        folder: `Path` of a folder for checkpoints only.

    Attributes:
        epoch: Integer, the number of epochs in the checkpoint; 0 if there is
            none.
    """

    def __init__(self, folder):
        super().__init__()
        self._folder = folder
        self.epoch = max(self._saved(), default=0)

    def on_train_begin(self, logs=None):
        if not self.epoch:
            return
        checkpoint = self._folder / str(self.epoch)
        # Loading skips an optimizer that has no variables yet.
        self.model.optimizer.build(self.model.trainable_variables)
        self.model.load_weights(checkpoint / "state.weights.h5")
        _load_random_states(self.model, checkpoint)

    def on_epoch_end(self, epoch, logs=None):
        partial = self._folder / "partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        self.model.save_weights(partial / "state.weights.h5")
        _save_random_states(self.model, partial)
        earlier = self._saved()
        os.replace(partial, self._folder / str(epoch + 1))
        for number in earlier:
            shutil.rmtree(self._folder / str(number))

    def _saved(self):
        if not self._folder.exists():
            return []
        names = [path.name for path in self._folder.iterdir()]
        return [int(name) for name in names if name.isdecimal()]


def _save_random_states(model, folder):
    states = [keras.ops.convert_to_numpy(v) for v in _unsaved(model)]
    kind, words, position, *gauss = np.random.get_state()
    np.savez(folder / "random.npz", *states, numpy=words)
    others = {
        "python": random.getstate(),
        "numpy": [kind, position, *gauss],
    }
    (folder / "random.json").write_text(json.dumps(others), encoding="utf-8")


def _load_random_states(model, folder):
    text = (folder / "random.json").read_text(encoding="utf-8")
    others = json.loads(text)
    with np.load(folder / "random.npz") as arrays:
        for index, variable in enumerate(_unsaved(model)):
            variable.assign(arrays[f"arr_{index}"])
        kind, *rest = others["numpy"]
        np.random.set_state((kind, arrays["numpy"], *rest))
    version, words, gauss = others["python"]
    random.setstate((version, tuple(words), gauss))


def _unsaved(model):
    """The variables that weight files leave out: states of seed generators."""
    saved = {id(variable) for variable in model.weights}
    return [v for v in model.variables if id(v) not in saved]
