"""A real browser before a real TensorBoard, of each way of loading logs."""

import contextlib
import os
import shutil

import pytest

from tests.plugin.browser.logs import write_logs
from tests.plugin.test_loading import tensorboard

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NAMES = ["chromium", "chromium-browser", "google-chrome"]
WAIT = 15_000  # ms


@pytest.fixture(scope="session")
def boards(tmp_path_factory):
    """boards(fast) -> `Served`: TensorBoard over the logs, all loaded."""
    folder = tmp_path_factory.mktemp("logs")
    last = write_logs(folder)
    started = {}
    with contextlib.ExitStack() as running:

        def board(fast):
            if fast not in started:
                served = running.enter_context(
                    tensorboard(folder, f"--load_fast={fast}")
                )
                for run, (tag, step) in last.items():
                    served.steps(run, tag, last=step)
                started[fast] = served
            return started[fast]

        yield board


@pytest.fixture(scope="module")
def browser():
    """A Chromium. Its event loop is in the way of others, so it ends soon."""
    api = pytest.importorskip("playwright.sync_api")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    path = found or os.environ.get("CHROMIUM")
    if path is None:
        pytest.skip(f"needs one of {', '.join(NAMES)}, or CHROMIUM, its path")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=ARGUMENTS
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_tab(browser, boards):
    """open_tab(fast="true", host=False, context={...}, **state) -> `Tab`.

    Whatever goes wrong in one of them fails the test.
    """
    from tests.plugin.browser.tab import Tab

    tabs = []
    contexts = contextlib.ExitStack()

    def opened(fast="true", host=False, context=None, served=None, **state):
        made = browser.new_context(**(context or {}))
        contexts.callback(made.close)
        made.set_default_timeout(WAIT)
        tabs.append(Tab(made.new_page(), served or boards(fast)))
        return tabs[-1].open(host, **state)

    with contexts:
        yield opened
        faults = [fault for tab in tabs for fault in tab.faults]
    assert not faults, faults
