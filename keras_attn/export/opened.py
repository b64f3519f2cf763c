"""Exported files that run, whatever their format."""

from pathlib import Path


def open_exported(path, num_threads=None):
    """Opens an exported classifier.

    Args:
        path: String or `Path`: a SavedModel's folder, a `.tflite` file or an
            `.onnx` file.
        num_threads: Positive integer, how many threads may compute; None
            leaves it to the runtime.

    Returns:
        An object with `format`, `size` in bytes, `ops` (a dictionary from the
        operators used to how often), `weights` (from a type, such as `int8`,
        to how many constants have it), `takes` (`"ids"` or `"texts"`), and
        `probabilities(x)`: int32 ids `(B, T)` padded with 0, or a list of B
        strings, to float32 `(B, C)`.

    Raises:
        FileNotFoundError: If `path` does not exist.
        ValueError: If `path` has no format that is known, is damaged or not
            one of ours, or `num_threads` is not positive.
    """
    if num_threads is not None and num_threads < 1:
        raise ValueError(
            f"`num_threads` must be positive. Received: {num_threads}."
        )
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist.")
    # Each runtime is loaded where it is needed alone.
    if (path / "saved_model.pb").exists():
        from keras_attn.export.saved_model import SavedModelFolder as Opened
    elif path.suffix == ".tflite":
        from keras_attn.export.tflite.conversion import TFLiteFile as Opened
    elif path.suffix == ".onnx":
        from keras_attn.export.onnx.conversion import ONNXFile as Opened
    else:
        raise ValueError(
            f"{path} has no format that is known: expected the folder of a "
            "SavedModel, or a file that ends with .tflite or .onnx."
        )
    return Opened(path, num_threads)
