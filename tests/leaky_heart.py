"""The heart of the FMR preset with scant leaflets, which leak whatever becomes of the preset's own."""

from __future__ import annotations

from dataclasses import replace

from annulus.anatomy import Case, LeafletHeights, Leaflets
from annulus.anatomy.parametric import preset

__all__ = ["leaky_heart"]


def leaky_heart() -> Case:
    """Heights of nine tenths."""
    case = preset("fmr")
    assert case.leaflets is not None and case.leaflets.heights is not None
    heights = case.leaflets.heights
    return replace(case, leaflets=Leaflets(heights=LeafletHeights(heights.theta_deg, 0.9 * heights.height_mm)))
