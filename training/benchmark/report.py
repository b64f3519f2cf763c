"""The rows of a benchmark: a number, its spread, its target and a verdict."""

from dataclasses import asdict, dataclass

from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One measured number.

    Args:
        case: Integer, the number of the case in `docs/performance.md`.
        measured: String, what was measured and on what.
        value: Float, the number that is compared with the target.
        target: Float, the limit. Defaults to `None`: the number is given for
            information.
        at_least: Boolean, whether the target is a lower limit. Defaults to
            `False`: an upper one.
        unit: String. Defaults to `""`: a ratio.
        wall: Float, the ratio of wall times, if the value is one of CPU times.
            Defaults to `None`.
        spread: Pair of floats, the smallest and largest value of a turn.
            Defaults to `None`.
        busy: Boolean, whether wall and CPU time disagree. Defaults to `False`.
    """

    case: int
    measured: str
    value: float
    target: float | None = None
    at_least: bool = False
    unit: str = ""
    wall: float | None = None
    spread: tuple | None = None
    busy: bool = False

    @property
    def holds(self):
        """Whether the target is reached; None without a target."""
        if self.target is None:
            return None
        if self.at_least:
            return self.value >= self.target
        return self.value <= self.target

    def as_dict(self):
        return {**asdict(self), "holds": self.holds}


def ratio_row(case, measured, ratio, target=None):
    """The `Row` of a ratio of CPU times, ours / the rival's."""
    return Row(
        case,
        measured,
        ratio.cpu,
        target,
        wall=ratio.wall,
        spread=(min(ratio.cpus), max(ratio.cpus)),
        busy=not ratio.agrees,
    )


def speedup_row(case, measured, ratio, target=None):
    """The `Row` of how many times as fast as a rival ours is."""
    speedups = [1 / r for r in ratio.cpus]
    return Row(
        case,
        measured,
        1 / ratio.cpu,
        target,
        at_least=True,
        wall=1 / ratio.wall,
        spread=(min(speedups), max(speedups)),
        busy=not ratio.agrees,
    )


HEADINGS = (
    "case",
    "measured",
    "result",
    "spread",
    "wall",
    "target",
    "verdict",
)


def cells(row):
    """Return what a table shows of a row, as strings."""
    sign = "≥" if row.at_least else "≤"
    return (
        str(row.case),
        row.measured,
        _number(row.value) + (f" {row.unit}" if row.unit else ""),
        "–".join(map(_number, row.spread)) if row.spread else "",
        "" if row.wall is None else _number(row.wall),
        "" if row.target is None else f"{sign} {_number(row.target)}",
        _verdict(row),
    )


def _number(value):
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _verdict(row):
    words = {None: "", True: "holds", False: "missed"}[row.holds]
    if not row.busy:
        return words
    return f"{words}, wall and CPU time differ".removeprefix(", ")


def table(rows):
    """Return the `rich.table.Table` of rows."""
    shown = Table(box=None)
    for heading in HEADINGS:
        shown.add_column(heading)
    for row in rows:
        shown.add_row(*cells(row))
    return shown


def markdown(rows):
    """Return the lines of the same table in Markdown."""
    lines = [HEADINGS, ["---"] * len(HEADINGS), *map(cells, rows)]
    return ["| " + " | ".join(line) + " |" for line in lines]
