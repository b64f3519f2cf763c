"""Accessibility: axe-core, zoom and narrow windows."""

import pytest

from tests.plugin.browser.tab import VIEWS, expect

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-core finds the faults"
)
pytestmark = pytest.mark.long


THEMES = ["light", pytest.param("dark", marks=pytest.mark.long)]


def no_serious_fault(tab, where):
    found = axe.Axe().run(tab.page).response["violations"]
    serious = [
        f"{where}: {fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"][:3]
    ]
    assert not serious, "\n".join(serious)


@pytest.mark.parametrize("theme", THEMES)
def test_no_view_has_a_serious_fault(open_tab, theme):
    tab = open_tab(
        run="train",
        heads="0.0_1.1",
        token=1,
        table="true",
        context={"color_scheme": theme},
    )
    expect(tab.find(".attention")).to_have_attribute("data-theme", theme)
    for view in VIEWS:
        tab.view(view)
        expect(tab.find("#attention-view > div")).to_be_visible()
        no_serious_fault(tab, view)


@pytest.mark.parametrize("theme", THEMES)
def test_no_list_dialog_or_notice_has_a_serious_fault(open_tab, theme):
    context = {"color_scheme": theme}
    tab = open_tab(run="bad_newer", context=context)
    expect(tab.find("[role=alert]")).to_be_visible()
    no_serious_fault(tab, "notice")
    tab = open_tab(run="train", view="text", token=1, context=context)
    for name in "Text", "Heads", "Run":
        tab.find(".opener", has_text=name).click()
        no_serious_fault(tab, name)
        tab.press("Escape")
    tab.press("?")
    expect(tab.role("dialog", "Keyboard shortcuts")).to_be_visible()
    no_serious_fault(tab, "help")


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(
            # 1280 x 800 at 200 %
            {
                "viewport": {"width": 640, "height": 400},
                "device_scale_factor": 2,
            },
            marks=pytest.mark.long,
            id="zoomed",
        ),
        pytest.param({"viewport": {"width": 400, "height": 700}}, id="narrow"),
    ],
)
def test_the_page_needs_no_scrolling_sideways(open_tab, size):
    tab = open_tab(run="train", heads="0.0_1.1", table="true", context=size)
    tab.role("button", "Next text").click()
    for view in VIEWS:
        tab.view(view)
        expect(tab.find("#attention-view > div")).to_be_visible()
        fits(tab, view)
    for name in "Text", "Heads", "Run":
        tab.find(".opener", has_text=name).click()
        fits(tab, name)
        tab.press("Escape")
    tab.press("?")
    fits(tab, "help")


def fits(tab, where):
    wide, room = tab.find("html").evaluate(
        "(root) => [root.scrollWidth, root.clientWidth]"
    )
    assert wide <= room, where


def test_the_chosen_tab_is_in_sight_in_a_narrow_window(open_tab):
    size = {"viewport": {"width": 400, "height": 700}}
    tab = open_tab(run="train", view="trend", context=size)
    box = tab.find("#attention-tab-trend").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 400
