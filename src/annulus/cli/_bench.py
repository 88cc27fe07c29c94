"""`annulus bench`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from annulus.bench import Bench, BenchRow

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("bench")
    def _bench(
        context: typer.Context,
        quick: Annotated[bool, typer.Option("--quick", help="Few rounds and small sizes: shows that it runs.")] = False,
        only: Annotated[list[str] | None, typer.Option(help="Run this bench only; may be repeated.")] = None,
        json: Annotated[Path | None, typer.Option(help="Write the figures here; - for standard output.")] = None,
    ) -> int:
        """Measure speed on this machine, against other means, the aims and the machine's own limits."""
        from annulus.bench import run_benches
        from annulus.cli._app import EXIT_DONE
        from annulus.io import is_standard_output, require_outputs, write_document

        require_outputs(json)

        silent = is_standard_output(json)
        report = run_benches(
            quick=quick,
            only=tuple(only or ()),
            before_each=None if context.find_root().params.get("quiet") else _announce,
            after_each=None if silent else _print_table,
        )
        if json is not None:
            write_document(report.to_dict(), json)
        if quick and not silent:
            print("A quick run shows that it runs; its times say nothing about speed.")
        return EXIT_DONE


def _announce(bench: Bench) -> None:
    """A full run takes minutes: say on a terminal what it is at."""
    if sys.stderr.isatty():
        typer.echo(f"measuring: {bench.title}", err=True)


def _print_table(bench: Bench, rows: tuple[BenchRow, ...]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        console = Console(width=180)
    table = Table(title=bench.title, title_justify="left", box=None, pad_edge=False)
    table.add_column("work", no_wrap=True)
    for column in ("time", "ratio"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("baseline")
    for column in ("aim", "floor"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("")
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.3g}" if row.ratio < 100.0 else f"{row.ratio:.0f}"
        baseline = "" if row.baseline_seconds is None else f"{row.baseline}, {_time(row.baseline_seconds)}"
        floor = "" if row.floor_seconds is None else _time(row.floor_seconds)
        work = f"  {row.work}" if row.part else row.work
        numbers = (_time(row.seconds), ratio, escape(baseline), _aim(row), floor)
        table.add_row(escape(work), *numbers, escape(row.note))
    console.print(table, highlight=False)
    console.print()


def _aim(row: BenchRow) -> str:
    aims = [] if row.aim_seconds is None else [_time(row.aim_seconds)]
    if row.aim_ratio is not None:
        aims.append(f"ratio {row.aim_ratio:.0f}")
    return ", ".join([*aims, "[red]missed[/red]"] if row.met is False else aims)


def _time(seconds: float) -> str:
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "us")):
        value = factor * seconds
        if value >= 1.0 or unit == "us":
            break
    return f"{value:.2f} {unit}" if value < 10.0 else f"{value:.1f} {unit}" if value < 100.0 else f"{value:.0f} {unit}"
