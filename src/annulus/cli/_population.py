"""`annulus population`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annulus.cli._progress import counting

if TYPE_CHECKING:
    from annulus.population import Population

__all__ = ["register"]

_TELLING = 50
"""Fewer patients say nothing on whether a row agrees with the published one."""


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("population")
    def _population(
        context: typer.Context,
        preset: Annotated[
            str, typer.Argument(metavar="PRESET", help="normal, fmr, ischaemic, afmr, or a preset of your own (.toml).")
        ],
        n: Annotated[int, typer.Option("--n", "-n", min=1, help="How many patients.")],
        output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the table.")],
        seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same patients.")] = 0,
        workers: Annotated[int, typer.Option(min=1, help="Processes; the patients do not depend on it.")] = 1,
        cases: Annotated[int, typer.Option(min=0, help="Write the case files of the first so many patients.")] = 0,
        json: Annotated[
            Path | None, typer.Option("--json", metavar="FILE|-", help="population.json here too; - prints only JSON.")
        ] = None,
    ) -> None:
        """Draw virtual patients: DIR/patients.csv (one row each), DIR/population.json, and case files on demand."""
        from annulus.io import (
            is_standard_output,
            population_document,
            read_population_preset,
            require_outputs,
            require_population_folder,
            write_document,
            write_population,
        )
        from annulus.population import sample_population

        own = Path(preset) if preset.lower().endswith(".toml") else None
        replaced = require_population_folder(output)
        require_outputs(json, inputs=(own,), folder=output)
        chosen = preset if own is None else read_population_preset(own)
        with counting(context, "patients", n) as progress:
            drawn = sample_population(chosen, n=n, seed=seed, workers=workers, progress=progress)
        write_population(drawn, output, n_cases=cases)
        if json is not None:
            write_document(population_document(drawn), json)
        if not is_standard_output(json):
            if replaced:
                print(f"the population that was in {output} was replaced.")
            _print(drawn, output)


def _print(population: Population, folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    from annulus.population import published_agreement

    console = Console(markup=False, emoji=False)
    console.print(str(population), highlight=False)
    for reason, count in population.rejected.items():
        console.print(f"  {count:6d} {reason.value}", highlight=False)
    table = Table(box=None, pad_edge=False)
    for name in ("measured on the hearts", "published", "here", "agrees"):
        table.add_column(name, justify="left" if name.startswith("measured") else "right")
    for row in published_agreement(population):
        spread = "" if row.published_sd is None else f" ± {row.published_sd:.3g}"
        own = "" if row.published_sd is None else f" ± {row.found_sd:.3g}"
        key = row.key if row.below is None else f"{row.key}, share below {row.below:g}"
        agrees = "" if row.n < _TELLING else "yes" if row.agrees else "no"
        table.add_row(key, f"{row.published:.4g}{spread}", f"{row.found:.4g}{own}", agrees)
    console.print(table)
    few = f" Rows of fewer than {_TELLING} patients are not judged." if len(population) < _TELLING else ""
    print(f"written: {folder}; why rows differ stands in population.json.{few} Research use only.")
