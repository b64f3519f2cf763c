"""Callbacks for every fit: the best weights, the speed, reuse of memory."""

import ctypes
import os
import time

import keras

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # from glibc's malloc.h
_KEPT_BYTES = 512 << 20
_LARGEST_KEPT_TENSOR = 32 << 20  # glibc's maximum


class BestWeights(keras.callbacks.Callback):
    """Saves the weights after each epoch that is better than all earlier ones.

    Args:
        path: `Path` of the weights file.
        rank: Function from the logs of an epoch to a value; a larger one is
            better.
        best: The rank of the best epoch before this fit. Defaults to `None`:
            there was none.
    """

    def __init__(self, path, rank, best=None):
        super().__init__()
        self._path = path
        self._rank = rank
        self._best = best

    def on_epoch_end(self, epoch, logs=None):
        rank = self._rank(logs)
        if self._best is None or rank > self._best:
            self._best = rank
            # Renamed when complete, because the process may be killed.
            partial = self._path.with_name(f"partial.{self._path.name}")
            self.model.save_weights(partial)
            os.replace(partial, self._path)


class Clock(keras.callbacks.Callback):
    """Measures the time of training steps, without validation and logging.

    Attributes:
        seconds: Float, the sum over all epochs.
        epochs: Integer, the number of epochs measured.
    """

    def __init__(self):
        super().__init__()
        self.seconds = 0.0
        self.epochs = 0

    def on_epoch_begin(self, epoch, logs=None):
        self._began = time.perf_counter()
        self._running = True

    def on_test_begin(self, logs=None):
        if self._running:
            self.seconds += time.perf_counter() - self._began
            self.epochs += 1
            self._running = False

    def per_second(self, number):
        """Items per second, given the `number` of items per epoch."""
        return number * self.epochs / self.seconds if self.epochs else 0.0


class KeepFreedMemory(keras.callbacks.Callback):
    """Lets the C library reuse the memory of freed tensors.

    TensorFlow 2.21 sets glibc's trim threshold to 128 KB as soon as a dataset
    is read from a Python generator, which is how Keras reads a `PyDataset`.
    From then on, the kernel maps and unmaps every larger tensor, which took
    half the time of a training step. So the threshold is set again after the
    first batch. Without glibc, this callback does nothing.
    """

    def on_train_begin(self, logs=None):
        self._done = False

    def on_train_batch_end(self, batch, logs=None):
        if not self._done:  # the dataset has been opened by now
            keep_freed_memory()
            self._done = True


def keep_freed_memory():
    """Set both thresholds; return whether the C library accepted them."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
        and mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT_TENSOR)
    )
