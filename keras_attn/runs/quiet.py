"""Hides the output of native libraries unless something fails."""

import contextlib
import os
import sys
import tempfile


@contextlib.contextmanager
def quiet():
    """Hold back standard error; print it only after an unexpected failure.

    TensorFlow's converters log warnings that no setting turns off. Replacing
    `sys.stderr` is not enough, because C++ code writes to the file descriptor.
    """
    sys.stderr.flush()
    screen = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except Exception as error:
            if not hasattr(error, "exit_code"):  # not a `UserError`
                sys.stderr.flush()
                held.seek(0)
                os.write(screen, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(screen, 2)
            os.close(screen)
