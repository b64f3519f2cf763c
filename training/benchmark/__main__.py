"""Compares the speed of this package with that of its rivals.

    make bench
    python -m training.benchmark --case 4 --quick

Every number is the ratio of two systems that ran in turn, several times, each
in a process of its own, after their results were compared. The extra `bench`
installs the rivals. `docs/performance.md` explains the cases.
"""

import json
import os
import platform
import time
from dataclasses import dataclass

import click
from rich.console import Console

from training.benchmark import report
from training.benchmark.cases import CASES


@dataclass(frozen=True)
class Effort:
    """How long to measure: turns of each system, wall seconds of each turn."""

    turns: int
    seconds: float
    quick: bool


_FULL = Effort(turns=7, seconds=1.0, quick=False)
_QUICK = Effort(turns=3, seconds=0.2, quick=True)


@click.command(help=__doc__, context_settings={"show_default": True})
@click.option(
    "--case",
    "chosen",
    type=click.Choice([str(number) for number in CASES]),
    multiple=True,
    help="Run this case only. May be repeated.",
)
@click.option("--quick", is_flag=True, help="Few turns and few texts.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False),
    help="Also write the numbers to this file.",
)
@click.option("--markdown", is_flag=True, help="Print a Markdown table.")
def main(chosen, quick, json_file, markdown):
    effort, rows = _QUICK if quick else _FULL, []
    began = time.perf_counter()
    for number in map(int, chosen or CASES):
        for measure in CASES[number]:
            for row in measure(effort):
                rows.append(row)
                click.echo(" | ".join(filter(None, report.cells(row))))
    minutes = (time.perf_counter() - began) / 60
    click.echo(f"\n{_machine()}, {minutes:.1f} minutes\n")
    if markdown:
        click.echo("\n".join(report.markdown(rows)))
    else:
        Console().print(report.table(rows))
    if json_file:
        with open(json_file, "w", encoding="utf-8") as file:
            content = {
                "machine": _machine(),
                "minutes": minutes,
                "rows": [row.as_dict() for row in rows],
            }
            json.dump(content, file, indent=2)


def _machine():
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores of {platform.processor() or platform.machine()}"


if __name__ == "__main__":
    main()
