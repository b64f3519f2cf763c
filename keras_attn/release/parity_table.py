"""The proof of an exported folder, as a table on the screen."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH = 100  # columns, where nobody says how many there are


def show(parity):
    """Prints the table of `parity.json`, and what was missed below it."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    console.print(
        Text(
            f"{parity['texts']:,} texts of {parity['dataset']} "
            f"({parity['split']}); Keras is right on {parity['accuracy']:.2%}"
        )
    )
    console.print(_table(parity))
    for name, figures in parity["files"].items():
        for miss in figures["misses"]:
            console.print(Text(f"{name} misses its bound: {miss}"))


def _table(parity):
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    table.add_column("file", no_wrap=True)
    for column in (
        *("largest\ndifference", "of\nattention", "equal\ndecisions"),
        *("accuracy", "points"),
        *("size", "of\nfloat32", "median\nms", "99 %\nms"),
    ):
        table.add_column(column, justify="right", no_wrap=True)
    for name, figures in parity["files"].items():
        table.add_row(
            name + (" !" if figures["misses"] else ""),
            f"{figures['max_difference']:.1e}",
            f"{figures['max_attention_difference']:.1e}",
            f"{figures['equal_decisions']:.2%}",
            f"{figures['accuracy']:.2%}",
            f"{figures['accuracy_points']:+.2f}",
            size(figures["size"]),
            f"{figures['size_ratio']:.0%}",
            *_milliseconds(parity["latency"]["files"].get(name)),
        )
    return table


def size(number):
    """Bytes, in words: 1000 bytes are a kB."""
    for unit in ("kB", "MB"):
        number /= 1000
        if number < 1000:
            return f"{number:.{1 if number < 100 else 0}f} {unit}"
    return f"{number / 1000:.1f} GB"


def _milliseconds(latency):
    if latency is None:  # not measured: a file missed its bound
        return "-", "-"
    return f"{latency['median_ms']:.2f}", f"{latency['p99_ms']:.2f}"
