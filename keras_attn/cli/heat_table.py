"""A table of the attention that each token receives, for the terminal."""

import numpy as np
from rich.table import Table
from rich.text import Text

from keras_attn.runs.printing import visible

_BAR_WIDTH = 24
_EIGHTHS = " ▏▎▍▌▋▊▉█"
# Five steps of the "inferno" map, readable on dark and on light screens.
_COLORS = ("#781c6d", "#a52c60", "#cf4446", "#ed6925", "#fb9b06")


def attention_table(tokens, attention):
    """A table of the mean attention that each token receives.

    Args:
        tokens: T strings.
        attention: Float array of shape `(L, H, T, T)`.

    Returns:
        A `rich.table.Table`.
    """
    weights = np.asarray(attention).mean(axis=(0, 1, 2))
    title = "Attention each token receives, mean over layers and heads"
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("token", justify="right")
    table.add_column("weight", justify="right")
    table.add_column("", no_wrap=True)
    largest = max(*weights, 1e-9)
    for token, weight in zip(tokens, weights, strict=True):
        share = weight / largest
        color = _COLORS[min(int(share * len(_COLORS)), len(_COLORS) - 1)]
        table.add_row(
            Text(visible(token)),
            f"{weight:.3f}",
            Text(_bar(share), style=color),
        )
    return table


def _bar(share):
    """A bar of up to 24 characters, in steps of an eighth of a character."""
    eighths = round(share * _BAR_WIDTH * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")
