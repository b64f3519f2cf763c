"""Damaged, odd or missing data: a notice, and everything else works."""

import json

import pytest

from tests.plugin.browser.logs import SHORT
from tests.plugin.browser.tab import VIEWS, expect
from tests.plugin.test_loading import LOADERS, tensorboard

pytestmark = pytest.mark.slow

NOTICES = {
    "bad_cut": "The map of layer block_1 is damaged and cannot be "
    "decompressed. The log is truncated or corrupt.",
    "bad_newer": "This event uses format version 7, but this version of "
    "keras_attn reads only version 1. Update keras_attn.",
    "bad_bomb": "The map of layer block_1 is damaged: it has more than 36 "
    "bytes.",
    "bad_bomb_manifest": "The manifest is damaged: it has more than 16,777,216 "
    "bytes.",
    "bad_shape": "The map of layer block_1 is damaged: it has 5 rows or "
    "columns for 3 tokens.",
    "bad_json": "The manifest is damaged: it is not JSON.",
}


@pytest.mark.parametrize("fast", LOADERS)
def test_damage_is_reported_and_the_rest_works(open_tab, fast):
    tab = open_tab(fast, run="train", view="heatmap", heads="0.0")
    *_, last = NOTICES
    for run, notice in NOTICES.items():
        choose_run(tab, run)
        expect(tab.find("main")).to_contain_text(notice)
        # The long test opens the views of all damaged runs.
        if fast == "false" or run == last:
            for view in "text", "trend", "heatmap":
                tab.view(view)
            expect(tab.find("main")).to_contain_text(notice)
    choose_run(tab, "train")
    expect(tab.find("main")).not_to_contain_text("damaged")
    expect(tab.find("canvas[role=img]")).to_be_visible()


def choose_run(tab, run):
    tab.find(".popup .opener", has_text="Run").click()
    tab.role("combobox", "Run: filter").fill(run)
    tab.role("option", run, exact=True).click()
    expect(tab.find(".popup .opener", has_text="Run")).to_contain_text(run)


@pytest.mark.long
def test_a_cut_map_leaves_the_overview_and_the_statistics(open_tab):
    tab = open_tab(run="bad_cut")
    expect(tab.find(".model-tile")).to_have_count(2)
    tab.view("trend")
    expect(tab.find(".trend-chart circle")).not_to_have_count(0)
    tab.view("head")
    expect(tab.find(".head-view")).to_contain_text("block_1 is damaged")


@pytest.mark.long
def test_a_damaged_layer_leaves_the_others(open_tab):
    tab = open_tab(run="bad_half", view="heatmap", heads="0.0_1.0_0.1")
    said = tab.find(".notices .missing")
    for view, count in ("heatmap", 2), ("compare", 6), ("aggregate", 2):
        tab.view(view)
        expect(tab.find("canvas[role=img]:visible")).to_have_count(count)
        expect(said).to_contain_text("Not shown: The map of layer block_0 is")
    tab.view("head")
    expect(tab.find(".lines-legend li")).to_have_count(2)
    tab.view("text")
    expect(tab.find(".text-words")).to_have_count(2)
    tab.view("trend")
    expect(said).to_have_count(0)


def test_weights_that_are_not_finite_are_marked_and_counted(open_tab):
    tab = open_tab(run="odd", view="heatmap")
    main = tab.find("main")
    expect(main).to_contain_text("Layer attention: 2 weights are not finite.")
    expect(main).to_contain_text("2 weights are not finite")
    expect(main).to_contain_text("1 row does not sum to 1")
    tab.find(".maps-scroll").focus()
    tab.press("ArrowDown", "ArrowRight")
    expect(tab.find(".maps-say")).to_have_text("she → read: not finite")
    tab.press("ArrowDown", "ArrowDown", "End")
    expect(tab.find(".maps-say")).to_have_text("it → it: 1.000")
    for view in VIEWS:
        tab.view(view)
        expect(tab.find("#attention-view > div")).to_be_visible()
    tab.view("text")
    tab.role("option", SHORT[0]).click()
    expect(tab.find(".text-broken.token")).to_have_text(SHORT[1:])


@pytest.mark.parametrize("fast", LOADERS)
def test_an_empty_log_shows_the_lines_that_write_one(open_tab, tmp_path, fast):
    with tensorboard(tmp_path, f"--load_fast={fast}") as served:
        tab = open_tab(served=served, empty=True)
        expect(tab.find("pre code")).to_have_text(
            'board = keras.callbacks.TensorBoard("logs")\n'
            'maps = keras_attn.tensorboard.AttentionMaps(board, ["a text", '
            '"another text"])\n'
            "model.fit(x, y, callbacks=[board, maps])"
        )
        tab.role("button", "Reload").click()
        expect(tab.find(".empty h2")).to_have_text(
            "No attention in these logs yet"
        )


@pytest.mark.long
def test_a_thousand_runs_can_be_searched(open_tab):
    tab = open_tab(run="train")
    runs = {f"sweep/{i:04}": {"maps": {"version": 1}} for i in range(1000)}
    runs["train"] = {"maps": {"version": 1}}
    tab.page.route(
        "**/attention/tags",
        lambda route: route.fulfill(
            content_type="application/json", body=json.dumps({"runs": runs})
        ),
    )
    tab.page.reload()
    tab.ready()
    tab.find(".popup .opener", has_text="Run").click()
    options = tab.find(".list .option:visible")
    expect(options).to_have_count(1001)
    filter_ = tab.role("combobox", "Run: filter")
    filter_.fill("0777")
    expect(options).to_have_text(["sweep/0777"])
    filter_.fill("nothing like it")
    expect(options).to_have_count(0)
    expect(tab.role("listbox", "Run")).to_contain_text("No matches.")
    filter_.fill("train")
    tab.press("Enter")
    expect(tab.find(".popup .opener", has_text="Run")).to_contain_text("train")


@pytest.mark.long
def test_a_lost_server_is_reported_and_retried(open_tab):
    tab = open_tab(run="train", view="heatmap", context={})
    tab.expected += ("ERR_INTERNET_DISCONNECTED",)
    tab.page.context.set_offline(True)
    # The previous step may be in the cache.
    tab.role("slider", "Step").fill("0")
    alert = tab.find("[role=alert]")
    expect(alert).to_contain_text("TensorBoard is not responding.")
    tab.page.context.set_offline(False)
    tab.role("button", "Try again").click()
    expect(alert).to_have_count(0)
    expect(tab.find("canvas[role=img]")).to_be_visible()
