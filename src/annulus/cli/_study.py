"""`annulus study run` and `annulus study summary`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annulus.cli._progress import counting

if TYPE_CHECKING:
    from annulus.study import StudyDesign, StudySummary
    from annulus.study import Table as Rows

__all__ = ["register"]

_SHOWN = 30
"""Lines of a table on the terminal."""

_FILE_WIDTH = 200
"""Letters of a line where the output is no terminal."""

_WIDE = 60
"""Letters of a text in a cell."""


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    study = typer.Typer(
        name="study", help="Many hearts, therapies and worlds: run, gone on with, summarised.", no_args_is_help=True
    )
    app.add_typer(study)

    @study.command("run")
    def _run(
        context: typer.Context,
        study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="What is to be done to which hearts.")],
        output: Annotated[
            Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the rows; that of a stopped run too.")
        ],
        workers: Annotated[int, typer.Option(min=1, help="Processes; the rows do not depend on it.")] = 1,
        dask: Annotated[
            str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler whose workers compute instead.")
        ] = None,
    ) -> None:
        """Run a study into DIR; run again, it goes on where it was stopped."""
        from contextlib import ExitStack

        from annulus.io import require_outputs
        from annulus.study import run_study

        require_outputs(inputs=(study,), folder=output)
        with ExitStack() as stack:
            shown: list[Callable[[int], None]] = []

            def begun(design: StudyDesign, notes: tuple[str, ...]) -> None:
                for note in notes:
                    print(f"annulus: {note}", file=sys.stderr, flush=True)
                shown.append(stack.enter_context(counting(context, "hearts", design.n_hearts)))

            stack.enter_context(_resumable())
            done = run_study(study, output, workers=workers, dask=dask, progress=lambda n: shown[0](n), begun=begun)
        print(f"{done}. See it with: annulus study summary {output}. Research use only.")

    @study.command("summary")
    def _summary(
        folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a study, finished or not.")],
        by: Annotated[
            list[str] | None, typer.Option(help="Column that makes the groups; again for more. [default: therapy]")
        ] = None,
        key: Annotated[list[str] | None, typer.Option(help="Quantity to tell of; again for more.")] = None,
        json: Annotated[
            Path | None, typer.Option(metavar="FILE|-", help="Tables as JSON; - for standard output.")
        ] = None,
        csv: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for a CSV file of each table.")] = None,
        plots: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for plots (PNG).")] = None,
    ) -> None:
        """Tables of a study: counts, quantiles, who can take what, differences, variance, failures; plots on demand."""
        from annulus.io import is_standard_output, replaced_file, require_outputs, write_document
        from annulus.study import summarise

        require_outputs(json, inputs=(folder / "study.json",), folder=csv)
        require_outputs(json, folder=plots)
        found = summarise(folder, by=by or (), keys=key or ())
        if json is not None:
            write_document(found.to_dict(), json)
        written = []
        if csv is not None:
            for name, table in found.tables.items():
                with replaced_file(csv / f"{name.replace(' ', '_')}.csv") as part:
                    table.to_csv(part, index=False)
            written.append(str(csv))
        if plots is not None:
            from annulus.viz import study_plots

            for name, figure in study_plots(found, folder):
                with replaced_file(plots / f"{name}.png") as part:
                    figure.savefig(part)
            written.append(str(plots))
        if not is_standard_output(json):
            _print(found)
            for name in written:
                print(f"written: {name}")


@contextmanager
def _resumable() -> Iterator[None]:
    """What a person who stops a run should know."""
    try:
        yield
    except Exception:
        raise
    except BaseException:
        print("annulus: finished chunks are kept: run the same command again to go on.", file=sys.stderr, flush=True)
        raise


def _print(found: StudySummary) -> None:
    from rich.console import Console

    console = Console(markup=False, emoji=False)
    if not console.is_terminal:
        console = Console(markup=False, emoji=False, width=_FILE_WIDTH)
    console.print(str(found), highlight=False)
    for name, table in found.tables.items():
        console.print()
        console.print(f"{name}:", highlight=False)
        console.print(_table(table))
        if len(table) > _SHOWN:
            console.print(f"  ... {len(table) - _SHOWN} more lines: --csv or --json has them", highlight=False)
    console.print("Research use only; study.json says what the columns mean and what is assumed.", style="dim")


def _table(frame: Rows) -> object:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in frame.columns:
        is_text = frame[name].map(lambda value: isinstance(value, str)).any()
        table.add_column(str(name), justify="left" if is_text else "right", no_wrap=True)
    for row in frame.head(_SHOWN).itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    return table


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.4g}"
    text = "" if value is None else str(value)
    return text if len(text) <= _WIDE else text[: _WIDE - 3] + "..."
