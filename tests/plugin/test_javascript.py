"""The page's JavaScript, tested in node; its arithmetic against NumPy."""

import json
import pathlib
import shutil
import subprocess

import pytest

from tests.plugin.js import fixtures

FOLDER = pathlib.Path(fixtures.__file__).parent


def node():
    """The path of node: the system's, or the one inside playwright."""
    if found := shutil.which("node"):
        return found
    driver = pytest.importorskip(
        "playwright._impl._driver", reason="needs node, and finds none"
    )
    try:
        return driver.compute_driver_executable()[0]
    except (AttributeError, LookupError, OSError):
        pytest.skip("needs node; playwright's own is not where it was")


@pytest.mark.slow
def test_the_pages_javascript():
    finished = subprocess.run(
        [node(), "--test", *map(str, sorted(FOLDER.glob("*.test.js")))],
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_the_fixtures_are_what_their_script_writes(new_process):
    written = json.loads((FOLDER / "fixtures.json").read_text())
    # In its own process, because the numbers come from one generator.
    script = f"""
import json, runpy
found = runpy.run_path({str(FOLDER / "fixtures.py")!r})
print(json.dumps(found["plain"](found["fixtures"]())))
"""
    computed = json.loads(new_process(script))
    assert plain(computed) == plain(written)


def plain(value, path=""):
    """(path, number) pairs, the numbers to what any processor agrees on."""
    if isinstance(value, dict):
        value = value.items()
    elif isinstance(value, list):
        value = enumerate(value)
    else:
        number = isinstance(value, float)
        return {path: pytest.approx(value, rel=1e-6) if number else value}
    return {
        place: leaf
        for key, inner in value
        for place, leaf in plain(inner, f"{path}/{key}").items()
    }
