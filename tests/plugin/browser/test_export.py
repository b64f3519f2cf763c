"""Saved pictures and tables can be read by other programs."""

import pathlib
import struct
import xml.etree.ElementTree as ET

import pytest

from tests.plugin.browser.logs import DOG
from tests.plugin.browser.tab import VIEWS, expect

pytestmark = pytest.mark.long


def saved(tab, kind):
    with tab.page.expect_download() as download:
        tab.role("button", f"Save as {kind}").click()
    path = pathlib.Path(download.value.path())
    return download.value.suggested_filename, path.read_bytes()


def drawn(tab, view, circles):
    """Opens a view and waits for the last part that it draws."""
    tab.view(view)
    expect(tab.find("#attention-view > div")).to_be_visible()
    if view == "trend":
        expect(tab.find(".trend-chart circle")).to_have_count(circles)
    if view == "aggregate":
        expect(tab.find("figure")).to_have_count(3)


def test_pictures_can_be_opened(open_tab):
    tab = open_tab(run="train", heads="0.0_1.1", step=20, token=1)
    for view in VIEWS:
        drawn(tab, view, circles=18)
        name, svg = saved(tab, "SVG")
        assert name == f"attention-{view}-step-20.svg"
        root = ET.fromstring(svg)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert b"var(--" not in svg
        if view not in ("model", "trend"):
            assert set(DOG) <= {text.strip() for text in root.itertext()}
        name, png = saved(tab, "PNG")
        assert name == f"attention-{view}-step-20.png"
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        size = struct.unpack(">II", png[16:24])
        sides = [int(root.get(side)) for side in ("width", "height")]
        assert size == tuple(2 * side for side in sides)
        expect(tab.find(".export-status")).to_have_text("")


def test_pictures_of_hostile_tokens_hold_text_only(open_tab):
    tab = open_tab(run="train", view="head", heads="1.0")
    tab.role("button", "Next text").click()
    expect(tab.find(".texts .opener")).to_contain_text("window.hacked")
    for view in "heatmap", "head", "text", "aggregate":
        drawn(tab, view, circles=12)
        root = ET.fromstring(saved(tab, "SVG")[1])
        names = {node.tag.rpartition("}")[2] for node in root.iter()}
        assert not names & {"script", "img", "foreignObject"}
        texts = " ".join(root.itertext())
        assert "<script>" in texts and "U+202E" in texts
        assert "\u202e" not in texts


def test_the_table_and_the_csv_are_equal(open_tab):
    tab = open_tab(run="train", heads="1.1", table="true")
    for view in VIEWS:
        drawn(tab, view, circles=12)
        _, columns, rows = tab.table()
        saved_rows = tab.csv()
        assert list(saved_rows[0]) == columns
        assert len(saved_rows) == len(rows) > 3
        for row, kept in zip(rows, saved_rows, strict=True):
            for text, whole in zip(row, kept.values(), strict=True):
                same(text, whole)


def same(text, whole):
    """Compares a cell of the table, with four digits, and of the CSV."""
    try:
        value = float(whole)
    except ValueError:
        assert text == whole
    else:
        assert float(text) == pytest.approx(value, rel=5e-4)
