"""Every view opens in TensorBoard and shows what was logged."""

import re

import numpy as np
import pytest

from tests.plugin.browser.logs import DOG, EVEN, STEPS
from tests.plugin.browser.tab import VIEWS, expect
from tests.plugin.test_loading import LOADERS

pytestmark = pytest.mark.slow

SIZE = re.compile("7 by 7 weights")
COLOURS = """(canvas) => new Set(new Uint32Array(canvas.getContext("2d")
  .getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"""


def shows_model(tab):
    expect(tab.find(".model-tile")).to_have_count(6)
    expect(tab.find(".model output")).to_have_text("6 of 6 heads shown")
    for canvas in tab.find(".model-tile canvas").all()[:4]:
        assert canvas.evaluate(COLOURS) > 10


def shows_head(tab):
    for side in "row", "column":
        expect(tab.find(f".head-{side} .token")).to_have_text(DOG)
    assert tab.find(".head-base path").count() > 3
    expect(tab.find(".lines-note")).to_contain_text("of the attention in")


def shows_maps(tab, count):
    expect(tab.find("canvas[role=img]")).to_have_count(count)
    for canvas in tab.find("canvas[role=img]").all():
        expect(canvas).to_have_attribute("aria-label", SIZE)
        assert canvas.evaluate(COLOURS) > 20


def shows_text(tab):
    words = tab.find(".text-view .token")
    expect(words).to_have_text(DOG)
    shades = words.evaluate_all("(all) => all.map((a) => a.style.cssText)")
    assert len(set(shades)) > 3


def shows_aggregate(tab):
    shows_maps(tab, 3)
    expect(tab.find(".aggregate-bars rect")).not_to_have_count(0)
    expect(tab.find(".aggregate-bars text", has_text="chase")).to_be_visible()


def shows_compare(tab):
    shows_maps(tab, 3)
    options = tab.find(".compare select").nth(1).locator("option")
    expect(options).to_have_text([str(step) for step in STEPS])


def shows_trend(tab):
    # One selected head and the mean of all heads.
    expect(tab.find(".trend-chart circle")).to_have_count(2 * len(STEPS))


SHOWS = {
    "model": shows_model,
    "head": shows_head,
    "heatmap": lambda tab: shows_maps(tab, 1),
    "text": shows_text,
    "aggregate": shows_aggregate,
    "compare": shows_compare,
    "trend": shows_trend,
}


# The heights of the first labels left of a map, in pixels.
LABELS = """(canvas) => {
  const { width, data } = canvas.getContext("2d")
    .getImageData(0, 0, 40, canvas.height);
  const heights = [0];
  for (let at = 3; at < data.length; at += 4 * width) {
    let ink = false;
    for (let x = 0; x < width; x += 1) ink ||= data[at + 4 * x] > 0;
    if (ink) heights[heights.length - 1] += 1;
    else if (heights.at(-1)) heights.push(0);
  }
  return heights.slice(0, 3);
}"""


@pytest.mark.long
def test_a_long_map_has_all_the_room_and_is_not_covered(open_tab):
    size = {"width": 1280, "height": 720}
    tab = open_tab(run="long", view="heatmap", context={"viewport": size})
    box = tab.find(".maps-scroll").bounding_box()
    assert box["width"] > 0.7 * size["width"]
    assert 0.6 * size["height"] < box["height"] <= 0.72 * size["height"]
    line = tab.find(".maps-say").bounding_box()
    assert line["y"] + line["height"] <= box["y"]
    first, second, third = tab.find("canvas[role=img]").evaluate(LABELS)
    assert first == second == third > 5


@pytest.mark.long
def test_similar_weights_can_be_told_apart(open_tab):
    tab = open_tab(run="long", view="heatmap")
    legend = tab.find(".maps-legend")
    expect(legend).to_have_attribute("aria-label", re.compile("from 0 to"))
    tab.find(".maps select").first.select_option("min to max")
    shown = re.compile(f"Colors from {EVEN.min():.4g} to {EVEN.max():.3g}")
    expect(legend).to_have_attribute("aria-label", shown)
    assert tab.find("canvas[role=img]").evaluate(COLOURS) > 100


# The background color, and those of the lines blended with it.
LINES = """(svg) => {
  const rgb = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const style = (one) => getComputedStyle(one);
  const back = rgb(style(document.querySelector(".attention")).backgroundColor);
  return [back, ...[...svg.querySelectorAll("path")].map((path) => {
    const part = style(path).strokeOpacity;
    return rgb(style(path).stroke).map((own, i) =>
      back[i] + (own - back[i]) * part);
  })];
}"""


