"""Everything works without a mouse."""

import pytest

from tests.plugin.browser.logs import DOG, PLAIN, STEPS, weights_of
from tests.plugin.browser.tab import VIEWS, expect

pytestmark = pytest.mark.slow

TABS = 80  # more than there are stops on any page


def tab_to(tab, selector):
    """Presses Tab until the focused element matches the selector."""
    wanted = tab.find(f"{selector}:focus")
    for _ in range(TABS):
        tab.press("Tab")
        if wanted.count():
            return wanted
    raise AssertionError(f"Tab does not reach {selector}.")


def opener(tab, name):
    return tab.find(".popup .opener", has_text=name)


def test_the_whole_tab_is_used_by_keyboard(open_tab):
    tab = open_tab(host=True, run="train")
    for _ in range(TABS):
        tab.press("Tab")
        if tab.page.evaluate("document.activeElement.tagName") == "IFRAME":
            break
    tab_to(tab, ".tabs [role=tab]")
    for view in [*VIEWS[1:], VIEWS[0]]:
        tab.press("ArrowRight")
        tab.shows(view)
    for key, view in enumerate(VIEWS, 1):
        tab.press(str(key))
        tab.shows(view)
        expect(tab.find("#attention-view > div")).to_be_visible()
    tab.press("?")
    expect(tab.role("dialog", "Keyboard shortcuts")).to_be_visible()
    tab.press("Escape")
    expect(tab.role("dialog", "Keyboard shortcuts")).to_have_count(0)
    tab.press("[", "[", "]")
    tab.step(STEPS[-2])
    tab.press("}")
    expect(opener(tab, "Text")).to_contain_text("window.hacked")
    tab.press("{")
    expect(opener(tab, "Text")).to_contain_text("the dog did not")
    for key, head in (".", "head 1"), (".", "block_1, head 0"), (",", "head 1"):
        tab.press(key)
        expect(opener(tab, "Heads")).to_contain_text(head)
    tab.press("t")
    expect(tab.find("table.twin")).to_be_visible()
    tab.press("t")
    expect(tab.find("table.twin")).to_have_count(0)


@pytest.mark.long
def test_a_head_is_chosen_in_the_grid_by_keyboard(open_tab):
    tab = open_tab(run="train")
    tab_to(tab, ".model-tile")
    tab.press("ArrowDown", "ArrowRight", " ")
    tile = tab.find('.model-tile[data-id="1.1"]')
    expect(tile).to_be_focused()
    expect(tile).to_have_attribute("aria-selected", "true")
    expect(opener(tab, "Heads")).to_contain_text("block_1, head 1")
    expect(tab.find(".model .maps-say")).to_contain_text(
        "Layer block_1, head 1, entropy"
    )
    tab.press("ArrowUp", "Shift+Enter")
    expect(opener(tab, "Heads")).to_contain_text("block_1, head 1 +1")
    above = tab.find('.model-tile[data-id="0.1"]')
    expect(above).to_have_attribute("aria-selected", "true")
    tab.press("Enter")
    tab.shows("heatmap")
    expect(tab.find("figcaption").first).to_have_text("block_0, head 1")


# Two keys before the page can react in between.
QUICK = """(tile) => {
  for (const shiftKey of [true, false]) {
    tile.dispatchEvent(new KeyboardEvent("keydown",
      { key: "Enter", shiftKey, bubbles: true, cancelable: true }));
  }
}"""


@pytest.mark.long
def test_a_head_is_added_and_opened_by_quick_keys(open_tab):
    tab = open_tab(run="train", heads="0.0_1.0")
    tab.find('.model-tile[data-id="1.1"]').evaluate(QUICK)
    tab.shows("heatmap")
    captions = tab.find(".maps figcaption")
    expect(captions).to_have_text(
        [f"block_{one}" for one in ("1, head 1", "0, head 0", "1, head 0")]
    )


@pytest.mark.long
def test_texts_runs_and_heads_are_selected_by_keyboard(open_tab):
    tab = open_tab(run="train", view="heatmap")
    tab_to(tab, ".opener[aria-controls]")
    expect(opener(tab, "Run")).to_be_focused()
    tab.press("Enter")
    tab.page.keyboard.type("secon")
    tab.press("Enter")
    expect(opener(tab, "Run")).to_contain_text("second")
    expect(opener(tab, "Run")).to_be_focused()
    tab.step(20)
    tab_to(tab, ".texts .opener")
    tab.press("Enter", "ArrowDown", "ArrowDown", "Enter")
    expect(opener(tab, "Text")).to_contain_text("she read it")
    tab.press("Enter", "Escape")
    expect(opener(tab, "Text")).to_be_focused()
    while not tab.find(".opener:focus", has_text="Heads").count():
        tab_to(tab, ".opener")
    tab.press("Enter", "ArrowDown", "ArrowRight", "Enter", "Escape")
    expect(opener(tab, "Heads")).to_be_focused()
    expect(tab.find("figcaption")).to_have_count(2)
    expect(tab.find("figcaption").last).to_have_text("block_1, head 1")


@pytest.mark.long
def test_tokens_are_read_and_selected_by_keyboard(open_tab):
    tab = open_tab(run="train", view="head", heads="1.0")
    tab_to(tab, ".head-row button")
    caption = tab.find(".lines-caption")
    tab.press("ArrowDown", "ArrowDown")
    expect(caption).to_contain_text("“did”\u2069 attends to")
    tab.press("Enter")
    held = tab.find(".head-row button[aria-pressed=true]")
    expect(held).to_have_text("did")
    tab.press("ArrowRight")
    expect(caption).to_contain_text("“did”\u2069 is attended to by")
    tab.press("Escape")
    expect(held).to_have_count(0)
    tab.view("text")
    tab_to(tab, ".text-view .token")
    tab.press("End", "ArrowLeft", "Enter")
    word = tab.find(".text-view .token[aria-selected=true]")
    expect(word).to_have_text("it")
    expect(word).to_be_focused()
    best = DOG[weights_of(STEPS[-1], PLAIN, 0)[5].argmax()]
    expect(caption).to_contain_text(f"“it”\u2069 attends to \u2068“{best}”")


@pytest.mark.long
def test_a_map_is_zoomed_and_a_row_selected_by_keyboard(open_tab):
    tab = open_tab(run="train", view="heatmap", heads="1.0")
    tab_to(tab, ".maps-scroll")
    tab.press("ArrowDown", "ArrowDown", "Enter")
    tab.page.wait_for_url("**token=1")
    height = tab.find(".maps-scroll > div").bounding_box()["height"]
    tab.press("+", "+")
    expect(tab.find(".maps-say")).to_contain_text("dog → the: ")
    bigger = tab.find(".maps-scroll > div").bounding_box()["height"]
    assert bigger > height
    tab.press("0")
    assert tab.find(".maps-scroll > div").bounding_box()["height"] == height


@pytest.mark.long
def test_changes_are_announced_to_screen_readers(open_tab):
    tab = open_tab(run="train", view="heatmap", heads="1.0")
    live = tab.find(".attention > .unseen[aria-live=polite]")
    tab.press("[")
    expect(live).to_have_text("Layer block_1, head 0, step 40")
    tab.press(".")
    expect(live).to_have_text("Layer block_1, head 1, step 40")
    tab_to(tab, ".maps-scroll")
    tab.press("ArrowDown", "ArrowDown")
    said = tab.find(".maps-say").inner_text()
    expect(live).to_have_text(said)
