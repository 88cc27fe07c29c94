"""Comparisons with other codes."""

from __future__ import annotations

from annulus.io._calculix import calculix_missing
from annulus.verification._calculix import calculix_run
from annulus.verification._case import VerificationCase

__all__ = ["code_cases"]

_ENDS = (
    "the difference sits at the vein's two ends, where the ribbon pulls at single nodes (elsewhere it is below 0.5 %). "
    "It grows with tension (48 nodes: 0.8, 0.9, 1.4, 2.7 % at 0.15, 0.3, 0.6, 1.2 N), for CalculiX's beams are solids "
    "of Saint Venant and Kirchhoff, whose axial force is 1.5 strain times off Hooke's law; and it grows as edges "
    "become short against the 4 mm section (4.2 % at 192 nodes), where a solid gives way under a point load and a "
    "rod does not"
)


def _compared(n: int, height_mm: float, tension_n: float, dead_loads: bool) -> dict[str, float]:
    run = calculix_run(n, height_mm=height_mm, tension_n=tension_n, dead_loads=dead_loads)
    own, other = run.shortening_mm
    return {
        "displacement": run.difference,
        "away from the ends": run.inner_difference,
        "AP reduction": abs(own - other) / run.largest_mm,
    }


def code_cases() -> tuple[VerificationCase, ...]:
    """Cases against CalculiX: differences over the largest displacement."""
    rows = (
        ("calculix-cable", "plane network, cable of 0.6 N", (0.0, 0.6, False), _ENDS),
        ("calculix-cable-raised", "the same, vein 5 mm above the annulus", (5.0, 0.6, False), _ENDS),
        (
            "calculix-dead-loads",
            "plane network, converged forces of a cable of 0.15 N as dead loads",
            (0.0, 0.15, True),
            "dead loads press the vein and magnify every difference the nearer they come to buckling it (0.6 N gives "
            "16 %); hence the small tension; at the vein's ends as above (2.5 % at 192 nodes, 0.5 % elsewhere)",
        ),
    )
    return tuple(
        VerificationCase(
            name,
            f"network of free rods and springs against CalculiX: {what}",
            "calculix",
            {"displacement": 0.0, "away from the ends": 0.0, "AP reduction": 0.0},
            lambda n, options=options: _compared(n, *options),
            (48, 96),
            0.02,
            long=True,
            needs=calculix_missing,
            scale=1.0,
            note=note,
        )
        for name, what, options, note in rows
    )
