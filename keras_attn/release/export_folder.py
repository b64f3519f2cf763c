"""An export folder on disk: which files belong to it, and how to replace it."""

import contextlib
import json
import os
import tempfile
from pathlib import Path

from keras_attn.export.formats import FORMATS, QUANTIZATIONS
from keras_attn.runs.errors import UserError

_PARITY = "parity.json"
_OTHER_FILES = ("README.md", "classify.py", _PARITY)
_CACHE = "__pycache__"  # from importing classify.py, as the model card shows
_SAVED_MODEL_FILES = (
    "saved_model.pb",
    "MLmodel",
    "assets",
    "variables",
    "variables/variables.index",
    "variables/variables.data-00000-of-00001",
)


def require_replaceable(path, overwrite):
    """Check that an export can be written to a path without losing files.

    Args:
        path: `Path` of the export folder.
        overwrite: Boolean, whether an earlier export may be replaced.

    Raises:
        UserError: If `path` is not a folder, contains anything that is not
            part of an export, or contains an export and `overwrite` is false.
    """
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise UserError(f"{path} is not a folder. Choose another --out.")
    if not path.exists():
        return
    foreign = first_foreign(path)
    if foreign:
        raise UserError(
            f"{path} contains {foreign}, which is not part of an export. The "
            "folder was not changed. Choose another --out."
        )
    if not overwrite:
        raise UserError(
            f"{path} exists. Use --overwrite to replace it, or choose another "
            "--out."
        )


def first_foreign(path):
    """Find a file that is not part of an export.

    Args:
        path: `Path` of a folder, which may be missing.

    Returns:
        The name of the first such file, relative to `path`. None if the
        folder contains only an export, or nothing.
    """
    expected = {
        *_OTHER_FILES,
        *(f.file_name(q) for f in FORMATS.values() for q in QUANTIZATIONS),
        *(f"saved_model/{name}" for name in _SAVED_MODEL_FILES),
    }
    present = {
        str(p.relative_to(path))
        for p in path.rglob("*")
        if p.name != _CACHE and not p.match(f"{_CACHE}/classify.*.pyc")
    }
    foreign = present - expected
    if present and not foreign and not _is_parity(path / _PARITY):
        foreign = present  # names alone do not make a folder an export
    return min(foreign, default=None)


def _is_parity(path):
    """Whether a file is the `parity.json` of an export."""
    try:
        parity = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(parity, dict) and {"files", "versions"} <= parity.keys()


@contextlib.contextmanager
def replaced(path):
    """Yield an empty folder that replaces `path` when the block ends.

    If the block raises an error, the new folder is removed and `path` is
    unchanged. If the process is killed between the two renames, `path` is
    missing, and a folder `.unfinished-...` next to it contains the complete old
    and new folders.

    Args:
        path: `Path` of the folder to create or replace. Missing parents are
            created.

    Yields:
        `Path` of the empty folder, next to `path`.

    Raises:
        UserError: If `path` cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = tempfile.TemporaryDirectory(
            prefix=".unfinished-", dir=path.parent
        )
    except OSError as error:
        raise UserError(
            f"{path} cannot be written to: {error.strerror}. Choose another "
            "--out."
        ) from None
    with unfinished:
        new = Path(unfinished.name) / "new"
        old = Path(unfinished.name) / "old"
        new.mkdir()
        yield new
        try:
            if path.exists():
                os.rename(path, old)
            os.rename(new, path)
        except BaseException:
            if old.exists() and not path.exists():
                os.rename(old, path)
            raise
