"""A callback that writes summaries every few epochs or batches."""

import logging
import math

import keras

from keras_attn._checks import require_positive_integer
from keras_attn.tensorboard.run_writer import run_writer

_LOG = logging.getLogger("keras_attn")


class ScheduledWriter(keras.callbacks.Callback):
    """Write `summaries` before training, at regular steps, and at the end.

    The step is the number of epochs trained: 0 before the first epoch, and 3 at
    the end of the epoch that the progress bar of `fit` calls "Epoch 3". (The
    curves of `keras.callbacks.TensorBoard` count from 0, so there it is step
    2.) If `initial_epoch` is passed to `fit` to resume training, the steps
    continue.

    With `every_n_steps`, the step is the number of batches trained. If the
    model was trained before, steps continue from the optimizer's count.

    Args:
        log_dir: Path of the log directory that TensorBoard is started with, to
            write to `log_dir/run_name`. Or the `keras.callbacks.TensorBoard`
            passed to the same `fit`, to write to its run `train`.
        run_name: String, name of the folder. Each callback needs its own name.
        every_n_epochs: Positive integer. Defaults to `1`.
        every_n_steps: Positive integer, in batches. Replaces `every_n_epochs`.
            Defaults to `None`: by epochs.

    Raises:
        ValueError: If an argument is invalid, or both intervals are given. When
            training begins, if the TensorBoard callback was not passed to the
            same `fit`.
    """

    def __init__(self, log_dir, run_name, every_n_epochs=1, every_n_steps=None):
        super().__init__()
        require_positive_integer("every_n_epochs", every_n_epochs)
        if every_n_steps is not None:
            require_positive_integer("every_n_steps", every_n_steps)
            if every_n_epochs != 1:
                raise ValueError(
                    "Pass `every_n_epochs` or `every_n_steps`, not both: the "
                    "steps of a run count either epochs or batches. Received: "
                    f"every_n_epochs={every_n_epochs}, "
                    f"every_n_steps={every_n_steps}."
                )
        self.log_dir = log_dir
        self.every_n_epochs = every_n_epochs
        self.every_n_steps = every_n_steps
        self._run = run_writer(log_dir, run_name)
        self._begun = False
        self._epochs = 0
        self._batches = self._batches_before_epoch = 0
        self._written = None  # the last step written

    @property
    def unit(self):
        """The unit of the steps, `"epoch"` or `"batch"`."""
        return "epoch" if self.every_n_steps is None else "batch"

    def summaries(self, step):
        """Return the TensorBoard `Summary` messages of `step`, an iterable."""
        raise NotImplementedError

    def on_train_begin(self, logs=None):
        self._run.open(self.model)
        self._begun = False
        optimizer = getattr(self.model, "optimizer", None)
        if optimizer is not None:
            before = int(keras.ops.convert_to_numpy(optimizer.iterations))
            self._batches = max(self._batches, before)

    def on_epoch_begin(self, epoch, logs=None):
        self._batches_before_epoch = self._batches
        if not self._begun:
            self._begun = True
            self._epochs = epoch  # not 0 if training is resumed
            self._write()

    def on_train_batch_end(self, batch, logs=None):
        # `batch` may skip numbers: Keras can run several batches between calls.
        before = self._batches
        # With `steps_per_execution` Keras counts beyond the end of an epoch.
        within = min(batch + 1, (self.params or {}).get("steps") or math.inf)
        self._batches = self._batches_before_epoch + within
        every = self.every_n_steps
        if every is not None and self._batches // every > before // every:
            self._write()

    def on_epoch_end(self, epoch, logs=None):
        self._epochs = epoch + 1
        if self.unit == "epoch" and self._epochs % self.every_n_epochs == 0:
            self._write()

    def on_train_end(self, logs=None):
        if self._begun:
            self._write()
        self._run.close()

    def _write(self):
        step = self._epochs if self.unit == "epoch" else self._batches
        if self._written == step:
            return
        if self._written is not None and step < self._written:
            _LOG.warning(
                "Step %d was written after step %d. TensorBoard drops the "
                "steps in between. Pass `initial_epoch` to `fit` to resume "
                "training, or use a new log directory.",
                step,
                self._written,
            )
        self._run.write(self.summaries(step), step)
        self._written = step
