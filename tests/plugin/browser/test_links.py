"""Links contain the whole view; the theme follows TensorBoard."""

import re

import pytest

from tests.plugin.browser.tab import STATE, expect, hash_of
from tests.plugin.browser.test_bad_input import choose_run
from tests.plugin.test_loading import LOADERS

pytestmark = pytest.mark.long


def hash_with(tab, name, value, end="(&|$)"):
    """Waits until the address contains the value."""
    expect(tab.page).to_have_url(
        re.compile(re.escape(f"{STATE}{name}={value}") + end)
    )
    return tab.page.evaluate("location.hash")


@pytest.mark.parametrize("fast", LOADERS)
def test_a_reload_shows_exactly_the_same(open_tab, fast):
    tab = open_tab(fast, host=True, run="train")
    tab.find('.model-tile[data-id="1.1"]').click()
    tab.find('.model-tile[data-id="0.1"]').click(modifiers=["Control"])
    tab.press("}", "[", "[", "t")
    tab.step(30)
    tab.view("heatmap")
    tab.find(".maps select").nth(1).select_option("magma")
    before = hash_with(tab, "palette", "magma")
    table = tab.table()
    captions = tab.find("figcaption").all_inner_texts()
    assert len(captions) == 2 and len(table[2]) > 50
    tab.page.reload()
    tab.step(30)
    assert tab.table() == table
    assert tab.find("figcaption").all_inner_texts() == captions
    expect(tab.find(".maps select").nth(1)).to_have_value("magma")
    expect(tab.role("button", "Text incorrect")).to_be_visible()
    assert tab.page.evaluate("location.hash") == before


def test_a_copied_link_contains_the_newest_step(open_tab):
    tab = open_tab(
        host=True,
        run="second",
        view="text",
        token=1,
        table="true",
        context={"permissions": ["clipboard-read", "clipboard-write"]},
    )
    tab.role("button", "Copy link").click()
    expect(tab.role("button", "Copied")).to_be_visible()
    link = tab.page.evaluate("navigator.clipboard.readText()")
    assert f"{STATE}step=20&" in link and f"{STATE}example=" in link
    table = tab.table()
    tab.page.goto("about:blank")
    tab.page.goto(link)
    tab.shows("text").step(20)
    assert tab.table() == table


def test_a_copied_link_contains_the_comparison(open_tab):
    tab = open_tab(
        run="train",
        view="compare",
        context={"permissions": ["clipboard-read", "clipboard-write"]},
    )
    tab.role("button", "Copy link").click()
    expect(tab.role("button", "Copied")).to_be_visible()
    link = tab.page.evaluate("navigator.clipboard.readText()")
    assert f"{STATE}otherRun=train&{STATE}otherStep=0" in link


def test_back_and_an_edited_address_change_the_view(open_tab):
    tab = open_tab(host=True, run="train", view="text")
    tab.page.evaluate(f"location.hash = '#attention&{STATE}view=trend'")
    tab.shows("trend")
    tab.page.go_back()
    tab.shows("text")


@pytest.mark.parametrize("host", [True, False])
def test_back_undoes_a_change_of_view_run_or_text(open_tab, host):
    # No state in the address at first, as TensorBoard opens the tab.
    tab = open_tab(host=host, empty=True)
    choose_run(tab, "train")
    hash_with(tab, "run", "train")
    tab.view("text")
    hash_with(tab, "view", "text")
    tab.press("[")
    hash_with(tab, "step", "40")
    tab.press("}")
    expect(tab.role("button", "Text incorrect")).to_be_visible()
    hash_with(tab, "example", "", end="")
    tab.page.go_back()
    expect(tab.role("button", "Text correct")).to_be_visible()
    tab.shows("text").step(40)
    tab.page.go_back()
    tab.shows("model").step(50)
    tab.page.go_forward()
    tab.shows("text").step(40)
    tab.page.go_back()
    tab.page.go_back()
    run = tab.find(".popup .opener", has_text="Run")
    expect(run).not_to_contain_text("train")


WRONG = [
    ({"view": "../x", "heads": "9999.1_-1.2_a", "step": "1e9"}, ""),
    (
        {"run": "no such run", "tag": "<script>", "token": 500},
        "Run no such run is not in these logs. Showing run bad_bomb instead.",
    ),
    (
        {"run": "train", "example": "gone", "view": "text", "token": 900},
        "The text in this link was not logged at this step.",
    ),
    ({"scale": "cubic", "strongest": -1, "least": "NaN", "run": "odd"}, ""),
    ({"run": "train", "tag": "x"}, "Tag x is not in run train. Showing tag"),
    (
        {"run": "train", "heads": "1.1_0.9_7.0"},
        "These maps do not have heads 0.9, 7.0 (layer.head). Showing block_1, "
        "head 1 instead.",
    ),
    (
        {"run": "train", "view": "compare", "otherRun": "gone"},
        "Run gone is not available for comparison. Comparing with run train "
        "instead.",
    ),
    (
        {"run": "train", "view": "compare", "otherStep": 5},
        "Step 5 is not available for comparison. Comparing with step 0 "
        "instead.",
    ),
    (
        {"run": "train", "step": 34},
        "Step 34 is not available. Showing step 30 instead.",
    ),
]


def test_a_wrong_link_shows_something(open_tab):
    # The first run in the list is a damaged one.
    tab = open_tab(**{"run": "train", **WRONG[0][0]})
    for state, notice in WRONG:
        link = hash_of({"run": "train", **state})
        tab.page.evaluate("(hash) => { location.hash = hash; }", link)
        expect(tab.find("#attention-view > div")).to_be_visible()
        if notice:
            said = tab.find(".notices .missing", has_text=notice)
            expect(said).to_have_css("border-left-width", "6px")


def test_selecting_a_run_without_the_tag_resets_the_tag(open_tab):
    tab = open_tab(run="train", tag="maps")
    tab.find(".popup .opener", has_text="Run").click()
    tab.role("option", "translation", exact=True).click()
    tab.step(7)
    expect(tab.find(".notices .missing")).to_have_count(0)


def test_dark_is_dark_and_light_again(open_tab):
    # TensorBoard stores the theme in the browser.
    tab = open_tab(host=True, run="train", view="heatmap", context={})
    root = tab.find(".attention")
    ground = "(node) => getComputedStyle(node).backgroundColor"
    light = root.evaluate(ground)
    expect(root).to_have_attribute("data-theme", "light")
    choose_theme(tab, "Dark")
    expect(root).to_have_attribute("data-theme", "dark")
    assert root.evaluate(ground) != light
    for view in "text", "aggregate":
        tab.view(view)
        expect(tab.find("#attention-view > div")).to_be_visible()
    choose_theme(tab, "Light")
    expect(root).to_have_attribute("data-theme", "light")
    assert root.evaluate(ground) == light


def choose_theme(tab, name):
    """Selects a theme in TensorBoard's menu."""
    tab.page.get_by_label("Menu for changing light or dark theme").click()
    tab.page.get_by_role("menuitem", name=name).click()
