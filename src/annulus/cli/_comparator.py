"""`annulus simulate` for rings and clips."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from annulus.cli._valve_table import print_valve

if TYPE_CHECKING:
    from annulus.devices import EdgeToEdgeClip, SurgicalRing
    from annulus.planning import ComparatorResult

__all__ = ["run_comparator"]


def run_comparator(
    case: Path,
    therapy: SurgicalRing | tuple[EdgeToEdgeClip, ...],
    *,
    closure: str,
    scheme: str | None,
    json: Path | None,
) -> int:
    """Simulate a ring or clips, write and print the result; the exit code."""
    from annulus.cli._app import EXIT_DONE, EXIT_NOT_CONVERGED
    from annulus.io import load_case, write_json
    from annulus.planning import simulate_clip, simulate_ring

    heart = load_case(case)
    if isinstance(therapy, tuple):
        result = simulate_clip(heart, therapy, closure=closure, scheme=scheme)
    else:
        result = simulate_ring(heart, therapy, closure=closure, scheme=scheme)
    if json is not None:
        write_json(result.to_dict(), json)
    if json is None or str(json) != "-":
        _print(result)
        if json is not None:
            print(f"written: {json}")
    return EXIT_DONE if result.converged else EXIT_NOT_CONVERGED


def _print(result: ComparatorResult) -> None:
    from rich.console import Console

    console = Console()
    before, after = result.before, result.after
    console.print(
        f"[bold]{result.case.id}[/bold], {result.therapy['device']}: AP {before.ap_mm:.1f} -> {after.ap_mm:.1f} mm, "
        f"transverse {before.alpm_mm:.1f} -> {after.alpm_mm:.1f} mm",
        highlight=False,
    )
    print_valve(result.closure)
    for name, block in result.filling.items():
        console.print(
            f"open valve {name}: {block['diastolic_orifice_mm2']:.0f} mm2 in {block['n_orifices']:.0f}, mean gradient "
            f"at least {block['mean_gradient_mmhg']:.1f} mmHg",
            highlight=False,
        )
    for flag in result.flags:
        console.print(f"[yellow]![/yellow] {flag}", highlight=False)
    console.print(f"{len(result.assumptions)} assumptions: see the result file. Research use only.", style="dim")
