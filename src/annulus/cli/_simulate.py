"""`annulus simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("simulate")
    def _simulate(
        case: Annotated[Path, typer.Argument(help="Case file (case.json).")],
        device: Annotated[
            str, typer.Option(help="carillon-D-P-L or double-anchor-D-P-L: anchor diameters and ribbon length in mm.")
        ],
        distal_at_mm: Annotated[
            float | None, typer.Option(help="Site of the ribbon's distal end, mm from the ostium.")
        ] = None,
        traction_n: Annotated[float | None, typer.Option(help="Pull from outside, N.")] = None,
        plication_mm: Annotated[float | None, typer.Option(help="Slack-free path less device length, mm.")] = None,
        json: Annotated[Path | None, typer.Option(help="Write the result here; - for standard output.")] = None,
    ) -> int:
        """Implant a double-anchor device: annulus, coaptation and circumflex gap before and after."""
        from annulus.cli._app import EXIT_DONE, EXIT_NOT_CONVERGED
        from annulus.io import load_case, write_json
        from annulus.planning import simulate

        result = simulate(
            load_case(case), device, distal_at_mm=distal_at_mm, traction_n=traction_n, plication_mm=plication_mm
        )
        if json is not None:
            write_json(result.to_dict(), json)
        if json is None or str(json) != "-":
            _print_table(result)
            if json is not None:
                print(f"written: {json}")
        return EXIT_DONE if result.converged else EXIT_NOT_CONVERGED


def _print_table(result: object) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from annulus.planning import SimulationResult

    if not isinstance(result, SimulationResult):
        raise TypeError("result must be a SimulationResult.")
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
    low, high = result.tension_range_n
    console.print(f"with friction along the vein the ribbon holds {low:.2f} to {high:.2f} N", highlight=False)
    for flag in result.flags:
        console.print(f"[yellow]![/yellow] {flag}", highlight=False)
    console.print(
        f"{len(result.assumptions)} assumptions, no interval yet: see the result file. Research use only.", style="dim"
    )


_ROWS = (
    ("anteroposterior AP [mm]", "ap_mm", 1),
    ("transverse AL-PM [mm]", "alpm_mm", 1),
    ("perimeter [mm]", "perimeter_3d_mm", 1),
    ("area, projected [mm2]", "area_2d_mm2", 0),
    ("height [mm]", "height_mm", 1),
)
