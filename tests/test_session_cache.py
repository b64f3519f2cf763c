"""Shared folders: built once, complete or not there."""

import subprocess
import sys
import textwrap

import pytest

from tests.session_cache import shared_folder


class Factory:
    """Stands in for `tmp_path_factory`, with a base folder of this test."""

    def __init__(self, path):
        self.path = path

    def getbasetemp(self):
        return self.path


@pytest.fixture
def factory(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    return Factory(tmp_path)


def test_it_is_built_once(factory):
    built = []

    def build(folder):
        built.append(folder)
        (folder / "file").write_text("content")

    first = shared_folder(factory, "name", build)
    assert shared_folder(factory, "name", build) == first
    assert built == [first]
    assert (first / "file").read_text() == "content"
    assert shared_folder(factory, "other", build) != first


def test_workers_share_one_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    built = []
    for worker in ("gw0", "gw1"):
        (tmp_path / worker).mkdir()
        shared_folder(Factory(tmp_path / worker), "name", built.append)
    assert len(built) == 1


def test_every_user_learns_of_a_failed_build(factory):
    def build(folder):
        (folder / "half").touch()
        raise ValueError("out of luck")

    with pytest.raises(ValueError, match="out of luck"):
        shared_folder(factory, "name", build)
    assert not (factory.path / "shared" / "name").exists()
    with pytest.raises(RuntimeError, match="(?s)'name'.*out of luck"):
        shared_folder(factory, "name", build)


def test_a_skip_inside_a_build_is_a_skip_for_every_user(factory):
    for _ in range(2):
        with pytest.raises(pytest.skip.Exception):
            shared_folder(factory, "name", lambda folder: pytest.skip("no"))


def test_a_killed_build_starts_again(factory):
    """The lock of a killed process is free and its half folder goes."""
    script = """
        import os, sys
        from pathlib import Path
        from tests.session_cache import shared_folder

        class Factory:
            def getbasetemp(self):
                return Path(sys.argv[1])

        def build(folder):
            (folder / "half").touch()
            os._exit(9)

        shared_folder(Factory(), "name", build)
    """
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(factory.path)]
    )
    assert killed.returncode == 9
    folder = shared_folder(
        factory, "name", lambda folder: (folder / "whole").touch()
    )
    assert [path.name for path in folder.iterdir()] == ["whole"]
