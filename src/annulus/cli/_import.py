"""`annulus import`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("import")
    def _import(
        recipe: Annotated[Path, typer.Argument(metavar="RECIPE.toml", help="Says which file is which structure.")],
        output: Annotated[Path, typer.Option("--output", "-o", metavar="CASE.json", help="Case to write.")] = Path(
            "case.json"
        ),
        root: Annotated[
            Path | None,
            typer.Option("--root", metavar="DIR", help="Folder of the recipe's files; the recipe's own if left out."),
        ] = None,
        scale: Annotated[
            float | None,
            typer.Option(
                "--scale", metavar="FACTOR", help="Enlarge the finished case by this factor; overrides the recipe."
            ),
        ] = None,
    ) -> None:
        """Make a case from the files that a recipe names, and say how each structure was found."""
        from annulus.anatomy import HANDEDNESS_DOUBT, plausibility
        from annulus.io import import_case, require_outputs, save_case

        require_outputs(output, inputs=(recipe,), root=root)
        imported = import_case(recipe, root=root, scale=scale)
        save_case(imported.case, output)

        from rich.console import Console
        from rich.table import Table

        table = Table(title=f"{imported.case.id}: what was found", title_justify="left")
        for name in ("structure", "result", "how"):
            table.add_column(name, overflow="fold")
        for finding in imported.findings:
            table.add_row(finding.structure, finding.result, finding.how)
        console = Console(markup=False, emoji=False)
        case = imported.case
        doubts = [line for line in case.assumptions if line.name == HANDEDNESS_DOUBT]
        for line in (*plausibility(case.annulus, case.coronary_sinus), *doubts):
            console.print(f"! {line.why}")
        console.print(table)
        print(f"{len(imported.case.assumptions)} assumptions are listed in the case.")
        print(f"written: {output}")
