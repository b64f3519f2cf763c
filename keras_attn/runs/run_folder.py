"""The folder of a training run: what is in it, and when it may be written."""

import json
import os
import shutil
import tempfile
from pathlib import Path

from keras_attn.release.export_folder import first_foreign
from keras_attn.runs.errors import UserError


class RunDir:
    """Where the files of a run are.

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
        self.unfinished = self.path / "unfinished"  # until the run ends
        self.data = self.unfinished / "data.sha256"

    def is_finished(self):
        return self.result.exists()

    def is_started(self):
        return self.recipe.exists() and (
            self.is_finished() or self.unfinished.exists()
        )

    def require_free(self, resume, overwrite):
        """Refuses a folder that a new run would damage, or cannot resume.

        Args:
            resume: Boolean, whether the caller wants to go on with a run.
            overwrite: Boolean, whether an earlier run may be replaced.

        Raises:
            UserError: If the folder holds a run and neither was said, holds
                something else, or holds nothing to resume; or if files that
                no run wrote would be replaced.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"{self.path} is a file; a run needs a folder.")
        used = self.path.exists() and any(self.path.iterdir())
        if used and not self.is_started():
            raise UserError(
                f"{self.path} holds files that are no training run; they are "
                "left alone. Choose another --run_dir."
            )
        if resume and not used:
            raise UserError(f"{self.path} holds no run to resume.")
        if resume and self.is_finished():
            raise UserError(f"The run in {self.path} is finished.")
        if overwrite:
            self._require_only_ours()
        if not used or resume or overwrite:
            self._require_writable()
            return
        if self.is_finished():
            raise UserError(
                f"{self.path} holds a finished run. Choose another --run_dir, "
                "or say --overwrite to replace it."
            )
        raise UserError(
            f"{self.path} holds an unfinished run. Say --resume to go on with "
            "it, or --overwrite to begin again."
        )

    def _require_only_ours(self):
        """Refuses folders that are replaced whole, and hold a user's files."""
        foreign = [
            path
            for path in sorted(self.logs.rglob("*"))
            if path.is_file() and not path.match("events.out.tfevents.*")
        ]
        exported = first_foreign(self.export)
        if exported:
            foreign.append(self.export / exported)
        if foreign:
            raise UserError(
                f"{foreign[0]} was written by no training run, and is left "
                "alone. Move it away, or choose another --run_dir."
            )

    def require_data(self, sha256):
        """Refuses to go on with a run on other data than it began with.

        Raises:
            UserError: If `sha256` is not the fingerprint it began with.
        """
        if not self.data.exists() or self.data.read_text() != sha256:
            raise UserError(
                f"The data are no longer those that the run in {self.path} "
                "began with. Put them back, or say --overwrite to begin again."
            )

    def _require_writable(self):
        """Finds out before the training, by writing, and leaves nothing."""
        nearest = self.path
        while not nearest.exists():
            nearest = nearest.parent
        try:
            with tempfile.TemporaryFile(dir=nearest):
                pass
        except OSError as error:
            raise UserError(
                f"{self.path} cannot be written to: {error.strerror}. Choose "
                "another --run_dir."
            ) from None

    def clear(self):
        """Removes what an earlier run left, and nothing else."""
        for path in (self.logs, self.export):
            shutil.rmtree(path, ignore_errors=True)
        for path in (self.model, self.history):
            path.unlink(missing_ok=True)
        # What makes the folder a run goes last: stopped here, it still is one.
        shutil.rmtree(self.unfinished, ignore_errors=True)
        for path in (self.result, self.recipe):
            path.unlink(missing_ok=True)

    def read_result(self):
        """What `result.json` says, as a dictionary; None if there is none."""
        if not self.is_finished():
            return None
        return json.loads(self.result.read_text(encoding="utf-8"))

    def write_result(self, result):
        """Writes `result.json`, whole or not at all: it marks the end."""
        partial = self.unfinished / "result.json"
        text = json.dumps(result, indent=2, ensure_ascii=False)
        partial.write_text(text + "\n", encoding="utf-8")
        os.replace(partial, self.result)
        shutil.rmtree(self.unfinished)
