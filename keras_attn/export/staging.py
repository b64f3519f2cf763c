"""Files that appear under their final name whole, or not at all."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path


@contextlib.contextmanager
def staged(path, ending=""):
    """Gives a place to write to, and moves it to `path` at the end.

    If the body raises, what it wrote is removed and `path` stays absent.

    Args:
        path: String or `Path` of the file or folder to be made. Its parents
            are made where missing.
        ending: String that its name must end in, such as `".onnx"`. Defaults
            to none.

    Yields:
        A `Path` of the same name, in a temporary folder beside `path`.

    Raises:
        FileExistsError: If `path` exists.
        ValueError: If `path` has another ending.
    """
    path = Path(path)
    # What is opened later is known by its ending.
    if not path.name.endswith(ending):
        raise ValueError(f"`path` must end in {ending}. Received: {path}.")
    if path.exists():
        raise FileExistsError(
            f"{path} exists and is not overwritten. Remove it, or choose "
            "another path."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = tempfile.mkdtemp(prefix=".unfinished-", dir=path.parent)
    try:
        staging = Path(folder) / path.name
        yield staging
        os.replace(staging, path)
    finally:
        shutil.rmtree(folder)