def luminance(color):
    """The relative luminance as defined by WCAG 2."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (part / 255 for part in color)
    ]
    return np.dot(parts, [0.2126, 0.7152, 0.0722])


@pytest.mark.long
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_weakest_line_can_be_seen(open_tab, theme):
    context = {"color_scheme": theme}
    heads = "0.0_0.1_1.0_1.1"
    tab = open_tab(run="train", view="head", heads=heads, context=context)
    back, *lines = tab.find(".head-base").evaluate(LINES)
    assert len(lines) > 4
    for line in lines:
        low, high = sorted(map(luminance, (back, line)))
        assert (high + 0.05) / (low + 0.05) >= 3


@pytest.mark.parametrize("fast", LOADERS)
def test_every_view_opens_in_tensorboard(open_tab, fast):
    tab = open_tab(fast, host=True, run="train", heads="1.0")
    assert list(SHOWS) == VIEWS
    for view, shows in SHOWS.items():
        tab.view(view)
        shows(tab)


def test_a_log_of_the_first_version_opens(open_tab):
    tab = open_tab(run="golden", step=11, heads="0.1")
    expect(tab.find(".model-tile")).to_have_count(6)
    for view in VIEWS:
        tab.view(view)
        expect(tab.find("#attention-view > div")).to_be_visible()
        expect(tab.find("[role=alert], .notices .missing")).to_have_count(0)
    tab.view("text")
    expect(tab.find(".text-view .token")).to_have_text(["a", "good", "dog"])


@pytest.mark.long
def test_a_head_is_chosen_in_the_model_view_and_opened(open_tab):
    tab = open_tab(run="train")
    tile = tab.find('.model-tile[data-id="1.1"]')
    tile.click()
    expect(tile).to_have_attribute("aria-selected", "true")
    tab.find('.model-tile[data-id="0.0"]').click(modifiers=["Shift"])
    tile.dblclick()
    tab.shows("heatmap")
    captions = tab.find(".maps figcaption")
    expect(captions.first).to_have_text("block_1, head 1")


@pytest.mark.long
def test_the_model_view_sorts_and_filters(open_tab):
    tab = open_tab(run="train", table="true")
    tab.find(".model select").first.select_option("entropy")
    expect(tab.find(".model-tile b")).to_have_count(6)
    shown = [
        float(text) for text in tab.find(".model-tile b").all_inner_texts()
    ]
    assert shown == sorted(shown, reverse=True)
    tab.find(".model label", has_text="largest first").click()
    expect(tab.find(".model-tile b").first).to_have_text(f"{min(shown):g}")
    tab.find(".model label", has_text="Show").locator("select").select_option(
        "distance"
    )
    # The pooling layer has no distance.
    expect(tab.find(".model output")).to_have_text("4 of 6 heads shown")


@pytest.mark.long
def test_several_heads_are_selected_in_the_list(open_tab):
    tab = open_tab(run="train", view="heatmap")
    tab.role("button", "Heads block_0, head 0").click()
    tab.role("button", "block_1, head 1", exact=True).click()
    expect(tab.find("canvas[role=img]")).to_have_count(2)
    tab.role("button", "block_0, head 0", exact=True).click()
    expect(tab.find(".maps figcaption")).to_have_text(["block_1, head 1"])
    tab.role("button", "All", exact=True).click()
    expect(tab.find("canvas[role=img]")).to_have_count(6)


MOST = {
    "heatmap": (".maps-scroll", 100, 100),
    "head": (".lines-legend li", 12, 12),
    "text": (".text-words", 12, 12),
    "compare": (".compare .maps-scroll", 12, 36),
    # With the mean of all heads.
    "trend": (".trend-chart circle", 12, 13),
}


@pytest.mark.long
def test_selecting_too_many_heads_gives_a_notice(open_tab):
    heads = "_".join(f"0.{head}" for head in range(120))
    tab = open_tab(run="many", heads=heads)
    for view, (selector, most, count) in MOST.items():
        tab.view(view)
        expect(tab.find(selector)).to_have_count(count)
        expect(tab.find(".notices .missing")).to_have_text(
            f"Only the first {most} of 120 selected heads are shown. Select "
            "fewer heads, or combine them under “Heads”."
        )
    tab.view("aggregate")
    expect(tab.find("figcaption").first).to_contain_text("mean of 120 heads")
    expect(tab.find(".notices .missing")).to_have_count(0)
