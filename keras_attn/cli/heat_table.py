"""Tokens with bars of heat, for the terminal."""

import numpy as np
from rich.table import Table
from rich.text import Text

_BAR_WIDTH = 24
_EIGHTHS = " ▏▎▍▌▋▊▉█"
# Five steps of the "inferno" map that stay apart on dark and light screens.
_COLOURS = ("#781c6d", "#a52c60", "#cf4446", "#ed6925", "#fb9b06")


def heat_table(tokens, weights, title):
    """A table of tokens, each with its weight as a number and as a bar.

    Args:
        tokens: T strings.
        weights: T floats from 0 to 1; the largest fills the bar.
        title: String above the table.

    Returns:
        A `rich.table.Table`.
    """
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("token", justify="right")
    table.add_column("weight", justify="right")
    table.add_column("", no_wrap=True)
    largest = max(*weights, 1e-9)
    for token, weight in zip(tokens, weights, strict=True):
        share = weight / largest
        colour = _COLOURS[min(int(share * len(_COLOURS)), len(_COLOURS) - 1)]
        table.add_row(
            Text(token), f"{weight:.3f}", Text(bar(share), style=colour)
        )
    return table


def received_attention(attention):
    """Mean attention that each token receives: `(L, H, T, T)` -> `(T,)`."""
    return np.asarray(attention).mean(axis=(0, 1, 2))


def bar(share):
    """A bar of up to 24 characters, exact to an eighth of one."""
    eighths = round(share * _BAR_WIDTH * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")
