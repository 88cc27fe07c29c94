"""Comparisons with other codes."""

from __future__ import annotations

from annulus.verification._calculix import calculix_missing, calculix_run
from annulus.verification._case import VerificationCase

__all__ = ["code_cases"]

_STRAIN = (
    "what is left grows with strain and not with refinement: CalculiX's beams are solids of Saint Venant and "
    "Kirchhoff, their axial force is 1.5 strain times off Hooke's law, and they shear"
)


def _compared(n: int, height_mm: float, tension_n: float, dead_loads: bool) -> dict[str, float]:
    run = calculix_run(n, height_mm=height_mm, tension_n=tension_n, dead_loads=dead_loads)
    own, other = run.shortening_mm
    return {"displacement": run.difference, "AP reduction": abs(own - other) / run.largest_mm}


def code_cases() -> tuple[VerificationCase, ...]:
    """Cases against CalculiX: differences over the largest displacement."""
    rows = (
        ("calculix-cable", "plane network, cable of 0.6 N", (0.0, 0.6, False), _STRAIN),
        ("calculix-cable-raised", "the same, vein 5 mm above the annulus", (5.0, 0.6, False), _STRAIN),
        (
            "calculix-dead-loads",
            "plane network, converged forces of a cable of 0.15 N as dead loads",
            (0.0, 0.15, True),
            "dead loads press the vein and magnify every difference the nearer they come to buckling it (0.6 N gives "
            "16 %); hence the small tension",
        ),
    )
    return tuple(
        VerificationCase(
            name,
            f"network of free rods and springs against CalculiX: {what}",
            "calculix",
            {"displacement": 0.0, "AP reduction": 0.0},
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
