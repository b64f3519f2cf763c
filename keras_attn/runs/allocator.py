"""Undoes what TensorFlow does to the C allocator when data come from Python."""

import ctypes

import keras

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # from glibc's malloc.h
_KEPT_BYTES = 512 << 20
_LARGEST_KEPT_TENSOR = 32 << 20  # the most that glibc takes


class KeepFreedMemory(keras.callbacks.Callback):
    """Lets freed tensors be used again, from the first batch of a fit on.

    TensorFlow 2.21 sets glibc's trim threshold to 128 KB as soon as a dataset
    is read from a Python generator, which is how Keras reads a `PyDataset`.
    From then on every larger tensor is mapped and unmapped by the kernel
    anew; half the time of a training step went there. Where the C library is
    not glibc, nothing is done.
    """

    def on_train_begin(self, logs=None):
        self._done = False

    def on_train_batch_end(self, batch, logs=None):
        if not self._done:  # the dataset has been opened by now
            keep_freed_memory()
            self._done = True


def keep_freed_memory():
    """Returns whether the C library took the two thresholds."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
        and mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT_TENSOR)
    )
