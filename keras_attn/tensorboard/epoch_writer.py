"""A callback that writes summaries every few epochs to a run of its own."""

import pathlib

import keras
import tensorflow as tf


class EpochWriter(keras.callbacks.Callback):
    """Calls `write_summaries` before training, every n epochs, and at the end.

    The step is the number of epochs trained: 0 before the first, and what the
    progress bar of `fit` calls "Epoch 3" ends at step 3. (The curves of
    `keras.callbacks.TensorBoard` are one behind: they end it at step 2.) A fit
    that continues another, with `initial_epoch`, continues the steps.

    The events go to `log_dir/run_name`, one run beside the `train` and
    `validation` of `keras.callbacks.TensorBoard`. They must not share a run:
    TensorBoard's Python loader reads the files of a run one after another and
    never returns to an earlier one, so that curves would stop at the first map.

    Args:
        log_dir: Path of the log directory, as TensorBoard is given it.
        run_name: Name of the folder below it. Two callbacks need two.
        every_n_epochs: Positive integer.

    Raises:
        ValueError: If `every_n_epochs` is not a positive integer.
    """

    def __init__(self, log_dir, run_name, every_n_epochs):
        super().__init__()
        if not isinstance(every_n_epochs, int) or every_n_epochs < 1:
            raise ValueError(
                "`every_n_epochs` must be a positive integer. Received: "
                f"every_n_epochs={every_n_epochs!r}."
            )
        self.log_dir = log_dir
        self.every_n_epochs = every_n_epochs
        self._run_dir = pathlib.Path(log_dir) / run_name
        self._writer = None
        self._trained = None  # epochs trained
        self._written = None  # the step written last

    def write_summaries(self, step):
        """Writes with `tf.summary`; the writer and the step are set."""
        raise NotImplementedError

    def on_train_begin(self, logs=None):
        self._writer = tf.summary.create_file_writer(str(self._run_dir))
        self._trained = None

    def on_epoch_begin(self, epoch, logs=None):
        # `epoch` is not 0 in a fit that continues another.
        if self._trained is None:
            self._trained = epoch
            self._write()

    def on_epoch_end(self, epoch, logs=None):
        self._trained = epoch + 1
        if self._trained % self.every_n_epochs == 0:
            self._write()

    def on_train_end(self, logs=None):
        if self._trained is not None:
            self._write()
        self._writer.close()

    def _write(self):
        if self._written == self._trained:
            return
        # keras.callbacks.TensorBoard switches recording off between its own
        # steps, for everybody, when it is asked to write every n batches.
        with self._writer.as_default(self._trained), tf.summary.record_if(True):
            self.write_summaries(self._trained)
        self._writer.flush()
        self._written = self._trained
