"""`annulus verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("verify")
    def _verify(
        full: Annotated[bool, typer.Option("--full", help="Also the long cases: CalculiX, where installed.")] = False,
        only: Annotated[list[str] | None, typer.Option(help="Run this case only; may be repeated.")] = None,
        json: Annotated[Path | None, typer.Option(help="Write the result here; - for standard output.")] = None,
    ) -> int:
        """Solve cases with known answers and compare: a table of values, errors and orders of convergence."""
        from annulus.cli._app import EXIT_DONE, EXIT_NOT_CONVERGED
        from annulus.errors import InputError
        from annulus.io import is_standard_output, require_outputs, write_document
        from annulus.verification import verification_cases, verify

        require_outputs(json)
        known = [case.id for case in verification_cases()]
        for name in only or ():
            if name not in known:
                raise InputError(f"--only must name a case; got {name!r}: one of {', '.join(known)}.")
        result = verify(full=full, only=tuple(only or ()))
        if json is not None:
            write_document(result.to_dict(), json)
        if not is_standard_output(json):
            _print_table(result)
        return EXIT_DONE if result.passed else EXIT_NOT_CONVERGED


def _print_table(result: object) -> None:
    from rich.console import Console
    from rich.table import Table

    from annulus.verification import Outcome, VerificationResult

    if not isinstance(result, VerificationResult):
        raise TypeError("result must be a VerificationResult.")
    colours = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.SKIPPED: "yellow"}
    table = Table(box=None, pad_edge=False)
    table.add_column("case", no_wrap=True)
    for column in ("reference", "quantity"):
        table.add_column(column)
    for column in ("value", "expected", "error", "order", "s"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("")
    for one in result.results:
        name = one.worst
        numbers = (
            (f"{one.values[-1][name]:.6g}", f"{one.case.expected[name]:.6g}", f"{one.errors[-1][name]:.0e}")
            if name
            else ("", "", "")
        )
        order = "" if one.order is None else f"{one.order:.2f}"
        colour = colours[one.outcome]
        mark = f"[{colour}]{one.outcome.value}[/{colour}]"
        table.add_row(one.case.id, one.case.reference, name, *numbers, order, f"{one.seconds:.1f}", mark)
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    console.print(table, highlight=False)
    for one in result.results:
        if one.reason:
            console.print(f"{one.case.id}: {one.reason}", highlight=False)
    console.print(result.summary, highlight=False)
