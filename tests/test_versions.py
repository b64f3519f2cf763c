"""The pinned versions and the declared ones agree with setup.cfg."""

import configparser
import re
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).parents[1]
EXTRAS = ("onnx", "plots", "serve")


def config():
    parsed = configparser.ConfigParser()
    parsed.read(ROOT / "setup.cfg")
    return parsed


def requirements():
    """The (name, lower bound) of everything that users may install with us."""
    options = config()
    groups = [options["options"]["install_requires"]]
    groups += [options["options.extras_require"][name] for name in EXTRAS]
    for line in "\n".join(groups).splitlines():
        if line and not line.startswith("#"):
            yield line.split(">=")


def pins(path):
    """The {name: version} of a constraints file."""
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", path.read_text(), re.MULTILINE)
    return {name.lower().replace("_", "-"): Version(v) for name, v in found}


def test_the_oldest_versions_are_the_lower_bounds():
    oldest = pins(ROOT / "constraints-oldest.txt")
    for name, bound in requirements():
        assert oldest[name.lower().replace("_", "-")] == Version(bound), name


def test_both_files_pin_the_same_packages_of_users():
    newest = pins(ROOT / "constraints.txt")
    for name, bound in requirements():
        assert newest[name.lower().replace("_", "-")] >= Version(bound), name


def test_the_declared_pythons_start_at_the_lower_bound():
    options = config()
    declared = re.findall(
        r"Python :: (3\.\d+)", options["metadata"]["classifiers"]
    )
    assert options["options"]["python_requires"] == f">={declared[0]}"
    assert declared == ["3.11", "3.12", "3.13"]
