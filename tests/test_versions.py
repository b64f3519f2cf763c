"""The versions that are tested are the versions that setup.cfg allows."""

import configparser
import re
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).parents[1]


def requirements():
    """The (name, lower bound) of everything that users install with us."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    lines = config["options"]["install_requires"].splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            yield line.split(">=")


def pins(path):
    """The {name: version} of a constraints file."""
    found = re.findall(r"^([\w.-]+)==(\S+)$", path.read_text(), re.MULTILINE)
    return {name.lower().replace("_", "-"): Version(v) for name, v in found}


def test_the_oldest_versions_are_the_lower_bounds():
    oldest = pins(ROOT / "constraints-oldest.txt")
    for name, bound in requirements():
        assert oldest[name.lower().replace("_", "-")] == Version(bound), name


def test_both_sets_pin_the_same_packages_of_users():
    newest = pins(ROOT / "constraints.txt")
    for name, bound in requirements():
        assert newest[name.lower().replace("_", "-")] >= Version(bound), name
