"""Selecting texts, cross-attention, and hostile tokens."""

import numpy as np
import pytest

from tests.plugin.browser.logs import (
    CROSS,
    ENGLISH,
    GERMAN,
    HOSTILE,
    PLAIN,
    STEPS,
    weights_of,
)
from tests.plugin.browser.tab import VIEWS, expect, near

pytestmark = pytest.mark.slow

SHOWN = [
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "\"quo'ted`",
    "U+202Etxet",
    "nulU+0000here",
    "(empty)",
    "x" * 3000,
    "=1+1",
]


def opener(tab):
    return tab.find(".texts .opener")


@pytest.mark.long
def test_texts_are_listed_with_label_and_confidence(open_tab):
    tab = open_tab(run="train")
    opener(tab).click()
    options = tab.role("listbox", "Text").get_by_role("option")
    for option, said in zip(
        options.all()[:3],
        [
            "the dog did not chase it .label: yes · predicted: yes (90%)",
            "label: yes · predicted: no (75%)",
            "she read itlabel: no · predicted: no (60%)",
        ],
        strict=True,
    ):
        expect(option).to_contain_text(said)
    marks = options.locator("[role=img]")
    for mark, name in zip(
        marks.all(), ["correct", "incorrect", "correct"], strict=True
    ):
        expect(mark).to_have_attribute("aria-label", name)


def test_texts_are_filtered_by_correctness(open_tab):
    tab = open_tab(run="train")
    opener(tab).click()
    which = tab.role("combobox", "Which texts")
    options = tab.find(".texts .option:visible")
    which.select_option("right")
    expect(options).to_have_count(2)
    which.select_option("wrong")
    expect(options).to_have_count(1)
    # The shown text stays, marked as not in the list.
    expect(opener(tab)).to_contain_text("not in the list: predicted correctly")
    expect(opener(tab)).to_contain_text("the dog")
    for way in "Next", "Previous":
        tab.role("button", f"{way} text").click()
        expect(opener(tab)).to_contain_text("window.hacked")
    expect(opener(tab)).not_to_contain_text("not in the list")
    opener(tab).click()
    which.select_option("right")
    tab.role("button", "Previous text").click()
    expect(opener(tab)).to_contain_text("the dog")
    opener(tab).click()
    which.select_option("all")
    expect(options).to_have_count(3)
    tab.role("combobox", "Text: filter").fill("SHE it")
    expect(options).to_have_count(1)
    options.click()
    expect(opener(tab)).to_contain_text("she read it")


def test_cross_attention_has_two_sides(open_tab):
    tab = open_tab(run="translation", view="head", heads="0.1", token=1)
    expect(tab.find(".head-row .token")).to_have_text(GERMAN)
    expect(tab.find(".head-column .token")).to_have_text(ENGLISH)
    shown = tab.find(".head-stage pre").inner_text().split("\n")
    assert [float(text) for text in shown] == pytest.approx(
        CROSS[0, 1, 1], abs=6e-4
    )
    tab.view("text")
    lists = tab.role("listbox")
    expect(lists).to_have_count(2)
    expect(lists.first.locator(".token")).to_have_text(GERMAN)
    expect(lists.last.locator(".token")).to_have_text(ENGLISH)
    lists.last.locator(".token").first.click()
    caption = tab.find(".lines-caption")
    expect(caption).to_contain_text("“the”\u2069 is attended to by")
    tab.view("heatmap")
    rows = {(row["from"], row["to"]): row["weight"] for row in tab.csv()}
    for i, german in enumerate(GERMAN):
        for j, english in enumerate(ENGLISH):
            found = float(rows[german, english])
            assert found == pytest.approx(CROSS[0, 1, i, j], abs=1e-5)
    tab.view("aggregate")
    expect(tab.find(".maps-notices")).to_contain_text("Rollout multiplies")


def test_hostile_tokens_are_text(open_tab):
    tab = open_tab(run="train", heads="1.0")
    tab.role("button", "Next text").click()
    expect(opener(tab)).to_contain_text(SHOWN[0])
    for view in VIEWS:
        tab.view(view)
        expect(tab.find("#attention-view > div")).to_be_visible()
        expect(tab.find(".attention :is(img, script, iframe)")).to_have_count(0)
        if view in ("head", "text"):
            selector = ".head-row .token" if view == "head" else ".token"
            words = tab.find(f"#attention-view {selector}")
            expect(words.first).to_have_text(SHOWN[0])
            assert words.all_inner_texts() == [
                text if len(text) <= 32 else text[:31] + "…" for text in SHOWN
            ]
    frame = tab.find("html")
    assert frame.evaluate("() => window.hacked === undefined")
    assert tab.page.evaluate("() => window.hacked === undefined")


@pytest.mark.long
def test_an_inline_script_is_blocked_and_noticed(open_tab):
    """Proves that the tests above would notice a violation."""
    tab = open_tab(host=True, run="train")
    assert tab.faults == []
    with tab.page.expect_console_message():
        hacked = tab.find("body").evaluate(
            """(body) => {
              const script = document.createElement("script");
              script.textContent = "window.hacked = 1";
              body.append(script);
              return window.hacked;
            }"""
        )
    assert hacked is None
    (fault,) = tab.faults
    assert "Content Security Policy" in fault
    tab.faults.clear()


@pytest.mark.long
def test_hostile_tokens_in_a_table_and_its_file(open_tab):
    tab = open_tab(run="train", view="text", heads="1.0", table="true")
    tab.role("button", "Next text").click()
    expect(opener(tab)).to_contain_text(SHOWN[0])
    expect(tab.find("table.twin tbody tr")).to_have_count(len(HOSTILE))
    expected = np.mean(weights_of(STEPS[-1], PLAIN, 0, example=1), axis=0)
    rows = tab.table()[2]
    assert [row[1] for row in rows] == SHOWN
    assert [float(row[2]) for row in rows] == near(expected)
    # A spreadsheet would run what begins with "=".
    saved = [row["token"] for row in tab.csv()]
    assert saved == [*SHOWN[:-1], "'=1+1"]


@pytest.mark.long
def test_a_text_of_one_token_is_not_a_pooling_layer(open_tab):
    tab = open_tab(run="one", view="text")
    caption = tab.find(".text-view .lines-caption")
    expect(caption).to_contain_text("The tokens attend, on average, to")
    tab.role("option", "alone").click()
    expect(caption).to_contain_text("“alone”\u2069 attends to")
