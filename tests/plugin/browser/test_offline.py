"""The file of `attention_html`, opened without a network."""

import numpy as np
import pytest

from tensorboard_plugin_attention import attention_html
from tests.plugin.browser.logs import DETAILS, DOG, LAYERS, TOKENS, maps_at
from tests.plugin.browser.tab import VIEWS, Tab, expect

pytestmark = pytest.mark.slow

MAPS = maps_at(5)


@pytest.fixture
def open_file(browser, tmp_path):
    """open_file(weights, tokens, ...) -> `Tab` on the file, offline."""
    contexts, tabs, asked = [], [], []

    def opened(weights, tokens, **details):
        path = tmp_path / "maps.html"
        attention_html(weights, tokens, path, overwrite=True, **details)
        contexts.append(browser.new_context(offline=True))
        page = contexts[-1].new_page()
        page.on("request", lambda request: asked.append(request.url))
        tabs.append(Tab(page, None))
        page.goto(path.as_uri())
        return tabs[-1].ready()

    yield opened
    faults = [fault for tab in tabs for fault in tab.faults]
    for context in contexts:
        context.close()
    assert not faults, faults
    away = [url for url in asked if not url.startswith(("file:", "data:"))]
    assert not [url for url in away if not url.startswith("blob:")]


def test_every_view_opens_offline(open_file):
    tab = open_file(MAPS, TOKENS, title="Ours & <b>theirs</b>", **DETAILS)
    expect(tab.page).to_have_title("Ours & <b>theirs</b>")
    expect(tab.find(".model-tile")).to_have_count(6)
    for view in VIEWS:
        tab.view(view)
        expect(tab.find("#attention-view > div")).to_be_visible()
        expect(tab.find("[role=alert]")).to_have_count(0)
    assert (
        tab.find(".opener").first.evaluate(
            "(node) => getComputedStyle(node).borderRadius"
        )
        != "0px"
    )


def test_the_numbers_are_those_given(open_file):
    tab = open_file(MAPS, TOKENS, **DETAILS)
    tab.view("heatmap")
    tab.press(".", ".", ".")
    expect(tab.find("figcaption")).to_have_text("block_1, head 1")
    found = {(r["from"], r["to"]): float(r["weight"]) for r in tab.csv()}
    expected = MAPS[LAYERS[1]][0, 1]
    np.testing.assert_allclose(
        [[found[a, b] for b in DOG] for a in DOG], expected[:7, :7], atol=1e-5
    )


@pytest.mark.long
def test_a_link_into_the_file_shows_the_same(open_file):
    tab = open_file(MAPS, TOKENS, **DETAILS)
    tab.view("text")
    tab.press("}", "t")
    tab.page.wait_for_url("**table=true*")
    expect(tab.find("table.twin tbody tr")).to_have_count(8)
    before = tab.table()
    tab.page.reload()
    tab.shows("text")
    assert tab.table() == before


def test_tokens_that_would_end_a_script_are_harmless(open_file):
    tokens = ["</script>", "<!--<script>", "<img src=x onerror=window.bad=1>"]
    weights = np.full((1, 1, 3, 3), 1 / 3)
    tab = open_file(weights, [tokens], title="</title><script>window.bad=1")
    tab.view("text")
    expect(tab.find(".text-view .token")).to_have_text(tokens)
    expect(tab.find("img")).to_have_count(0)
    assert tab.page.evaluate("window.bad === undefined")
