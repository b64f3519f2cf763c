"""Steps: slider, play, comparison and trend."""

import re

import numpy as np
import pytest

from tests.plugin.browser.logs import (
    CLOSE,
    DOG,
    PLAIN,
    SECOND,
    STEPS,
    TRAIN,
    weights_of,
)
from tests.plugin.browser.tab import expect, near, number
from tests.plugin.test_loading import LOADERS

pytestmark = pytest.mark.slow


def on_a_cell(tab, row, column):
    """Moves to a cell of the first map by keyboard."""
    tab.find(".maps-scroll").first.focus()
    tab.press("ArrowDown", *["ArrowDown"] * row, *["ArrowRight"] * column)


def says(tab, step, row, column):
    weight = weights_of(step, PLAIN, 0)[row, column]
    tab.step(step)
    expect(tab.find(".maps-say")).to_have_text(
        f"{DOG[row]} → {DOG[column]}: {exact(weight)}"
    )


def exact(weight):
    """A weight in the page's form, with four significant digits."""
    return f"{stored(weight):#.4g}"


def stored(weight):
    """A weight rounded to 16 bits."""
    return np.float32(np.rint(weight * np.float32(65533)) / 65533)


@pytest.mark.parametrize("fast", LOADERS)
def test_the_values_follow_the_slider(open_tab, fast):
    tab = open_tab(fast, run="train", view="heatmap", heads="1.0")
    on_a_cell(tab, 2, 3)
    says(tab, 50, 2, 3)
    slider = tab.role("slider", "Step")
    slider.focus()
    for key, step in ("ArrowLeft", 40), ("Home", 0), ("ArrowRight", 10):
        tab.press(key)
        says(tab, step, 2, 3)
    slider.fill("3")
    says(tab, 30, 2, 3)
    expect(slider).to_have_attribute("aria-valuetext", "step 30")


@pytest.mark.long
def test_fast_slider_moves_end_at_the_last_step(open_tab):
    tab = open_tab(run="train", view="heatmap", heads="1.0", step=0)
    on_a_cell(tab, 1, 1)
    tab.role("slider", "Step").focus()
    tab.press(*["End", "Home"] * 6, "ArrowRight", "ArrowRight")
    says(tab, 20, 1, 1)


@pytest.mark.long
def test_play_shows_each_step_up_to_the_end(open_tab):
    tab = open_tab(run="train", view="heatmap", heads="1.0", step=STEPS[2])
    on_a_cell(tab, 1, 2)
    tab.role("button", "Play the steps").click()
    pause = tab.role("button", "Pause")
    expect(pause).to_be_visible()
    for step in STEPS[3:]:
        says(tab, step, 1, 2)
    expect(pause).to_have_count(0)
    tab.role("button", "Play the steps").click()
    says(tab, 0, 1, 2)
    pause.click()
    expect(tab.role("button", "Play the steps")).to_be_enabled()


@pytest.mark.long
def test_play_is_off_with_reduced_motion(open_tab):
    tab = open_tab(run="train", step=0, context={"reduced_motion": "reduce"})
    expect(tab.role("button", "Playback is off")).to_be_disabled()
    tab.press("Space")
    tab.press("]")
    tab.step(10)
    tab.page.emulate_media(reduced_motion="no-preference")
    tab.role("button", "Play the steps").click()
    tab.step(20)
    tab.page.emulate_media(reduced_motion="reduce")
    expect(tab.role("button", "Playback is off")).to_be_disabled()


