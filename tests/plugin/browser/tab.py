"""The page as a user sees it, and the errors in its console."""

import csv
import pathlib
import re
import urllib.parse

import pytest

expect = pytest.importorskip(
    "playwright.sync_api", reason="playwright drives the browser"
).expect
expect.set_options(timeout=15_000)

VIEWS = ["model", "head", "heatmap", "text", "aggregate", "compare", "trend"]
# TensorBoard loads a library twice; outside of it there is no icon.
KNOWN = ("Three.js", "/favicon.ico")
STATE = "p.attention."
# The page sets a mark each time it has drawn a view.
DRAWN = "() => performance.getEntriesByName('attention:drawn').length"
WAIT = f"""async (root, before) => {{
  const drawn = {DRAWN};
  while (drawn() <= before && !root.querySelector("[role=alert]")) {{
    await new Promise(requestAnimationFrame);
  }}
}}"""


def hash_of(state):
    """The hash of a state in the page's own form."""
    parts = [
        f"{STATE}{name}={urllib.parse.quote(str(value), safe='')}"
        for name, value in state.items()
    ]
    return "#" + "&".join(["attention", *parts])


class Tab:
    """One browser page, inside TensorBoard or on its own.

    Args:
        page: Of playwright.
        served: A `Served`, see `tests/plugin/test_loading.py`.
    """

    def __init__(self, page, served):
        self.page = page
        self.served = served
        self.faults = []
        self.expected = KNOWN
        self.root = page
        page.on("console", self._told)
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _told(self, message):
        text = f"{message.text} ({message.location['url']})"
        if message.type == "error" and not any(
            word in text for word in self.expected
        ):
            self.faults.append(text)

    def open(self, host=False, empty=False, **state):
        """Opens the tab at a state, on its own or inside TensorBoard."""
        base = self.served.url
        if host:
            self.page.goto(base + hash_of(state))
            self.in_host()
        else:
            path = "data/plugin_entry.html?name=attention"
            self.page.goto(base + path + hash_of(state))
        return self if empty else self.ready()

    def in_host(self):
        self.root = self.page.frame_locator('iframe[src*="name=attention"]')

    def ready(self):
        expect(self.find("main")).to_have_attribute("aria-busy", "false")
        return self

    def find(self, selector, **options):
        return self.root.locator(selector, **options)

    def role(self, role, name=None, **options):
        return self.root.get_by_role(role, name=name, **options)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def view(self, name):
        """Opens a view and waits until it is drawn."""
        drawn = self.find("html").evaluate(DRAWN)
        self.find(f"#attention-tab-{name}").click()
        self.find("html").evaluate(WAIT, drawn)
        return self.shows(name)

    def shows(self, name):
        tab = self.find(f"#attention-tab-{name}")
        expect(tab).to_have_attribute("aria-selected", "true")
        return self.ready()

    def step(self, step):
        expect(self.find("output.step b")).to_have_text(f"step {step}")
        return self.ready()

    def table(self, **options):
        """(caption, columns, rows) of the table twin, which must be open."""
        table = self.find("table.twin")
        expect(table).to_be_visible()
        return table.evaluate(
            """(table) => {
              const texts = (row) => [...row.cells].map((c) => c.textContent);
              return [table.caption.textContent, texts(table.tHead.rows[0]),
                [...table.tBodies[0].rows].map(texts)];
            }"""
        )

    def csv(self):
        """The rows of the saved CSV as dicts of strings."""
        with self.page.expect_download() as download:
            self.role("button", "Save as CSV").click()
        text = pathlib.Path(download.value.path()).read_text("utf-8-sig")
        return list(csv.DictReader(text.splitlines()))


def number(text):
    """The last number in a text."""
    return float(re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?", text)[-1])


def near(expected):
    """Equal within the four digits that the page shows."""
    return pytest.approx(expected, rel=6e-4, abs=1e-5)
