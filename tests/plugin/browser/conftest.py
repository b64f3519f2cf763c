"""A real browser in front of a real TensorBoard, for each of its loaders."""

import contextlib
import json
import os
import shutil

import pytest

from tests.plugin.browser.logs import write_logs
from tests.plugin.test_loading import tensorboard
from tests.session_cache import shared_folder

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NAMES = ["chromium", "chromium-browser", "google-chrome"]
WAIT = 15_000  # ms


@pytest.fixture(scope="session")
def logs(tmp_path_factory):
    """The folder with the logs, written once for all processes."""

    def write(folder):
        last = write_logs(folder / "logs")
        (folder / "last.json").write_text(json.dumps(last))

    return shared_folder(tmp_path_factory, "browser_logs", write)


@pytest.fixture(scope="session")
def boards(logs):
    """boards(fast) -> `Served`: TensorBoard with all logs loaded."""
    started = {}
    with contextlib.ExitStack() as running:

        def board(fast):
            if fast not in started:
                served = running.enter_context(
                    tensorboard(logs / "logs", f"--load_fast={fast}")
                )
                last = json.loads((logs / "last.json").read_text())
                for run, (tag, step) in last.items():
                    served.steps(run, tag, last=step)
                started[fast] = served
            return started[fast]

        yield board


@pytest.fixture(scope="package")
def browser():
    """A Chromium for this folder. Its event loop would disturb other tests."""
    api = pytest.importorskip("playwright.sync_api")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    path = found or os.environ.get("CHROMIUM")
    if path is None:
        pytest.skip(f"needs {', '.join(NAMES)}, or the path in CHROMIUM")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=ARGUMENTS
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def looked_at(browser):
    """One context for all tests that change nothing in the browser itself."""
    with contextlib.closing(browser.new_context()) as context:
        context.set_default_timeout(WAIT)
        yield context


@pytest.fixture
def open_tab(browser, boards, looked_at):
    """open_tab(fast="true", host=False, context={...}, **state) -> `Tab`.

    A `context` opens the tab in a browser context of its own. The test fails
    if the console of a tab shows an error.
    """
    from tests.plugin.browser.tab import Tab

    tabs = []
    opened = contextlib.ExitStack()

    def open_(fast="true", host=False, context=None, served=None, **state):
        if context is None:
            page = looked_at.new_page()
            opened.callback(page.close)
        else:
            made = browser.new_context(**context)
            opened.callback(made.close)
            made.set_default_timeout(WAIT)
            page = made.new_page()
        tabs.append(Tab(page, served or boards(fast)))
        return tabs[-1].open(host, **state)

    with opened:
        yield open_
        faults = [fault for tab in tabs for fault in tab.faults]
    assert not faults, faults
