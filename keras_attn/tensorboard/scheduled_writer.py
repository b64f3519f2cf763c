"""A callback that writes summaries every few epochs or batches."""

import logging
import math

import keras

from keras_attn._checks import require_positive_integer
from keras_attn.tensorboard.run_writer import run_writer

_LOG = logging.getLogger("keras_attn")


class ScheduledWriter(keras.callbacks.Callback):
    """Writes `summaries` before training, at regular steps, and at the end.

    The step is the number of epochs trained: 0 before the first epoch, and 3
    at the end of what the progress bar of `fit` calls "Epoch 3". (The curves of
    `keras.callbacks.TensorBoard` are one behind: there that is step 2.) A fit
    with `initial_epoch`, which continues another, continues its steps.

    With `every_n_steps` the step is the number of batches trained. If the model
    was trained before, it continues from the optimizer's count.

    Args:
        log_dir: Path of the log directory that TensorBoard is started with, to
            write to `log_dir/run_name`. Or the `keras.callbacks.TensorBoard` of
            the same fit, to write to its run `train`.
        run_name: String, name of the folder. Two callbacks need two names.
        every_n_epochs: Positive integer. Defaults to `1`.
        every_n_steps: Positive integer, in batches. Replaces `every_n_epochs`.
            Defaults to `None`: by epochs.

    Raises:
        ValueError: If an argument is invalid, or both intervals are given.
            When training begins if the TensorBoard callback takes no part in
            it.
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
        """What the steps count: `"epoch"` or `"batch"`."""
        return "epoch" if self.every_n_steps is None else "batch"

    def summaries(self, step):
        """Returns the TensorBoard `Summary` messages of `step`, an iterable."""
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
            self._epochs = epoch  # not 0 in a fit that continues another
            self._write()

    def on_train_batch_end(self, batch, logs=None):
        # `batch` may skip: Keras can run several batches between two calls.
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
                "steps in between. Pass `initial_epoch` to a fit that "
                "continues another, or use a new log directory.",
                step,
                self._written,
            )
        self._run.write(self.summaries(step), step)
        self._written = step
