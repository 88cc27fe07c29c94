"""`annulus compare`: therapies side by side in one heart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annulus.cli._progress import counting
from annulus.errors import FileError

if TYPE_CHECKING:
    from rich.table import Table

    from annulus.planning import Comparison
    from annulus.prediction import Row

__all__ = ["register"]

_SHOWN = (
    "annulus.after.ap_mm",
    "annulus.after.alpm_mm",
    "annulus.after.area_2d_mm2",
    "coaptation.after.coapt_height_mean_mm",
    "coaptation.after.tenting_volume_ml",
    "regurgitation.after.eroa_mm2",
    "regurgitation.after.regurgitant_volume_ml",
    "filling.after.diastolic_orifice_mm2",
    "filling.after.mean_gradient_mmhg",
    "circumflex.min_gap_after_mm",
    "circumflex.diameter_stenosis_percent",
    "circumflex.risk.probability",
)
"""Numbers on the terminal, by key of the result; the file has all."""

_PLOTS = (".png", ".svg", ".pdf")


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("compare")
    def _compare(
        context: typer.Context,
        case: Annotated[Path, typer.Argument(help="Case file (case.json).")],
        therapies: Annotated[
            str,
            typer.Option(
                help="Names with commas, such as carillon,ring-28,clip-XTW,bridge-8,none; carillon alone takes the "
                "size by rule."
            ),
        ],
        samples: Annotated[int, typer.Option(help="Worlds, the same for all; 0 gives no intervals.")] = 100,
        seed: Annotated[int, typer.Option(min=0, help="Seed of the worlds.")] = 0,
        level: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.9,
        closure: Annotated[
            str | None,
            typer.Option(
                help="fast, full or none, one for all. [default: fast; full where a therapy or the valve needs it]"
            ),
        ] = None,
        scheme: Annotated[str | None, typer.Option(help="Guideline that grades the leak.")] = None,
        priors: Annotated[Path | None, typer.Option(help="TOML file with distributions of your own.")] = None,
        workers: Annotated[int, typer.Option(min=1, help="Processes that share the worlds.")] = 2,
        json: Annotated[Path | None, typer.Option(help="Write the comparison here; - for standard output.")] = None,
        plot: Annotated[Path | None, typer.Option(help="Draw it here (.png, .svg, .pdf).")] = None,
    ) -> int:
        """Therapies side by side in equal worlds: annulus, coaptation, leak, open valve, circumflex."""
        from annulus.cli._app import EXIT_DONE, EXIT_NOT_CONVERGED
        from annulus.io import (
            is_standard_output,
            load_case,
            load_priors,
            replaced_file,
            require_outputs,
            write_document,
        )
        from annulus.planning import compare

        if plot is not None and plot.suffix.lower() not in _PLOTS:
            raise FileError(plot, "", f"a plot's suffix must be one of {', '.join(_PLOTS)}; got {plot.suffix!r}.")
        require_outputs(json, plot, inputs=(case, priors))
        names = [name for name in therapies.split(",") if name.strip()]
        heart = load_case(case)
        with counting(context, "therapies", len(names)) as progress:
            found = compare(
                heart,
                names,
                closure=closure,
                scheme=scheme,
                samples=samples,
                seed=seed,
                level=level,
                priors=None if priors is None else load_priors(priors),
                workers=workers,
                progress=progress,
            )
        if json is not None:
            write_document(found.to_dict(), json)
        if plot is not None:
            from annulus.viz import plot_comparison

            with replaced_file(plot) as part:
                plot_comparison(found).savefig(part, format=plot.suffix.lower().removeprefix("."))
        if not is_standard_output(json):
            _print(found)
            for path in (json, plot):
                if path is not None:
                    print(f"written: {path}")
        return EXIT_DONE if all(result.converged for result in found.results.values()) else EXIT_NOT_CONVERGED


def _print(found: Comparison) -> None:
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    for result in found.results.values():
        console.print(result.line, style="bold")
    for line in found.notes:
        console.print(f"assumed: {line}")
    for name, why in found.failures.items():
        console.print(f"! {name}: {why}")
    console.print(_side_by_side(found))
    if len(found.results) > 1 and found.differences:
        console.print(_differences(found))
    for name, result in found.results.items():
        for flag in result.flags:
            console.print(f"! {name}: {flag}")
    number = len(found.assumptions)
    console.print(f"{number} assumptions: see the file (--json). Research use only.", style="dim")


def _side_by_side(found: Comparison) -> Table:
    from rich.table import Table

    sampled = [result.samples for result in found.results.values() if result.samples is not None]
    title = "" if not sampled else f"after, with intervals of {100.0 * found.level:g} % over worlds (seed {found.seed})"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in ("", "before", *found.results):
        table.add_column(name, justify="right" if name else "left", overflow="fold")
    for quantity, rows in found.table:
        if not set(quantity.paths) & set(_SHOWN):
            continue
        first = next(iter(rows.values()))
        before = next((text for row in rows.values() if (text := row.text("before"))), "")
        table.add_row(first.label, before, *(_cell(rows.get(name)) for name in found.results))
    return table


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    value = row.text("after") or row.text("")
    if row.interval is None or not value:
        return value
    digits = row.quantity.digits
    return f"{value} ({row.interval[0]:.{digits}f} to {row.interval[1]:.{digits}f})"


def _differences(found: Comparison) -> Table:
    """Every therapy less the first."""
    from rich.table import Table

    from annulus.prediction import by_key

    base, *others = found.results
    table = Table(title=f"less {base}, world by world", title_justify="left", box=None, pad_edge=False)
    for name in ("", *others):
        table.add_column(name, justify="right" if name else "left", overflow="fold")
    known = {(each.therapy, each.key): each for each in found.differences if each.less == base}
    for key in dict.fromkeys(each.key for each in found.differences if each.less == base and each.key in _SHOWN):
        quantity, cells = by_key()[key], []
        for name in others:
            each = known.get((name, key))
            ends = "" if each is None or each.interval is None else "".join(
                (" (", " to ".join(f"{end:+.{quantity.digits}f}" for end in each.interval), ")")
            )  # fmt: skip
            cells.append("" if each is None else f"{each.value:+.{quantity.digits}f}{ends}")
        unit = f" [{quantity.unit}]" if quantity.unit not in ("1", "n") else ""
        table.add_row(f"{quantity.label}{unit}", *cells)
    return table
