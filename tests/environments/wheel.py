"""The wheel, built once per run from a copy of the clone."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.session_cache import shared_folder

ROOT = Path(__file__).parents[2]
PACKAGES = ("keras_attn", "tensorboard_plugin_attention", "training")


def built_wheel(tmp_path_factory):
    """Returns the path of the wheel; it is built on the first call."""
    folder = shared_folder(tmp_path_factory, "wheel", _build)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _build(folder):
    # A build leaves files next to its sources, so the clone is copied.
    clone = folder / "clone"
    ignored = shutil.ignore_patterns("__pycache__")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, clone / name, ignore=ignored)
    files = ["setup.cfg", "pyproject.toml", "README.md", "LICENSE"]
    files += [path.name for path in ROOT.glob("*.py")]
    for name in files:
        shutil.copy(ROOT / name, clone)
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", folder]
    finished = subprocess.run([*command, clone], capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr
