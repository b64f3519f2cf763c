"""The measurements of an export folder, as a table in the terminal."""

from rich.table import Table

from keras_attn.release.file_size import file_size
from keras_attn.runs.printing import plain_console, visible

WIDTH = 100  # columns, if the output is not a terminal


def show(parity):
    """Print the content of `parity.json` as a table, and any misses.

    Args:
        parity: Dictionary, the content of `parity.json`.
    """
    console = plain_console()
    if not console.is_terminal:
        console = plain_console(width=WIDTH)
    console.print(
        visible(f"{parity['dataset']} ({parity['split']}), ")
        + f"{parity['texts']:,} texts; accuracy of the Keras model: "
        f"{parity['accuracy']:.2%}"
    )
    console.print(_table(parity))
    for name, measured in parity["files"].items():
        for miss in measured["misses"]:
            console.print(f"{name} misses its bound: {miss}")


def _table(parity):
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    table.add_column("file", no_wrap=True)
    for column in (
        "largest\ndifference",
        "in\nattention",
        "equal\ndecisions",
        "accuracy",
        "points",
        "size",
        "of\nfloat32",
        "median\nms",
        "p99\nms",
    ):
        table.add_column(column, justify="right", no_wrap=True)
    for name, measured in parity["files"].items():
        table.add_row(
            name + (" !" if measured["misses"] else ""),
            f"{measured['max_difference']:.1e}",
            f"{measured['max_attention_difference']:.1e}",
            f"{measured['equal_decisions']:.2%}",
            f"{measured['accuracy']:.2%}",
            f"{measured['accuracy_points']:+.2f}",
            file_size(measured["size"]),
            f"{measured['size_ratio']:.0%}",
            *_milliseconds(parity["latency"]["files"].get(name)),
        )
    return table


def _milliseconds(latency):
    if latency is None:  # a missed bound ended the export before this
        return "-", "-"
    return f"{latency['median_ms']:.2f}", f"{latency['p99_ms']:.2f}"
