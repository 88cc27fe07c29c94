"""What is odd about a heart and yet no contradiction: said in the first lines of every answer, never refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from annulus.sources import Assumption

if TYPE_CHECKING:
    from annulus.anatomy._annulus import Annulus
    from annulus.anatomy._vessels import CoronarySinus

__all__ = ["AP_MM", "ODD_SIZE", "VEIN_RADIUS_MM", "plausibility"]

ODD_SIZE = "implausible_size"
"""Name of the assumption that says so."""

AP_MM = (18.0, 60.0)
"""Distance from A to P that is told as odd outside of this [mm]: well beyond published adults, from small normal hearts
in systole to dilated ones in diastole."""

VEIN_RADIUS_MM = (2.0, 14.0)
"""Largest area-equivalent radius of the vein that is told as odd outside of this [mm]. The funnel at the ostium is
19.4 (3.9) mm wide in mitral regurgitation [cs-venography-pmid16475163]: its mean and two standard deviations more."""


def plausibility(annulus: Annulus, coronary_sinus: CoronarySinus | None = None) -> tuple[Assumption, ...]:
    """One line for each size that no published adult heart has, with its value."""
    return (*_odd_ap(annulus), *_odd_vein(coronary_sinus))


def _odd_vein(vein: CoronarySinus | None) -> tuple[Assumption, ...]:
    if vein is None or vein.curve.radius is None:
        return ()
    widest = float(vein.curve.radius.max())
    low, high = VEIN_RADIUS_MM
    if low <= widest <= high:
        return ()
    which = "narrower" if widest < low else "wider"
    why = (
        f"the coronary sinus is {which} than an adult's: its largest radius is {widest:.1f} mm, published ones lie "
        f"within {low:g} to {high:g} mm: check its unit, and that it is no diameter"
    )
    return (Assumption(ODD_SIZE, widest, "mm", why, "case"),)


def _odd_ap(annulus: Annulus) -> tuple[Assumption, ...]:
    marks = annulus.landmarks
    ap = float(np.linalg.norm(marks["A"] - marks["P"]))
    low, high = AP_MM
    if low <= ap <= high:
        return ()
    which = "smaller" if ap < low else "larger"
    why = (
        f"the annulus is {which} than an adult's: A to P is {ap:.1f} mm, published adults lie within {low:g} to "
        f"{high:g} mm: check unit and scale"
    )
    return (Assumption(ODD_SIZE, ap, "mm", why, "case"),)
