"""The page shows the numbers that were logged."""

import numpy as np
import pytest

from tests.parts import in_part
from tests.plugin.browser.logs import (
    CAUSAL,
    DOG,
    PLAIN,
    POOL,
    STEPS,
    TRAIN,
    weights_of,
)
from tests.plugin.browser.tab import expect, near, number
from tests.plugin.js import fixtures
from tests.plugin.test_loading import LOADERS

pytestmark = pytest.mark.slow

LAST = STEPS[-1]
STATISTICS = ["entropy", "max", "distance", "previous", "first", "special"]
LABELS = {
    "max": "largest weight",
    "previous": "previous token",
    "first": "first token",
    "special": "special tokens",
}


@pytest.mark.parametrize("fast", LOADERS)
def test_the_heat_map_shows_each_weight(open_tab, fast):
    tab = open_tab(fast, run="train", view="heatmap", heads="0.1")
    weights = weights_of(LAST, CAUSAL, 1)
    tab.find(".maps-scroll").focus()
    path = [("ArrowDown", 0, 0), ("ArrowDown", 1, 0), ("ArrowRight", 1, 1)]
    path += [("ArrowRight", 1, 2), ("End", 1, 6), ("PageDown", 6, 6)]
    for key, row, column in path:
        tab.press(key)
        start = f"{DOG[row]} → {DOG[column]}: "
        expect(tab.find(".maps-say")).to_contain_text(start)
        said = tab.find(".maps-say").inner_text().removeprefix(start)
        if weights[row, column] == 0:
            assert said == "masked"
        else:
            assert float(said) == near(weights[row, column])


def test_the_head_view_shows_the_weights_of_a_selected_token(open_tab):
    tab = open_tab(run="train", view="head", heads="1.0_1.1", token=3)
    for direction in "from", "to":
        index = (slice(None), 3) if direction == "to" else 3
        for head, text in enumerate(tab.find(".head-stage pre").all()):
            shown = [float(line) for line in text.inner_text().split("\n")]
            expected = weights_of(LAST, PLAIN, head)[index]
            np.testing.assert_allclose(shown, expected, atol=6e-4)
        button = tab.find('.head-column button[data-index="3"]')
        if direction == "from":
            button.click()
            expect(button).to_have_attribute("aria-pressed", "true")


@pytest.mark.long
def test_the_head_view_shows_the_share_of_its_lines(open_tab):
    tab = open_tab(run="train", view="head", heads="1.0", strongest=2)
    weights = weights_of(LAST, PLAIN, 0)
    kept = np.sort(weights, axis=-1)[:, -2:].sum()
    share = int(100 * kept / weights.sum() + 1e-4)
    expect(tab.find(".lines-note")).to_contain_text(
        f"Showing {share}% of the attention in 14 lines"
    )


def test_the_text_view_shows_what_a_token_attends_to(open_tab):
    tab = open_tab(run="train", view="text", heads="1.1", token=2)
    weights = weights_of(LAST, PLAIN, 1)
    caption = tab.find(".lines-caption")
    order = np.argsort(-weights[2])[:3]
    words = ", ".join(f"“{DOG[i]}” {weights[2, i]:.3f}" for i in order)
    expected = f"“did” attends to {words} (block_1, head 1)"
    assert plain(caption.inner_text()) == expected
    tab.find(".text-view .token").nth(5).hover()
    assert plain(caption.inner_text()).startswith("“did” attends to “it”: ")
    assert f"{weights[2, 5]:.3f} (" in caption.inner_text()


@pytest.mark.long
def test_the_text_view_of_a_pooling_layer_needs_no_token(open_tab):
    tab = open_tab(run="train", view="text", heads="2.1", table="true")
    weights = weights_of(LAST, POOL, 1)[0]
    caption, columns, rows = tab.table()
    assert caption == "The pooling layer attends to"
    assert columns == ["position", "token", "pooling, hop 1"]
    assert [row[1] for row in rows] == DOG
    assert [float(row[2]) for row in rows] == near(weights)


