"""The `keras-attn` command: a quiet start, then `keras_attn.cli`.

This is a top-level module because `import keras_attn` imports Keras. The output
of Keras's backend must be held back before that import begins.
"""

import contextlib
import logging
import os
import sys
import tempfile

import click

_BACKENDS = ("tensorflow", "jax", "torch")
# What `--help` says about each command, so that it need not import them, which
# takes seconds. A test compares it with what they say themselves.
_SUMMARIES = {
    "train": "Train a text classifier, test it, and export it if requested.",
    "evaluate": "Evaluate a model on labeled texts.",
    "predict": "Classify texts.",
    "export": "Export a model, and compare every exported file with it.",
    "tensorboard": "Open TensorBoard on the logs of training runs.",
}


def main(arguments=None):
    """Run the command.

    Args:
        arguments: List of strings. Defaults to those of the process.

    Raises:
        SystemExit: Always, with the exit status: 2 after a user mistake, 130
            after Ctrl-C.
    """
    if (sys.argv[1:] if arguments is None else arguments) == ["--help"]:
        overview()(["--help"], prog_name="keras-attn")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # errors and worse
    # Messages from one library to another, which the user cannot act on.
    logging.getLogger("absl").setLevel(logging.ERROR)
    _require_known_backend()
    try:
        run = _import_quietly()
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        sys.exit(130)
    except ModuleNotFoundError as error:
        if error.name.startswith("keras_attn"):
            raise
        sys.stderr.write(f"error: {_advice(error.name)}\n")
        sys.exit(2)
    run(arguments)


class _InOrder(click.Group):
    """Lists the commands in the order in which they were added."""

    def list_commands(self, ctx):
        return list(self.commands)


def overview():
    """Return a `click.Group` that only prints the help of `keras-attn`."""

    @click.group(cls=_InOrder, context_settings={"max_content_width": 100})
    @click.version_option(package_name="keras-attn", prog_name="keras-attn")
    def commands():
        """Train, inspect and export text classifiers with self-attention."""

    for name, summary in _SUMMARIES.items():
        commands.add_command(click.Command(name, help=summary))
    return commands


def _require_known_backend():
    backend = os.environ.get("KERAS_BACKEND")
    if backend and backend not in _BACKENDS:
        sys.stderr.write(
            f"error: KERAS_BACKEND must be one of {', '.join(_BACKENDS)}. "
            f"Received: {backend!r}.\n"
        )
        sys.exit(2)


def _advice(package):
    """What to do if a package is missing."""
    if package in _BACKENDS:
        return (
            f"Keras needs its backend {package}, which is not installed. "
            f"Run `pip install {package}`, or choose another backend with "
            "KERAS_BACKEND."
        )
    return (
        f"keras-attn needs {package}, which is not installed. Run "
        f"`pip install {package}`."
    )


def _import_quietly():
    """Import Keras, its backend and all commands; initialize the device."""
    with _standard_error_held_back():
        import keras

        keras.ops.convert_to_tensor(0.0)
        from keras_attn.cli.main import main as run
    return run


@contextlib.contextmanager
def _standard_error_held_back():
    """Hold back standard error, and print it only after a failure.

    At every start, TensorFlow logs lines about graphics cards. No setting turns
    them off, because TensorFlow logs them before it reads its settings.
    (`keras_attn.runs.quiet` does the same later. It cannot be imported yet.)
    """
    sys.stderr.flush()
    screen = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except ModuleNotFoundError:
            raise
        except Exception:
            sys.stderr.flush()
            held.seek(0)
            os.write(screen, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(screen, 2)
            os.close(screen)


if __name__ == "__main__":
    main()