def changes(tab, before, now):
    """Checks that the CSV has the change of every cell."""
    rows = tab.csv()
    assert len(rows) == now.size
    sizes = [abs(float(row["difference"])) for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    for row in rows:
        at = DOG.index(row["from"]), DOG.index(row["to"])
        shown = [float(row[name]) for name in ("other", "current")]
        assert shown == pytest.approx([before[at], now[at]], abs=1e-5)
        assert float(row["difference"]) == pytest.approx(
            now[at] - before[at], abs=2e-5
        )


def test_two_steps_are_compared(open_tab):
    tab = open_tab(run="train", view="compare", heads="1.0")
    now = weights_of(50, PLAIN, 0)
    changes(tab, weights_of(0, PLAIN, 0), now)
    tab.find(".compare select").nth(1).select_option("30")
    figures = tab.find(".compare figcaption")
    expect(figures.first).to_contain_text("train step 30")
    changes(tab, weights_of(30, PLAIN, 0), now)
    on_a_cell(tab, 0, 1)
    said = tab.find(".maps-say").inner_text()
    assert said.startswith("the → dog: other ")
    before = weights_of(30, PLAIN, 0)[0, 1]
    shown = [float(part.split()[-1]) for part in said.split(", ")]
    assert shown == near([before, now[0, 1], now[0, 1] - before])
    assert ("difference +" in said) == (now[0, 1] > before)


@pytest.mark.long
def test_two_runs_are_compared(open_tab):
    tab = open_tab(run="train", view="compare", heads="1.0", step=10)
    tab.find(".compare select").first.select_option("second")
    figures = tab.find(".compare figcaption")
    expect(figures.first).to_contain_text("second step 0")
    before = weights_of(0, PLAIN, 0, run=SECOND)
    changes(tab, before, weights_of(10, PLAIN, 0, run=TRAIN))
    steps = tab.find(".compare select").nth(1).locator("option")
    expect(steps).to_have_text(["0", "20"])


@pytest.mark.long
def test_runs_that_cannot_be_compared_are_disabled(open_tab):
    tab = open_tab(run="train", view="compare", otherRun="long")
    notice = tab.find(".compare .maps-notices")
    expect(notice).to_contain_text(
        "Step 0 of run long cannot be compared: text not logged"
    )
    runs = tab.find(".compare select").first.locator("option")
    expect(runs.filter(has_text="long")).to_have_text("long (text not logged)")
    expect(runs.filter(has_text="bad_json")).to_contain_text("cannot be read")
    expect(runs.locator(":scope:disabled", has_text="long")).to_have_count(1)
    expect(runs.locator(":scope:enabled")).to_have_text(["second", "train"])


@pytest.mark.long
def test_the_maps_of_a_head_are_compared_in_one_row(open_tab):
    size = {"width": 1000, "height": 700}
    name = "a_long_name_of_a_run_" * 2
    tab = open_tab(
        run="train",
        view="compare",
        heads="0.0_1.0",
        context={"viewport": size},
    )
    figures = tab.find(".compare figure")
    tab.find(".compare figcaption").evaluate_all(
        f"(all) => all.forEach((one) => one.append('{name}'))"
    )
    tops = [box["y"] for box in map(lambda f: f.bounding_box(), figures.all())]
    assert len(set(tops[:3])) == len(set(tops[3:])) == 1 < len(set(tops))


@pytest.mark.long
def test_a_trend_of_close_values_has_ticks_that_differ(open_tab):
    tab = open_tab(run="close", view="trend", statistic="max")
    expect(tab.find(".trend-chart circle")).to_have_count(4)
    ticks = tab.find(".trend-chart text[text-anchor=end]")
    texts = ticks.all_text_contents()
    assert len({float(text) for text in texts}) == len(texts) > 3
    left = tab.find(".trend-chart").bounding_box()["x"]
    name = tab.find(".trend-chart text[transform]").bounding_box()
    for tick in ticks.all():
        assert tick.bounding_box()["x"] >= name["x"] + name["width"] > left
    steps = tab.find(".trend-chart text[text-anchor=middle]")
    assert steps.all_text_contents()[:2] == ["0", "1"]
    point = tab.find(".trend-chart circle").nth(1)
    assert number(point.get_attribute("aria-label")) == CLOSE[1]


@pytest.mark.long
def test_a_point_of_the_trend_goes_to_its_step(open_tab):
    tab = open_tab(run="train", view="trend", heads="1.0")
    expect(tab.find(".trend-chart circle")).to_have_count(12)
    point = tab.role("button", "entropy of block_1, head 0 at step 20")
    point.focus()
    expect(tab.find(".lines-caption")).to_contain_text("at step 20: ")
    tab.press("Enter")
    tab.step(20)
    tab.press("ArrowRight", " ")
    tab.step(30)


@pytest.mark.long
def test_a_trend_retries_and_forgets_steps_that_are_gone(open_tab):
    tab = open_tab(host=True, run="second", view="trend")
    tab.expected += ("ERR_FAILED",)
    pages = {"blob": "**/blob?*step=0&*", "steps": "**/steps?*"}
    tab.page.route(pages["blob"], lambda route: route.abort())
    tab.page.reload()
    note = tab.find(".trend-view .lines-note")
    expect(note).to_contain_text(
        "1 of 2 steps could not be read: TensorBoard is"
    )
    only = {"steps": [[20, 1, 9]], "limit": 1}
    tab.page.route(pages["steps"], lambda route: route.fulfill(json=only))
    reload = tab.page.locator("button.reload-button")
    reload.click()
    expect(tab.find(".trend-chart circle")).to_have_count(2)
    expect(note).to_have_text("")
    tab.page.unroute(pages["steps"])
    reload.click()
    expect(note).to_contain_text(
        "1 of 2 steps could not be read: TensorBoard is"
    )
    tab.page.unroute(pages["blob"])
    reload.click()
    expect(note).to_have_text("")
    expect(tab.find(".trend-chart circle")).to_have_count(4)


@pytest.mark.long
def test_options_wait_for_the_data_of_their_view(open_tab):
    tab = open_tab(run="train")
    waiting = []
    tab.page.route(re.compile("blob"), lambda route: waiting.append(route))
    tab.find("#attention-tab-heatmap").click()
    colors = tab.find(".maps select").nth(1)
    expect(colors).to_be_disabled()
    for route in waiting:
        route.continue_()
    tab.page.unroute(re.compile("blob"))
    colors.select_option("magma")
    expect(tab.page).to_have_url(re.compile("palette=magma"))
