"""The folder of a training run: its files, and when it may be written to."""

import json
import os
import shutil
import tempfile
from pathlib import Path

from keras_attn.runs.errors import UserError


class RunFolder:
    """The paths of all files of a run.

    Args:
        path: String or `Path` of the folder.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.model = self.path / "model.keras"
        self.recipe = self.path / "recipe.yaml"
        self.result = self.path / "result.json"
        self.history = self.path / "history.csv"
        self.logs = self.path / "logs"
        self.export = self.path / "export"
        self.evaluation = self.path / "evaluation"
        self.unfinished = self.path / "unfinished"  # until the run ends
        self.data = self.unfinished / "data.sha256"

    def is_finished(self):
        return self.result.exists()

    def is_started(self):
        return self.recipe.exists() and (
            self.is_finished() or self.unfinished.exists()
        )

    def require_free(self, resume, overwrite):
        """Check that a run can start, or resume, without losing any file.

        The contents of `export` and `evaluation` are not checked: this module
        does not know what they contain.

        Args:
            resume: Boolean, whether to continue a stopped run.
            overwrite: Boolean, whether an earlier run may be replaced.

        Raises:
            UserError: If the folder contains files that no run wrote, a run
                while both arguments are false, or no run to resume; or if it
                cannot be written to.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"{self.path} is a file. A run needs a folder.")
        used = self.path.exists() and any(self.path.iterdir())
        if used and not self.is_started():
            raise UserError(
                f"{self.path} contains files but no training run. Nothing was "
                "changed. Choose another `--run_dir`."
            )
        if resume and not used:
            raise UserError(f"{self.path} contains no run to resume.")
        if resume and self.is_finished():
            raise UserError(f"The run in {self.path} is already finished.")
        if overwrite:
            self._require_own_logs()
        if not used or resume or overwrite:
            self._require_writable()
            return
        if self.is_finished():
            raise UserError(
                f"{self.path} contains a finished run. Choose another "
                "`--run_dir`, or pass `--overwrite` to replace it."
            )
        raise UserError(
            f"{self.path} contains an unfinished run. Pass `--resume` to "
            "continue it, or `--overwrite` to start again."
        )

    def _require_own_logs(self):
        """Check that `logs`, to be removed, contains only event files."""
        for path in sorted(self.logs.rglob("*")):
            if path.is_file() and not path.match("events.out.tfevents.*"):
                raise UserError(
                    f"{path} was not written by a training run. Nothing was "
                    "changed. Move it, or choose another `--run_dir`."
                )

    def _require_writable(self):
        """Write a temporary file, so that a failure occurs before training."""
        nearest = self.path
        while not nearest.exists():
            nearest = nearest.parent
        try:
            with tempfile.TemporaryFile(dir=nearest):
                pass
        except OSError as error:
            raise UserError(
                f"{self.path} cannot be written to: {error.strerror}. Choose "
                "another `--run_dir`."
            ) from None

    def require_data(self, sha256):
        """Check that the data is the same as when the run began.

        Raises:
            UserError: If `sha256` is not the fingerprint stored then.
        """
        if not self.data.exists() or self.data.read_text() != sha256:
            raise UserError(
                f"The data has changed since the run in {self.path} began. "
                "Restore it, or pass `--overwrite` to start again."
            )

    def clear(self):
        """Remove the files of an earlier run, `export` included."""
        for path in (self.logs, self.export, self.evaluation):
            shutil.rmtree(path, ignore_errors=True)
        for path in (self.model, self.history):
            path.unlink(missing_ok=True)
        # The files that mark a run come last: after an interruption, the folder
        # still counts as a run.
        shutil.rmtree(self.unfinished, ignore_errors=True)
        for path in (self.result, self.recipe):
            path.unlink(missing_ok=True)

    def read_result(self):
        """The content of `result.json`, or None if the run is not finished."""
        if not self.is_finished():
            return None
        return json.loads(self.result.read_text(encoding="utf-8"))

    def write_result(self, result):
        """Write `result.json`, completely or not at all. This ends the run."""
        partial = self.unfinished / "result.json"
        text = json.dumps(result, indent=2, ensure_ascii=False)
        partial.write_text(text + "\n", encoding="utf-8")
        os.replace(partial, self.result)
        shutil.rmtree(self.unfinished)