def plain(text):
    return text.replace("\u2068", "").replace("\u2069", "")


def test_the_table_of_the_model_view_holds_the_statistics(open_tab):
    tab = open_tab(run="train", table="true")
    _, columns, rows = tab.table()
    assert columns[:3] == ["layer", "head", "entropy"]
    for row in rows:
        kind = "pool" if row[0] == POOL else "self"
        weights = weights_of(LAST, row[0], int(row[1])).astype("float64")
        expected = fixtures.statistics(weights, kind, [6])
        for text, value in zip(row[2:], expected.values(), strict=True):
            assert text == "" if value is None else float(text) == near(value)


def test_the_trend_shows_every_step(open_tab):
    tab = open_tab(run="train", view="trend", heads="1.0_2.0", table="true")
    expect(tab.find("table.twin tbody tr")).to_have_count(len(STEPS))
    for name in STATISTICS:
        tab.find(".trend-view select").select_option(name)
        label = LABELS.get(name, name)
        caption = tab.find("table.twin caption")
        expect(caption).to_have_text(f"{label} over the steps")
        rows = tab.table()[2]
        assert [int(row[0]) for row in rows] == STEPS
        for step, row in zip(STEPS, rows, strict=True):
            found = statistics_at(step, name)
            mean = np.mean([v for v in found.values() if v is not None])
            for text, value in zip(
                row[1:], [found[PLAIN, 0], found[POOL, 0], mean], strict=True
            ):
                assert (
                    text == "" if value is None else number(text) == near(value)
                )


def statistics_at(step, name):
    return {
        (layer, head): fixtures.statistics(
            weights_of(step, layer, head).astype("float64"),
            "pool" if layer == POOL else "self",
            [6],
        )[name]
        for layer in TRAIN[step]
        for head in range(2)
    }


@pytest.mark.parametrize(
    "combine", in_part(["mean", "max", "rollout"], "rollout")
)
def test_combined_heads_match_numpy(open_tab, combine):
    tab = open_tab(run="train", view="aggregate", heads="0.0_0.1_1.0_1.1")
    buttons = tab.role("button", "Open as heat map")
    expect(buttons).to_have_count(3)
    buttons.nth(["mean", "max", "rollout"].index(combine)).click()
    tab.shows("heatmap")
    expect(tab.find(".heatmap figcaption")).to_contain_text(
        {"max": "maximum"}.get(combine, combine)
    )
    layers = [
        np.stack([weights_of(LAST, layer, head) for head in range(2)])
        for layer in (CAUSAL, PLAIN)
    ]
    expected = {
        "mean": np.concatenate(layers).mean(0),
        "max": np.concatenate(layers).max(0),
        "rollout": fixtures.rollout([maps.mean(0) for maps in layers]),
    }[combine]
    compare_csv(tab.csv(), expected)


def compare_csv(rows, expected):
    """Compares every unmasked cell to 1e-5."""
    found = np.zeros_like(expected)
    for row in rows:
        at = DOG.index(row["from"]), DOG.index(row["to"])
        assert found[at] == 0
        found[at] = float(row["weight"])
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.long
def test_saved_numbers_equal_logged_numbers(open_tab):
    tab = open_tab(run="train", view="heatmap", heads="0.1", step=20)
    rows = tab.csv()
    assert len(rows) == 28  # of 49; the others are masked
    compare_csv(rows, weights_of(20, CAUSAL, 1))


def test_the_entropy_of_each_token_matches_numpy(open_tab):
    tab = open_tab(run="train", view="aggregate", heads="0.0_0.1", table="true")
    maps = [weights_of(LAST, CAUSAL, head) for head in range(2)]
    expected = np.mean([fixtures.entropies(one) for one in maps], axis=0)
    rows = tab.csv()
    assert [row["token"] for row in rows] == DOG
    np.testing.assert_allclose(
        [float(row["entropy"]) for row in rows], expected, atol=1e-4
    )
    np.testing.assert_allclose(
        [float(row["mean received"]) for row in rows],
        np.mean(maps, axis=(0, 1)),
        atol=1e-5,
    )
