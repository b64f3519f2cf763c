"""Keeps the start-up chatter of native libraries off the screen."""

import contextlib
import logging
import os
import sys
import tempfile


@contextlib.contextmanager
def quiet():
    """Holds back standard error, and lets go of it only after a failure.

    TensorFlow greets every start with lines about graphics cards that no
    setting turns off, as it logs them before it reads its settings.
    """
    sys.stderr.flush()
    screen = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except Exception as error:
            if not hasattr(error, "exit_code"):  # not a mistake of the user's
                held.seek(0)
                os.write(screen, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(screen, 2)
            os.close(screen)


def start():
    """Imports Keras and its backend and wakes the device, quietly."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # errors and worse
    # Words of one library to another, which a user cannot act upon.
    logging.getLogger("absl").setLevel(logging.ERROR)
    with quiet():
        import keras

        keras.ops.convert_to_tensor(0.0)
