"""Opening an exported model of any format."""

from pathlib import Path

from keras_attn.export.formats import FORMATS
from keras_attn.export.requirements import require_packages


def open_exported(path, num_threads=None):
    """Open an exported classifier.

    Args:
        path: String or `Path` of a SavedModel folder, a `.tflite` file or an
            `.onnx` file.
        num_threads: Positive integer, the number of threads to compute with.
            Defaults to `None`: the runtime decides.

    Returns:
        An object with these members:

        - `format`: String, a name of `keras_attn.export.formats.FORMATS`.
        - `takes`: String, `"ids"` or `"texts"`.
        - `size`: Integer, in bytes.
        - `ops`: Dictionary from operator names to how often each occurs.
        - `weights`: Dictionary from types, such as `"int8"`, to the number of
          constants of that type.
        - `probabilities(x)`: maps int32 ids `(B, T)` padded with 0, or a list
          of B strings, to float32 `(B, C)`.
        - `explain(x)`: returns a dictionary of `probabilities` and the
          attention of each layer, `attention_0`, ...

    Raises:
        FileNotFoundError: If `path` does not exist.
        ImportError: If a package that the format needs is missing.
        ValueError: If the format of `path` is unknown, the file is damaged or
            was not exported by keras_attn, or `num_threads` is not positive.
    """
    if num_threads is not None and num_threads < 1:
        raise ValueError(
            "`num_threads` must be a positive integer. Received: "
            f"num_threads={num_threads}."
        )
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist.")
    format = _format_of(path)
    require_packages(format, "open_exported", format.reader_packages)
    return format.reader_class()(path, num_threads)


def _format_of(path):
    if (path / "saved_model.pb").exists():
        return FORMATS["saved_model"]
    suffixes = {f.suffix: f for f in FORMATS.values() if f.suffix}
    if path.suffix not in suffixes:
        raise ValueError(
            f"{path} has an unknown format. Expected: a SavedModel folder, or "
            f"a file that ends in {' or '.join(suffixes)}."
        )
    return suffixes[path.suffix]
