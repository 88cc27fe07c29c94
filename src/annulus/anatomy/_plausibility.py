"""What is odd about a heart and yet no contradiction: said in the first lines of every answer, never refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from annulus.sources import Assumption

if TYPE_CHECKING:
    from annulus.anatomy._annulus import Annulus

__all__ = ["AP_MM", "ODD_SIZE", "plausibility"]

ODD_SIZE = "implausible_size"
"""Name of the assumption that says so."""

AP_MM = (18.0, 60.0)
"""Distance from A to P that is told as odd outside of this [mm]: well beyond published adults, from small normal hearts
in systole to dilated ones in diastole."""


def plausibility(annulus: Annulus) -> tuple[Assumption, ...]:
    """One line for each size that no published adult heart has, with its value."""
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
