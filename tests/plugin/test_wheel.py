"""The wheel in an environment that has TensorBoard and nothing else."""

import json
import os
import pathlib
import re
import subprocess
import time
import urllib.request
import zipfile

import pytest

from tests.environments.selected_packages import make_environment
from tests.environments.wheel import built_wheel

ROOT = pathlib.Path(__file__).parents[2]
STATIC = "tensorboard_plugin_attention/static"

# `.ci/run` installs a wheel in every run.
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The path of the wheel, built once per run."""
    return built_wheel(tmp_path_factory)


def test_the_wheel_contains_every_file_of_the_page(wheel):
    page = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in (ROOT / STATIC).rglob("*")
        if path.is_file()
    }
    assert f"{STATIC}/index.js" in page
    assert f"{STATIC}/views/maps/map.js" in page
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        found = {name: archive.read(name) for name in page if name in names}
    assert found == page


def test_tensorboard_finds_the_tab_by_itself(
    wheel, tmp_path, write_items, items
):
    write_items(tmp_path / "logs" / "train", "t", 3, items)
    python = make_environment(tmp_path / "environment", ["tensorboard"], wheel)
    command = [python, "-m", "tensorboard.main", "--logdir", "logs"]
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    # A file, because TensorBoard would block on a pipe that is not read.
    with (
        (tmp_path / "messages").open("w+") as messages,
        subprocess.Popen(
            [*command, "--port", "0", "--host", "127.0.0.1"],
            cwd=tmp_path,
            env=environ,
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
            page = (ROOT / STATIC / "index.js").read_bytes()
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
