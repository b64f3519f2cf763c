"""Environments that contain only some of the packages installed here."""

import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement


def with_dependencies(names):
    """Yields the installed distributions and all that they require."""
    seen = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # not needed on this system
        yield found
        for line in found.requires or []:
            requirement = Requirement(line)
            if not requirement.marker or requirement.marker.evaluate(
                {"extra": ""}
            ):
                waiting.append(requirement.name)


def make_environment(folder, names, wheel):
    """Makes a virtual environment without downloading or copying anything.

    Args:
        folder: Path of the new environment.
        names: List of strings, installed distributions that it gets, with
            their dependencies, as links into this environment.
        wheel: Path of a wheel that is unpacked into it without its
            dependencies, as by `pip install --no-deps`.

    Returns:
        The path of its `python`.
    """
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(command, check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    for found in with_dependencies(names):
        parts = {file.parts[0] for file in found.files} - {"..", "__pycache__"}
        for part in parts:
            target = Path(found.locate_file(part)).resolve()
            if target.exists() and not (packages / part).exists():
                (packages / part).symlink_to(target)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    return folder / "bin" / "python"
