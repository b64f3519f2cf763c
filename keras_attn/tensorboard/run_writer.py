"""Where a callback's events go: a run of their own, or TensorBoard's."""

import contextlib
import os

import keras
import tensorflow as tf


def run_writer(log_dir, run_name):
    """The run that a callback writes to.

    Args:
        log_dir: Path of the log directory, or a `keras.callbacks.TensorBoard`.
        run_name: Name of the folder below it, for a path only.

    Returns:
        An `OwnRun` or a `BoardRun`.

    Raises:
        ValueError: If it is neither.
    """
    if isinstance(log_dir, keras.callbacks.TensorBoard):
        return BoardRun(log_dir)
    if isinstance(log_dir, (str, os.PathLike)):
        return OwnRun(os.path.join(log_dir, run_name))
    raise ValueError(
        "`log_dir` must be a path or the `keras.callbacks.TensorBoard` of the "
        f"same fit. Received: {log_dir!r:.80}."
    )


class OwnRun:
    """A folder that nobody else writes to."""

    def __init__(self, folder):
        self._folder = os.fspath(folder)
        self._writer = None

    def open(self, model):
        """Begins a file for the fit of `model`."""
        self._writer = tf.summary.create_file_writer(self._folder)

    @contextlib.contextmanager
    def recording(self, step):
        """Makes `tf.summary` write here, whatever others have switched off."""
        with _recording(self._writer, step):
            yield

    def close(self):
        self._writer.close()


class BoardRun:
    """The run `train` of a `keras.callbacks.TensorBoard`, by its own writer.

    A writer beside it would make a second file in its folder, and TensorBoard's
    Python loader, once in the second, never returns to the first.
    """

    def __init__(self, board):
        self._board = board
        self._late = None

    def open(self, model):
        """Checks that the callback takes part in the fit of `model`."""
        self._late = None
        if self._board.model is not model or not _is_open(self._shared()):
            raise ValueError(
                "The `keras.callbacks.TensorBoard` to write through is not "
                "among the callbacks of this fit. Pass both: "
                "`callbacks=[board, ...]`."
            )

    @contextlib.contextmanager
    def recording(self, step):
        """Makes `tf.summary` write here, whatever others have switched off."""
        writer = self._late or self._shared()
        if not _is_open(writer):
            # Its training has ended before ours. Nothing more comes into its
            # file, and then a second one stops nothing.
            folder = os.path.join(self._board.log_dir, "train")
            writer = self._late = tf.summary.create_file_writer(folder)
        with _recording(writer, step):
            yield

    def close(self):
        """Closes what was opened here; the callback closes its own."""
        if self._late is not None:
            self._late.close()

    def _shared(self):
        # Keras has no public name for it, and makes a new one for each fit.
        writer = getattr(self._board, "_train_writer", None)
        if not isinstance(writer, tf.summary.SummaryWriter):
            raise RuntimeError(
                f"Keras {keras.__version__} keeps the writer of its "
                "TensorBoard callback where keras_attn does not find it. Pass "
                "the path of the log directory instead of the callback."
            )
        return writer


def _is_open(writer):
    try:
        with writer.as_default():
            return True
    except RuntimeError:  # "SummaryWriter ... is already closed"
        return False


@contextlib.contextmanager
def _recording(writer, step):
    # keras.callbacks.TensorBoard switches recording off between its own
    # steps, for everybody, when it is asked to write every n batches.
    with writer.as_default(step), tf.summary.record_if(True):
        yield
    writer.flush()
