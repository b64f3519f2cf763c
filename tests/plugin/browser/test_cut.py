"""A text cut by `max_tokens`: only numbers about the whole text are shown."""

import re

import pytest

from tests.plugin.browser.logs import CUT, EVEN
from tests.plugin.browser.tab import expect

pytestmark = pytest.mark.slow


def test_the_share_includes_attention_to_cut_tokens(open_tab):
    tab = open_tab(run="cut", view="head", strongest=1000)
    note = tab.find(".head-view .lines-note")
    expect(note).to_contain_text("% goes to truncated tokens")
    shown, lost = map(int, re.findall(r"(\d+)%", note.inner_text()))
    kept = 100 * EVEN[0, 0, :CUT, :CUT].sum() / CUT
    assert (shown, lost) == (int(kept), round(100 - kept))
    tab.find(".popup .opener", has_text="Heads").click()
    tab.role("combobox", "Combine the selected heads").select_option("max")
    expect(note).to_contain_text("% of the attention among the kept tokens")


@pytest.mark.long
def test_nothing_is_computed_from_missing_attention(open_tab):
    tab = open_tab(run="cut", view="aggregate", table="true")
    expect(tab.find(".aggregate-bars")).to_contain_text("Not available: this")
    expect(tab.find(".aggregate-bars rect")).to_have_count(0)
    expect(tab.find(".aggregate .maps-notices")).to_contain_text(
        "The rollout cannot be computed: this text was truncated"
    )
    caption, _, rows = tab.table()
    assert "from the kept tokens" in caption
    assert {row[-1] for row in rows} == {"not available"}
    tab.view("text")
    expect(tab.find(".text-view .lines-caption")).to_contain_text(
        "The kept tokens attend, on average, to"
    )
