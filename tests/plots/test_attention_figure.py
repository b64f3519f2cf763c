"""What a figure shows, and where, for any tokens."""

import itertools
import warnings

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_attn.plots import attention_figure
from keras_attn.plots.head_grid import HeadGrid
from keras_attn.plots.lettering import Lettering, text_width
from keras_attn.plots.visible_text import visible_text

SIZES = ((1, 1), (2, 17), (20, 20), (48, 48))
FAST = ((1, (1, 1)), (5, (2, 17)), (8, (20, 20)), (16, (48, 48)))
GRIDS = [
    case if case in FAST else pytest.param(*case, marks=pytest.mark.long)
    for case in itertools.product((1, 2, 3, 5, 8, 12, 16), SIZES)
]
HOSTILE = ["$x$", "<script>", "\u202ea", "\U0001f44d", "中文", "", "w" * 200]


def _pixels(figure):
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3]


def _corners(figure, index):
    left, right, bottom, top = figure.axes[0].images[index].get_extent()
    return int(left), int(right), int(top), int(bottom)


def test_each_cell_is_an_exact_block_of_its_color():
    weights = np.random.default_rng(0).uniform(size=(3, 5, 7))
    figure = attention_figure(weights, list("abcde"), list("abcdefg"))
    pixels, cell = _pixels(figure), HeadGrid(3, 5, 7).cell
    colors = (matplotlib.colormaps["viridis"](weights)[..., :3] * 255).round()
    for head in range(3):
        left, _, top, _ = _corners(figure, head)
        for t, s in itertools.product(range(5), range(7)):
            x, y = left + s * cell, top + t * cell
            block = pixels[y + 1 : y + cell - 1, x + 1 : x + cell - 1]
            difference = block - colors[head, t, s]
            assert np.abs(difference).max() <= 1, (head, t, s)


def test_the_color_scale_does_not_depend_on_the_weights():
    low, high = (
        attention_figure(np.full((1, 1, 1), value), ["a"])
        for value in (0.25, 0.5)
    )
    for image in (*low.axes[0].images, *high.axes[0].images):
        assert image.get_clim() == (0.0, 1.0)


def test_nan_is_red():
    figure = attention_figure([[[np.nan]]], ["a"])
    left, right, top, bottom = _corners(figure, 0)
    middle = _pixels(figure)[(top + bottom) // 2, (left + right) // 2]
    assert middle.tolist() == [255, 0, 0]


@pytest.mark.parametrize("num_heads, sizes", GRIDS)
def test_heads_do_not_overlap_or_leave_the_figure(num_heads, sizes):
    weights = np.zeros((num_heads, *sizes))
    tokens = [["token"] * size for size in sizes]
    figure = attention_figure(weights, *tokens)
    height, width, _ = _pixels(figure).shape
    boxes = [_corners(figure, i) for i in range(num_heads + 1)]  # and scale
    for left, right, top, bottom in boxes:
        assert 0 <= left < right <= width and 0 <= top < bottom <= height
    for a, b in itertools.combinations(boxes, 2):
        beside = a[1] < b[0] or b[1] < a[0]
        above = a[3] < b[2] or b[3] < a[2]
        assert beside or above, (a, b)


@pytest.mark.parametrize("length", [1, 12, 20, 25, 48, 64, 65, 300, 2000])
def test_labels_have_the_space_they_need(length):
    grid = HeadGrid(8, length, length)
    assert grid.label_every * grid.cell >= grid.label_pixels
    assert grid.label_every == 1 or length > 64
    assert grid.map_width <= 710


@pytest.mark.parametrize(
    "num_heads, rows, columns",
    [(1, 1, 1), (4, 1, 4), (5, 2, 3), (6, 2, 3), (8, 2, 4), (12, 3, 4)],
)
def test_grid_of_heads(num_heads, rows, columns):
    grid = HeadGrid(num_heads, 3, 3)
    assert (grid.rows, grid.columns) == (rows, columns)
    lowest = [h for h in range(num_heads) if grid.ends_column(h)]
    assert len(lowest) == columns


def test_hostile_tokens_and_titles_are_drawn_without_a_warning():
    weights = np.full((2, 7, 7), 1 / 7)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = attention_figure(weights, HOSTILE, title="\n".join(HOSTILE))
        pixels = _pixels(figure)
    assert pixels.shape[0] < 700 and pixels.shape[1] < 700


@settings(max_examples=60)
@given(st.text(max_size=20))
def test_any_text_becomes_printable_and_is_drawn(text):
    shown = visible_text(text, 14)
    assert shown.isprintable() and 0 < len(shown) <= 14
    letters = Lettering()
    letters.write(shown, 0, 0, 12, align="right")
    letters.write_upwards(shown, 0, 0, 12)
    letters.patch("black").get_path()


@pytest.mark.parametrize(
    "text, shown",
    [
        ("plain", "plain"),
        ("é ß я", "é ß я"),
        ("\u202ea", r"\u202ea"),
        ("a\nb\x00", r"a\nb\x00"),
        ("\ud800", r"\ud800"),
        ("\u200b", r"\u200b"),
        ("", "''"),
        ("  ", "'  '"),
    ],
)
def test_visible_text(text, shown):
    assert visible_text(text) == shown


def test_shortening_never_cuts_an_escape():
    assert visible_text("abcdef", 6) == "abcdef"
    assert visible_text("abcdefg", 6) == "abcde…"
    assert visible_text("ab\u202ecd", 6) == "ab…"


def test_dollars_are_not_a_formula():
    # A formula would drop the dollars, and only the x would have a width.
    assert text_width("$x$", 10) > 2.5 * text_width("x", 10)


def test_pyplot_settings_have_no_effect():
    weights = np.eye(3)[None]
    plain = _pixels(attention_figure(weights, list("abc"), title="t"))
    changes = {"image.interpolation": "bilinear", "font.size": 40}
    with matplotlib.rc_context(changes):
        changed = _pixels(attention_figure(weights, list("abc"), title="t"))
    np.testing.assert_array_equal(plain, changed)


@pytest.mark.parametrize("shape", [(3, 3), (1, 3, 2), (1, 2, 3), (0, 3, 3)])
def test_weights_that_do_not_fit_the_tokens_raise_an_error(shape):
    with pytest.raises(ValueError, match="3 query tokens and 3 key tokens"):
        attention_figure(np.zeros(shape), ["a", "b", "c"])


def test_weights_without_tokens_raise_an_error():
    with pytest.raises(ValueError, match="no axis of length 0"):
        attention_figure(np.zeros((1, 0, 0)), [])
