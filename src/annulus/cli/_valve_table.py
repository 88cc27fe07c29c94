"""Table of a valve closed before and after a therapy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annulus.planning import ClosureChange

__all__ = ["print_valve"]


def print_valve(closure: ClosureChange) -> None:
    """Print coaptation, leak and forces of both states."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    states = closure.states
    table = Table(box=None, pad_edge=False)
    table.add_column(f"closed valve, {closure.before.level.value} model")
    for name in (*states, "change"):
        table.add_column(name, justify="right")
    leaks = closure.regurgitation()
    for label, key, digits in _ROWS:
        values = [{**state.measures, **leaks.get(name, {})}.get(key) for name, state in states.items()]
        if all(value is None for value in values):
            continue
        numbers = [float(value) if isinstance(value, (int, float)) else None for value in values]
        texts = ["" if number is None else f"{number:.{digits}f}" for number in numbers]
        first, last = numbers
        table.add_row(escape(label), *texts, "" if first is None or last is None else f"{last - first:+.{digits}f}")
    grades = [str(leaks.get(name, {}).get("grade", "")) for name in states]
    if any(grades):
        block = next(iter(leaks.values()))
        table.add_row(escape(f"grade by {block['grade_by']}, {block['scheme']}"), *grades, "")
    if not closure.converged:
        table.add_row("status", *(state.status for state in states.values()), "")
    console.print(table)
    fit = closure.fit()
    if fit:
        console.print(f"fit: {fit['sentence']}", highlight=False)
    for name in states:
        jets = leaks.get(name, {}).get("jets")
        if isinstance(jets, list) and jets:
            places = ", ".join(f"{jet['section']} {jet['area_mm2']:.0f} mm2" for jet in jets)
            console.print(f"holes {name}: {places}", highlight=False)


_ROWS = (
    ("coaptation height A2-P2 [mm]", "a2p2_coapt_height_mm", 1),
    ("coaptation height, mean [mm]", "coapt_height_mean_mm", 1),
    ("tenting height A2-P2 [mm]", "a2p2_tenting_height_mm", 1),
    ("tenting volume [mL]", "tenting_volume_ml", 2),
    ("anatomic orifice [mm2]", "roa_mm2", 0),
    ("effective orifice EROA [mm2]", "eroa_mm2", 0),
    ("regurgitant volume [mL]", "regurgitant_volume_ml", 0),
    ("regurgitant fraction [%]", "regurgitant_fraction_percent", 0),
    ("vena contracta width [mm]", "vena_contracta_mm", 1),
    ("chordae, sum of tensions [N]", "chordae_tension_sum_n", 1),
)
