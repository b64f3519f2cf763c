"""The run that a callback writes to: its own, or that of TensorBoard."""

import os
import time

import keras
from tensorboard.compat.proto import event_pb2
from tensorboard.summary.writer.event_file_writer import EventFileWriter


def run_writer(log_dir, run_name):
    """Return the run that a callback writes to.

    Args:
        log_dir: Path of the log directory, or a `keras.callbacks.TensorBoard`.
        run_name: String, the folder in the log directory. Unused if `log_dir`
            is a callback.

    Returns:
        An `OwnRun` or a `BoardRun`.

    Raises:
        ValueError: If `log_dir` is neither.
    """
    if isinstance(log_dir, keras.callbacks.TensorBoard):
        return BoardRun(log_dir)
    if isinstance(log_dir, (str, os.PathLike)):
        return OwnRun(os.path.join(log_dir, run_name))
    raise ValueError(
        "`log_dir` must be a path or the `keras.callbacks.TensorBoard` of the "
        f"same fit. Received: log_dir={log_dir!r:.80}."
    )


class OwnRun:
    """A run that only one callback writes to. TensorFlow is not needed."""

    def __init__(self, folder):
        self._folder = os.fspath(folder)
        self._events = None

    def open(self, model):
        """Start a new event file for the fit of `model`."""
        self._events = EventFileWriter(self._folder)

    def write(self, summaries, step):
        """Write `Summary` messages as events of `step`."""
        for summary in summaries:
            self._events.add_event(
                event_pb2.Event(
                    wall_time=time.time(), step=step, summary=summary
                )
            )
        self._events.flush()

    def close(self):
        self._events.close()


class BoardRun:
    """The run `train` of a `keras.callbacks.TensorBoard`.

    It uses the callback's own writer. Another writer would create a second
    file in the same folder, and TensorBoard's Python loader never returns to
    the first file once it has opened the second. This run needs TensorFlow,
    as the callback does.
    """

    def __init__(self, board):
        self._board = board
        self._late = None  # used once the callback has closed its own writer

    def open(self, model):
        """Check that the callback was passed to the fit of `model`."""
        self._late = None
        if self._board.model is not model or not _is_open(self._shared()):
            raise ValueError(
                "The `keras.callbacks.TensorBoard` passed as `log_dir` is not "
                "among the callbacks of this fit. Pass both: "
                "`callbacks=[board, ...]`."
            )

    def write(self, summaries, step):
        """Write `Summary` messages as events of `step`."""
        import tensorflow as tf

        writer = self._late or self._shared()
        if not _is_open(writer):
            # The callback finished before this one. It writes nothing more to
            # its file, so a second file does no harm.
            folder = os.path.join(self._board.log_dir, "train")
            writer = self._late = tf.summary.create_file_writer(folder)
        # With `update_freq=n`, keras.callbacks.TensorBoard turns recording off
        # globally between its own steps.
        with writer.as_default(step), tf.summary.record_if(True):
            for summary in summaries:
                message = summary.SerializeToString()
                tf.summary.experimental.write_raw_pb(message)
        writer.flush()

    def close(self):
        """Close the writer opened here; the callback closes its own."""
        if self._late is not None:
            self._late.close()

    def _shared(self):
        import tensorflow as tf

        # Keras has no public attribute for it, and creates a new one for each
        # fit.
        writer = getattr(self._board, "_train_writer", None)
        if not isinstance(writer, tf.summary.SummaryWriter):
            raise RuntimeError(
                "keras_attn cannot find the writer of "
                "`keras.callbacks.TensorBoard` in Keras "
                f"{keras.__version__}. Pass the path of the log directory "
                "instead of the callback."
            )
        return writer


def _is_open(writer):
    try:
        with writer.as_default():
            return True
    except RuntimeError:  # "SummaryWriter ... is already closed"
        return False
