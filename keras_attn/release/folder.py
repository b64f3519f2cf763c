"""The folder of an export: its files, and when it may be written."""

import contextlib
import json
import os
import tempfile
from pathlib import Path

from keras_attn.export.formats import FORMATS, QUANTIZATIONS
from keras_attn.runs.errors import UserError

_PROOF = "parity.json"
_OTHER_FILES = ("README.md", "classify.py", _PROOF)
# Left by whoever imports classify.py, as the card says.
_COMPILED = "__pycache__"
_SAVED_MODEL = (
    *("saved_model.pb", "MLmodel", "assets", "variables"),
    *("variables/variables.index", "variables/variables.data-00000-of-00001"),
)


def require_replaceable(path, overwrite):
    """Refuses a folder that an export would damage.

    Args:
        path: `Path`.
        overwrite: Boolean, whether an earlier export may be replaced.

    Raises:
        UserError: If `path` is a file, holds anything that no export wrote,
            or holds an export and `overwrite` is false.
    """
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise UserError(f"{path} is no folder. Choose another --out.")
    if not path.exists():
        return
    foreign = first_foreign(path)
    if foreign:
        raise UserError(
            f"{path} holds {foreign}, which no export wrote; the folder is "
            "left alone. Choose another --out."
        )
    if not overwrite:
        raise UserError(
            f"{path} exists. Say --overwrite to replace it, or choose another "
            "--out."
        )


def first_foreign(path):
    """The name of a file in a folder that no export wrote; None if all did.

    Args:
        path: `Path` of a folder.
    """
    ours = {
        *_OTHER_FILES,
        *(
            format.file_name(quantize)
            for format in FORMATS.values()
            for quantize in QUANTIZATIONS
        ),
        *(f"saved_model/{name}" for name in _SAVED_MODEL),
    }
    there = {
        str(p.relative_to(path))
        for p in path.rglob("*")
        if p.name != _COMPILED and not p.match(f"{_COMPILED}/classify.*.pyc")
    }
    foreign = there - ours
    if there and not foreign and not _is_proof(path / _PROOF):
        foreign = there
    return min(foreign, default=None)


def _is_proof(path):
    """Whether an export left it: names alone do not make a folder ours."""
    try:
        proof = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(proof, dict) and {"files", "versions"} <= proof.keys()


@contextlib.contextmanager
def replaced(path):
    """Gives a folder to fill; at the end it takes the place of `path`.

    If the body raises, what it wrote is removed, and `path` stays as it was.
    Only a process killed between two renames leaves `path` absent; the old and
    the new folder then stand whole in a folder `.unfinished-...` beside it.

    Args:
        path: `Path` of the folder to be made or replaced. Its parents are
            made where missing.

    Yields:
        A `Path` of an empty folder, beside `path`.

    Raises:
        UserError: If nothing can be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = tempfile.TemporaryDirectory(
            prefix=".unfinished-", dir=path.parent
        )
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror}. Choose another --out."
        ) from None
    with beside:
        new, old = Path(beside.name) / "new", Path(beside.name) / "old"
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
