"""`annulus report`: a result as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("report")
    def _report(
        result: Annotated[
            Path,
            typer.Argument(
                metavar="RESULT",
                help="Result file of simulate, plan, compare, evaluate, study or trial.",
                show_default=False,
            ),
        ],
        output: Annotated[Path, typer.Option("--output", "-o", help="Page to write (.html).", show_default=False)],
        case: Annotated[
            Path | None,
            typer.Option("--case", help="The case that it was computed for: adds pictures and the 3D scene."),
        ] = None,
    ) -> None:
        """Write one self-contained HTML page: answer, figures, arteries, safety, pictures, 3D scene, assumptions."""
        from annulus.io import load_case, require_outputs
        from annulus.report import write_report

        require_outputs(output, inputs=(result, case))
        heart = None if case is None else load_case(case)
        print(f"Report: {write_report(result, output, case=heart)}")
