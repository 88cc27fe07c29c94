"""`annulus simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annulus.cli._comparator import run_comparator
from annulus.cli._valve_table import print_valve
from annulus.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from annulus.planning import Importance, SimulationResult

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("simulate")
    def _simulate(
        case: Annotated[Path, typer.Argument(help="Case file (case.json).")],
        device: Annotated[
            str,
            typer.Option(
                help="carillon-D-P-L or double-anchor-D-P-L (anchor diameters, ribbon length in mm); to compare: "
                "ring-SIZE[-planar][-partial], clip-NT, NTW, XT, XTW[@MM], two joined by +."
            ),
        ],
        distal_at_mm: Annotated[
            float | None, typer.Option(help="Site of the ribbon's distal end, mm from the ostium.")
        ] = None,
        traction_n: Annotated[float | None, typer.Option(help="Pull from outside, N.")] = None,
        plication_mm: Annotated[float | None, typer.Option(help="Slack-free path less device length, mm.")] = None,
        samples: Annotated[int, typer.Option(help="Draws of the uncertain numbers; 0 gives no intervals.")] = 0,
        seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
        level: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.9,
        priors: Annotated[Path | None, typer.Option(help="TOML file with distributions of your own.")] = None,
        sobol: Annotated[
            int,
            typer.Option(help="Length of a Sobol sequence (64, 128, ...): which uncertain number matters how much."),
        ] = 0,
        workers: Annotated[int, typer.Option(help="Processes that share the draws.")] = 1,
        closure: Annotated[
            str | None,
            typer.Option(
                help="Close the leaflets before and after: none (a flat tent only), fast or full. [default: none; full "
                "for a ring or clip]"
            ),
        ] = None,
        scheme: Annotated[
            str | None, typer.Option(help="Guideline that grades the leak, such as 'ESC 2021 secondary'.")
        ] = None,
        json: Annotated[Path | None, typer.Option(help="Write the result here; - for standard output.")] = None,
    ) -> int:
        """Implant a device: annulus, coaptation, regurgitation and circumflex gap before and after."""
        from annulus.devices import DoubleAnchor, parse_therapy

        therapy = parse_therapy(device)
        if not isinstance(therapy, DoubleAnchor):
            given = {
                "--distal-at-mm": distal_at_mm,
                "--traction-n": traction_n,
                "--plication-mm": plication_mm,
                "--samples": samples or None,
                "--sobol": sobol or None,
                "--priors": priors,
            }
            unfit = [name for name, value in given.items() if value is not None]
            if unfit:
                raise InputError(f"{unfit[0]} belongs to a double-anchor device; {device!r} is none: leave it out.")
            return run_comparator(
                case, therapy, closure="full" if closure is None else closure, scheme=scheme, json=json
            )
        from annulus.cli._app import EXIT_DONE, EXIT_NOT_CONVERGED
        from annulus.io import load_case, load_priors, write_json
        from annulus.planning import importance, simulate

        known = None if priors is None else load_priors(priors)
        result = simulate(
            load_case(case),
            device,
            distal_at_mm=distal_at_mm,
            traction_n=traction_n,
            plication_mm=plication_mm,
            samples=samples,
            seed=seed,
            level=level,
            priors=known,
            workers=workers,
            closure="none" if closure is None else closure,
            scheme=scheme,
        )
        document = result.to_dict()
        matters = None
        if sobol:
            matters = importance(result.plan, base=sobol, seed=seed, priors=known, workers=workers)
            document["importance"] = result.importance_block(matters)
        if json is not None:
            write_json(document, json)
        if json is None or str(json) != "-":
            _print_table(result)
            if matters is not None:
                _print_importance(matters)
            if json is not None:
                print(f"written: {json}")
        return EXIT_DONE if result.converged else EXIT_NOT_CONVERGED


def _print_table(result: SimulationResult) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    cinch, landing = result.cinch, result.cinch.landing
    console.print(f"[bold]{result.case.id}[/bold], {result.device.name}: {cinch.status.advice}", highlight=False)
    console.print(
        f"ribbon from {landing.proximal_s_mm:.1f} to {landing.distal_s_mm:.1f} mm of the vein; "
        f"arc {cinch.centreline_arc_mm:.1f}, slack-free path {cinch.slack_free_path_mm:.1f}, device "
        f"{cinch.device_length_mm:.1f}, plication {cinch.plication_mm:.1f} mm",
        highlight=False,
    )
    table = Table(box=None, pad_edge=False)
    table.add_column("measure")
    for column in ("before", "traction", "locked", "change"):
        table.add_column(column, justify="right")
    before, traction, after = result.before, result.traction, result.after
    for label, key, digits in _ROWS:
        values = [getattr(state, key) for state in (before, traction, after)]
        change = f"{result.change_percent[key]:+.1f} %"
        table.add_row(escape(label), *(f"{value:.{digits}f}" for value in values), change)
    pull, lock = cinch.traction.tension_n, cinch.locked.tension_n
    table.add_row(escape("ribbon tension [N]"), "", f"{pull:.2f}", f"{lock:.2f}", "")
    tent, tent_after = result.tent, result.tent.with_diameter(after.ap_mm)
    heights = (tent.coaptation_height_mm, tent_after.coaptation_height_mm)
    grown = f"{heights[1] - heights[0]:+.1f} mm"
    table.add_row(escape("A2-P2 coaptation, tent [mm]"), f"{heights[0]:.1f}", "", f"{heights[1]:.1f}", grown)
    if "min_gap_after_mm" in result.circumflex:
        gaps = (result.circumflex["min_gap_before_mm"], result.circumflex["min_gap_after_mm"])
        moved = f"{gaps[1] - gaps[0]:+.1f} mm"
        table.add_row(escape("smallest artery gap [mm]"), f"{gaps[0]:.1f}", "", f"{gaps[1]:.1f}", moved)
    console.print(table)
    if result.closure is not None:
        print_valve(result.closure)
    low, high = result.tension_range_n
    console.print(f"with friction along the vein the ribbon holds {low:.2f} to {high:.2f} N", highlight=False)
    for flag in result.flags:
        console.print(f"[yellow]![/yellow] {flag}", highlight=False)
    if result.samples is not None:
        console.print(_interval_table(result))
    intervals = "no interval (--samples N gives them)" if result.samples is None else "intervals"
    console.print(
        f"{len(result.assumptions)} assumptions, {intervals}: see the result file. Research use only.", style="dim"
    )


def _interval_table(result: SimulationResult) -> Table:
    from rich.markup import escape
    from rich.table import Table

    samples = result.samples
    if samples is None:
        raise TypeError("result must have samples.")
    failed = sum(samples.failures.values())
    title = f"{100.0 * samples.level:g} % intervals of {samples.n} draws, {failed} failed (seed {samples.seed})"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in ("number", "from", "to", "standard error of the ends"):
        table.add_column(column, justify="left" if column == "number" else "right")
    for label, key, digits in _INTERVAL_ROWS:
        if key in samples.intervals:
            ends, errors = samples.intervals[key], samples.standard_error[key]
            numbers = [f"{value:.{digits}f}" for value in ends]
            table.add_row(escape(label), *numbers, " / ".join(f"{error:.{digits + 1}f}" for error in errors))
    return table


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


_SHOWN_SHARES = 8

_ROWS = (
    ("anteroposterior AP [mm]", "ap_mm", 1),
    ("transverse AL-PM [mm]", "alpm_mm", 1),
    ("perimeter [mm]", "perimeter_3d_mm", 1),
    ("area, projected [mm2]", "area_2d_mm2", 0),
    ("height [mm]", "height_mm", 1),
)

_INTERVAL_ROWS = (
    ("AP locked [mm]", "annulus.after.ap_mm", 1),
    ("AP change [%]", "annulus.change_percent.ap_mm", 1),
    ("area change, projected [%]", "annulus.change_percent.area_2d_mm2", 1),
    ("perimeter change [%]", "annulus.change_percent.perimeter_3d_mm", 1),
    ("plication [mm]", "therapy.plication_mm", 1),
    ("locked tension [N]", "therapy.locked_tension_n", 2),
    ("A2-P2 coaptation, tent, locked [mm]", "coaptation.after.coapt_height_mm", 1),
    ("smallest artery gap before [mm]", "circumflex.min_gap_before_mm", 1),
    ("smallest artery gap locked [mm]", "circumflex.min_gap_after_mm", 1),
)
