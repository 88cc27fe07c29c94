"""`annulus simulate`: one verb for every therapy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from annulus.prediction import Importance, Result

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("simulate")
    def _simulate(
        case: Annotated[Path, typer.Argument(help="Case file (case.json).")],
        device: Annotated[
            str,
            typer.Option(
                help="Name of a therapy, such as carillon-9-18-60, double-anchor-9-18-65, rods-2, bridge-8, ring-28, "
                "clip-XTW, none, or the path of a device file (.toml); another name is answered by the list of forms."
            ),
        ],
        distal_at_mm: Annotated[
            float | None, typer.Option(help="Site on the vein: its distal end, mm from the ostium.")
        ] = None,
        traction_n: Annotated[float | None, typer.Option(help="Pull on the ribbon at the ostium, N.")] = None,
        plication_mm: Annotated[float | None, typer.Option(help="Slack-free path less device length, mm.")] = None,
        traction_reaction: Annotated[
            str | None,
            typer.Option(
                help="What the pull is reacted by: ostium (the operator holds the catheter against it) or outside (a "
                "bench's suture). [default: ostium]"
            ),
        ] = None,
        samples: Annotated[int, typer.Option(help="Worlds of the uncertain numbers; 0 gives no intervals.")] = 0,
        seed: Annotated[int, typer.Option(min=0, help="Seed of the worlds.")] = 0,
        level: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.9,
        costly: Annotated[
            bool, typer.Option("--costly", help="Intervals of costly numbers too, such as the minimal surface's area.")
        ] = False,
        priors: Annotated[Path | None, typer.Option(help="TOML file with distributions of your own.")] = None,
        sobol: Annotated[
            int,
            typer.Option(help="Length of a Sobol sequence (64, 128, ...): which uncertain number matters how much."),
        ] = 0,
        workers: Annotated[int, typer.Option(help="Processes that share the worlds.")] = 1,
        closure: Annotated[
            str | None,
            typer.Option(
                help="Close the leaflets before and after: fast, full, or none (a flat tent only). [default: fast; "
                "full for a ring or clip; none where the case has no leaflets]"
            ),
        ] = None,
        scheme: Annotated[
            str | None, typer.Option(help="Guideline that grades the leak, such as 'ESC 2021 secondary'.")
        ] = None,
        json: Annotated[Path | None, typer.Option(help="Write the result here; - for standard output.")] = None,
    ) -> int:
        """Do a therapy to a heart: annulus, coaptation, regurgitation and circumflex gap before and after."""
        from annulus.cli._app import EXIT_DONE, EXIT_NOT_CONVERGED
        from annulus.io import is_standard_output, load_case, load_priors, require_outputs, write_document
        from annulus.planning import simulate
        from annulus.therapies import therapy

        own = Path(device) if device.strip().lower().endswith(".toml") else None
        require_outputs(json, inputs=(case, priors, own))
        done = therapy(device)
        result = simulate(
            load_case(case),
            done,
            distal_at_mm=distal_at_mm,
            traction_n=traction_n,
            plication_mm=plication_mm,
            traction_reaction=traction_reaction,
            closure=closure,
            scheme=scheme,
            samples=samples,
            seed=seed,
            level=level,
            costly=costly,
            priors=None if priors is None else load_priors(priors),
            workers=workers,
            sobol=sobol,
        )
        if json is not None:
            write_document(result.to_dict(), json)
        if not is_standard_output(json):
            _print(result)
            if json is not None:
                print(f"written: {json}")
        return EXIT_DONE if result.converged else EXIT_NOT_CONVERGED


def _print(result: Result) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    first, *more = result.summary or ("",)
    answered = first.startswith("AP ") and not result.baseline_missed
    said = [first, result.headline, *more] if answered else [result.headline, *result.summary]
    console.print(
        f"[bold]{escape(result.case.id)}[/bold], {escape(result.therapy_name)}: {escape(said[0])}", highlight=False
    )
    for line in said[1:]:
        mark, _, rest = line.partition("! ")
        console.print(escape(line) if mark else f"[yellow]![/yellow] {escape(rest)}", highlight=False)
    console.print(_table(result))
    for name in result.closures:
        jets = result.values.get(f"regurgitation.{name}.jets")
        if jets:
            places = ", ".join(f"{jet['section']} {jet['area_mm2']:.0f} mm2" for jet in jets)
            console.print(f"holes {name}: {places}", highlight=False)
    for name in ("before", "after"):
        grade = result.values.get(f"regurgitation.{name}.grade")
        if grade:
            by, scheme = (result.values[f"regurgitation.{name}.{key}"] for key in ("grade_by", "scheme"))
            console.print(f"grade {name}: {grade} (by {by}, {scheme})", highlight=False)
    valve = result.prediction.heart.valve
    if valve is not None and valve.fitted is not None and not result.baseline_missed:
        console.print(f"fit: {escape(valve.fitted.fit.sentence)}", highlight=False)
    told = {*result.artery_flags, result.baseline_missed}
    for flag in (line for line in result.flags if line not in told):
        console.print(f"[yellow]![/yellow] {escape(flag)}", highlight=False)
    _print_safety(result)
    if result.importance is not None:
        _print_importance(result.importance)
    console.print(_last_line(result), style="dim", highlight=False)


def _table(result: Result) -> Table:
    from rich.markup import escape
    from rich.table import Table

    rows, samples = result.rows(), result.samples
    states = [name for name in ("before", "traction", "after") if any(name in row.values for row in rows)]
    title = None
    if samples is not None:
        failed = sum(samples.failures.values())
        title = (
            f"intervals: {100.0 * samples.level:g} % of {samples.n} worlds, {failed} failed (seed {samples.seed}), of "
            "the value after"
        )
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("closed valve by the " + _closure(result) if result.closures else "")
    for name in (*states, "change", *(["interval"] if samples is not None else [])):
        table.add_column(name, justify="right")
    for row in rows:
        # What has one value stands under the last state.
        texts = [row.text(name) or (row.text("") if name == states[-1] else "") for name in states]
        digits = row.quantity.digits
        ends = "" if row.interval is None else f"{row.interval[0]:.{digits}f} to {row.interval[1]:.{digits}f}"
        table.add_row(escape(row.label), *texts, row.change, *([ends] if samples is not None else []))
    return table


def _print_safety(result: Result) -> None:
    """The panel, the worst first; what the model has no answer for in a line."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from annulus.prediction import Safety
    from annulus.quantity import plain_key

    colours = {Safety.HIGH: "red", Safety.CAUTION: "yellow", Safety.UNKNOWN: "cyan", Safety.OK: "green"}
    console, sampled = Console(), result.samples is not None
    table = Table(
        title="safety (docs/safety.md; indicators, not rates)", title_justify="left", box=None, pad_edge=False
    )
    for name in ("status", "event", "rests on", "value", *(["interval"] if sampled else [])):
        table.add_column(name, justify="right" if name in ("value", "interval") else "left")
    silent = [row.event for row in result.safety if row.status is Safety.NOT_MODELLED]
    for status, colour in colours.items():
        for row in (row for row in result.safety if row.status is status):
            quantity = None if row.key is None else result.quantities.get(plain_key(row.key))
            digits = 1 if quantity is None else quantity.digits
            digits = max(digits, 2) if row.unit == "1" else digits
            unit = {"1": "", "percent": " %", None: ""}.get(row.unit, f" {row.unit}")
            value = "" if row.value is None else f"{row.value + 0.0:.{digits}f}{unit}"
            ends = None if row.key is None else result.interval(row.key)
            told = "" if ends is None else f"{ends[0]:.{digits}f} to {ends[1]:.{digits}f}"
            cells = (escape(row.event), escape(row.indicator or row.basis), value, *([told] if sampled else []))
            table.add_row(f"[{colour}]{status.value}[/{colour}]", *cells)
    console.print(table)
    console.print(f"not modelled: {escape('; '.join(silent))}", style="dim", highlight=False)


def _closure(result: Result) -> str:
    return f"{result.closures['before'].kind.value} closure"


def _print_importance(matters: Importance) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for key, shares in matters.shares.items():
        table = Table(title=f"what {key} rests on", title_justify="left", box=None, pad_edge=False)
        for column in ("number", "first order", "total"):
            table.add_column(column, justify="left" if column == "number" else "right")
        for share in shares[:_SHOWN_SHARES]:
            parts = ((share.first_order, share.first_order_error), (share.total, share.total_error))
            table.add_row(share.name, *(f"{100.0 * part:.0f} ± {100.0 * error:.0f} %" for part, error in parts))
        console.print(table)
    console.print(
        f"{matters.n_evaluations} predictions, {matters.n_failed} without equilibrium (base {matters.base}, "
        f"seed {matters.seed}); ± is a 95 % bootstrap interval",
        style="dim",
    )


def _last_line(result: Result) -> str:
    intervals = "no interval (--samples N gives them)" if result.samples is None else "intervals"
    return f"{len(result.assumptions)} assumptions, {intervals}: see the result file. Research use only."


_SHOWN_SHARES = 8
