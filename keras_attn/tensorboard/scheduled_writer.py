"""A callback that writes summaries every few epochs or batches."""

import logging
import math

import keras

from keras_attn.tensorboard.run_writer import run_writer
from tensorboard_plugin_attention.checks import require_positive_integer

_LOG = logging.getLogger("keras_attn")


class ScheduledWriter(keras.callbacks.Callback):
    """Calls `write_summaries` before training, regularly, and at the end.

    The step is the number of epochs trained: 0 before the first, and what the
    progress bar of `fit` calls "Epoch 3" ends at step 3. (The curves of
    `keras.callbacks.TensorBoard` are one behind: they end it at step 2.) A fit
    that continues another, with `initial_epoch`, continues the steps.

    With `every_n_steps` the step is the number of batches trained, and goes on
    from the optimizer's where a model has been trained before.

    Args:
        log_dir: Path of the log directory, as TensorBoard is given it: events
            go to `log_dir/run_name`. Or the `keras.callbacks.TensorBoard` of
            the same fit: they go to its run `train`.
        run_name: Name of the folder. Two callbacks need two.
        every_n_epochs: Positive integer. Defaults to `1`.
        every_n_steps: Positive integer, in batches; takes the place of
            `every_n_epochs`. Defaults to `None`: by epochs.

    Raises:
        ValueError: If an argument is out of range, or both are given; when
            training begins if the TensorBoard callback takes no part in it.
    """

    def __init__(self, log_dir, run_name, every_n_epochs=1, every_n_steps=None):
        super().__init__()
        require_positive_integer("every_n_epochs", every_n_epochs)
        if every_n_steps is not None:
            require_positive_integer("every_n_steps", every_n_steps)
            if every_n_epochs != 1:
                raise ValueError(
                    "Pass `every_n_epochs` or `every_n_steps`, not both: the "
                    "steps of a run count epochs or batches. Received: "
                    f"{every_n_epochs} and {every_n_steps}."
                )
        self.log_dir = log_dir
        self.every_n_epochs = every_n_epochs
        self.every_n_steps = every_n_steps
        self._run = run_writer(log_dir, run_name)
        self._begun = False
        self._epochs = 0
        self._batches = self._batches_before_epoch = 0
        self._written = None  # the step written last

    @property
    def unit(self):
        """What the steps count: `"epoch"` or `"batch"`."""
        return "epoch" if self.every_n_steps is None else "batch"

    def write_summaries(self, step):
        """Writes with `tf.summary`; the writer and the step are set."""
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
        # `batch` may leap: Keras can run several batches between two calls.
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
                "Step %d comes after step %d: TensorBoard forgets those in "
                "between. Pass `initial_epoch` to a fit that continues "
                "another, or a new log directory.",
                step,
                self._written,
            )
        with self._run.recording(step):
            self.write_summaries(step)
        self._written = step
