"""The wheel in an environment that has TensorBoard and nothing else."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import time
import urllib.request
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PACKAGE = "tensorboard_plugin_attention"


def run(*command, **options):
    finished = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        **options,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """(its `bin`, {name in the wheel: bytes}, the sources' folder)."""
    folder = tmp_path_factory.mktemp("wheel")
    # A build leaves files beside what it builds; the clone stays as it is.
    clone = folder / "clone"
    for name in "keras_attn", "training", PACKAGE:
        shutil.copytree(
            ROOT / name,
            clone / name,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    for name in "setup.cfg", "pyproject.toml", "README.md", "LICENSE":
        shutil.copy(ROOT / name, clone)
    run(sys.executable, "-m", "venv", folder / "empty")
    binaries = folder / "empty" / "bin"
    pip = [binaries / "python", "-m", "pip", "--disable-pip-version-check"]
    try:
        # setuptools builds; TensorBoard needs some version of it anyway.
        pinned = ["--constraint", ROOT / "constraints.txt"]
        run(*pip, "install", *pinned, "tensorboard", "setuptools>=77")
    except AssertionError as error:
        if "No matching distribution" in str(error):
            pytest.skip("needs a package index to install TensorBoard from")
        raise
    offline = ["--no-deps", "--no-index", "--no-build-isolation"]
    run(*pip, "wheel", *offline, "--wheel-dir", folder, clone)
    (wheel,) = folder.glob("*.whl")
    run(*pip, "install", "--no-deps", "--no-index", wheel)
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return binaries, files, clone


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_page(environment):
    _, files, clone = environment
    page = {
        path.relative_to(clone).as_posix(): path.read_bytes()
        for path in (clone / PACKAGE / "static").rglob("*")
        if path.is_file()
    }
    assert f"{PACKAGE}/static/index.js" in page
    assert {name: files.get(name) for name in page} == page


@pytest.mark.slow
def test_tensorboard_finds_the_tab_by_itself(
    environment, tmp_path, write_items, items
):
    write_items(tmp_path / "logs" / "train", "t", 3, items)
    command = [environment[0] / "tensorboard", "--logdir", "logs"]
    # Its messages wait for nobody to read them in a file.
    with (
        (tmp_path / "messages").open("w+") as messages,
        subprocess.Popen(
            [*command, "--port", "0", "--host", "127.0.0.1"],
            cwd=tmp_path,
            stdout=messages,
            stderr=messages,
        ) as process,
    ):
        try:
            url = served_at(tmp_path / "messages", process)
            deadline = time.monotonic() + 60
            while not (runs := get_json(url, "tags")["runs"]):
                assert time.monotonic() < deadline
                time.sleep(0.1)
            assert runs == {"train": {"t": {"version": 1}}}
            for number, item in enumerate(items):
                route = f"blob?run=train&tag=t&step=3&item={number}"
                assert get(url, route) == item
            page = environment[1][f"{PACKAGE}/static/index.js"]
            assert get(url, "static/index.js") == page
            with urllib.request.urlopen(f"{url}data/plugins_listing") as answer:
                listing = json.load(answer)
            assert listing["attention"]["enabled"] is True
        finally:
            process.kill()


def served_at(messages, process):
    """The URL that TensorBoard prints as it starts."""
    while process.poll() is None:
        if found := re.search(r" at (http://\S+/) ", messages.read_text()):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(messages.read_text())


def get(url, route):
    with urllib.request.urlopen(
        f"{url}data/plugin/attention/{route}"
    ) as answer:
        return answer.read()


def get_json(url, route):
    return json.loads(get(url, route))
