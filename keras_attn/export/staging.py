"""Writing a file or folder completely, or not at all."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path


@contextlib.contextmanager
def staged(path, suffix=""):
    """Yield a temporary path that is moved to `path` at the end.

    If the body raises an error, everything it wrote is removed and `path` does
    not exist.

    Args:
        path: String or `Path` of the file or folder to create. Missing parent
            folders are created.
        suffix: String, the required end of the name, such as `".onnx"`.
            Defaults to `""`.

    Yields:
        A `Path` with the same name, in a temporary folder next to `path`.

    Raises:
        FileExistsError: If `path` exists.
        ValueError: If `path` does not end in `suffix`.
    """
    path = Path(path)
    # `open_exported` recognizes the format by the suffix.
    if not path.name.endswith(suffix):
        raise ValueError(f"`path` must end in {suffix}. Received: {path}.")
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
