"""The HTML file that contains the page, read as text."""

import base64
import html.parser
import json
import re

import numpy as np
import pytest

from tensorboard_plugin_attention import attention_html
from tensorboard_plugin_attention.format import read_event

WEIGHTS = np.full((1, 2, 3, 3), 1 / 3)
TOKENS = [["a", "good", "dog"]]
IMPORT = re.compile(r'(?:\bfrom\s+|\bimport\s*\(\s*)["\'`]([^"\'`]+)')


class Page(html.parser.HTMLParser):
    """The elements of a page: (name, attributes, text of scripts)."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append([tag, dict(attrs), ""])

    def handle_data(self, data):
        if self.elements:
            self.elements[-1][2] += data

    def script(self, kind):
        (found,) = [
            text
            for tag, attributes, text in self.elements
            if tag == "script" and attributes.get("type") == kind
        ]
        return found


@pytest.fixture
def page(tmp_path):
    """page(...) -> `Page` of the file that `attention_html` wrote."""

    def page(weights=WEIGHTS, tokens=TOKENS, **details):
        path = tmp_path / "page.html"
        attention_html(weights, tokens, path, overwrite=True, **details)
        return Page(path.read_text("utf-8"))

    return page


def modules(page):
    """The sources in the import map, by name."""
    start = "data:text/javascript;base64,"
    return {
        name: base64.b64decode(url.removeprefix(start)).decode()
        for name, url in json.loads(page.script("importmap"))["imports"].items()
    }


def test_a_file_is_replaced_only_with_overwrite(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="Pass `overwrite=True`"):
        attention_html(WEIGHTS, TOKENS, path)
    assert path.read_text() == "mine"
    assert attention_html(WEIGHTS, TOKENS, path, overwrite=True) == []
    assert path.read_text("utf-8").startswith("<!doctype html>")


def test_wrong_weights_leave_no_file(tmp_path):
    path = tmp_path / "page.html"
    with pytest.raises(ValueError, match="`tokens` has 2"):
        attention_html(WEIGHTS, TOKENS * 2, path)
    assert not path.exists()


def test_notices_say_what_is_left_out(tmp_path):
    path = tmp_path / "page.html"
    notices = attention_html(WEIGHTS, TOKENS, path, max_tokens=2)
    assert len(notices) == 1 and "first 2 of 3 tokens" in notices[0]


def test_the_data_come_back(page):
    data = json.loads(page(title="Ours").script("application/json"))
    assert data["tags"] == [{"run": "Ours", "tag": "attention", "version": 1}]
    assert list(data["steps"]) == ["Ours\nattention"]
    blobs = [base64.b64decode(blob) for blob in data["blobs"].values()]
    assert list(data["blobs"]) == [
        f"Ours\nattention\n0\n{item}" for item in range(len(blobs))
    ]
    event = read_event(blobs)
    assert event.manifest["examples"][0]["tokens"] == TOKENS[0]
    np.testing.assert_allclose(event.weights[0, 0], WEIGHTS[0], atol=7.7e-6)


@pytest.mark.parametrize(
    "text",
    [
        "</script><script>alert(1)</script>",
        "</title><img src=x onerror=alert(1)>",
        "<!--<script>",
        "\"'&amp;\u2028\u202e",
        "{policy} {0} %s \\",
    ],
)
def test_no_text_becomes_markup(page, text):
    plain = [tag for tag, *_ in page().elements]
    found = page(tokens=[[text, text, "dog"]], title=text)
    assert [tag for tag, *_ in found.elements] == plain
    (title,) = [words for tag, _, words in found.elements if tag == "title"]
    assert title.strip() == text
    data = json.loads(found.script("application/json"))
    assert data["tags"][0]["run"] == text


def test_every_import_is_a_module_of_the_file(page):
    found = modules(page())
    assert {"attention/index.js", "attention/views/trend.js"} <= set(found)
    for name, source in found.items():
        for wanted in IMPORT.findall(source):
            assert wanted in found, f"{name} imports {wanted}"


def test_nothing_is_fetched(page):
    whole = page()
    policy = whole.elements[4][1]
    assert policy["http-equiv"] == "Content-Security-Policy"
    rules = dict(r.strip().split(" ", 1) for r in policy["content"].split(";"))
    assert rules["default-src"] == "'none'" and "connect-src" not in rules
    for tag, attributes, text in whole.elements:
        assert not {"src", "href"} & set(attributes), tag
        if tag == "style":
            assert "url(" not in text and "@import" not in text
    for name, source in modules(whole).items():
        for url in re.findall(r"https?://[^\s\"'`]+", source):
            # A namespace, which is not loaded, or a link to click.
            assert url in (
                "http://www.w3.org/2000/svg",
                "https://arxiv.org/abs/1902.10186",
            ), f"{name}: {url}"


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("failure", ["title", "disk"])
def test_a_failed_write_leaves_what_was_there(
    tmp_path, monkeypatch, overwrite, failure
):
    path = tmp_path / "maps.html"
    if overwrite:
        path.write_text("mine")

    def full(self, content):
        with open(self, "wb") as file:
            file.write(content[:10])
        raise OSError(28, "No space left on device")

    if failure == "disk":
        monkeypatch.setattr(type(path), "write_bytes", full)
    title, error = {
        "title": ("half \ud800", ValueError),
        "disk": ("whole", OSError),
    }[failure]
    with pytest.raises(error, match="`title` must be text|No space left"):
        attention_html(WEIGHTS, TOKENS, path, title=title, overwrite=overwrite)
    found = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert found == ({"maps.html": "mine"} if overwrite else {})
