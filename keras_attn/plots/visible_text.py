"""Converting any string to text that can be drawn and read in a figure."""

import functools
import math

import matplotlib.font_manager as font_manager

# Matplotlib's own font first, then the usual fonts for other scripts on Linux,
# macOS and Windows. Agg cannot draw color bitmap fonts.
_FAMILIES = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "Arial Unicode MS",
    "Noto Sans Devanagari",
    "Noto Sans Bengali",
    "Noto Sans Thai",
    "Noto Sans Ethiopic",
    "Noto Emoji",
)


@functools.cache
def font_families():
    """Return the font families of `_FAMILIES` that are installed."""
    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    return [family for family in _FAMILIES if family in installed]


@functools.cache
def _fonts():
    return [
        font_manager.get_font(font_manager.findfont(family))
        for family in font_families()
    ]


def visible_text(text, max_characters=None):
    r"""Escape everything in `text` that cannot be seen or drawn.

    Control, direction and zero-width characters, and those that no installed
    font can draw, are escaped as in Python source. A token of U+202E, for
    instance, becomes `\u202e`; drawn, it would reverse its neighbors. Text that
    is empty or consists only of spaces is put in quotes.

    Args:
        text: Any string, even with lone surrogates.
        max_characters: Integer, the length to cut to, including the ellipsis.
            Escapes are not cut in two. Defaults to `None`: no limit.

    Returns:
        A string of printable characters.
    """
    if not text.strip(" "):
        text = f"'{text}'"
    limit = math.inf if max_characters is None else max_characters
    pieces, length = [], 0
    for character in text:
        pieces.append(_visible_character(character))
        length += len(pieces[-1])
        if length > limit:
            while length > limit - 1:
                length -= len(pieces.pop())
            return "".join(pieces) + "…"
    return "".join(pieces)


@functools.lru_cache(maxsize=4096)
def _visible_character(character):
    drawable = character.isprintable() and any(
        font.get_char_index(ord(character)) for font in _fonts()
    )
    if drawable:
        return character
    return character.encode("unicode_escape").decode("ascii")
