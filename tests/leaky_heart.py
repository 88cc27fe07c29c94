"""The heart of the FMR preset with scant leaflets, which leak whatever becomes of the preset's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from annulus.anatomy import Case, LeafletHeights, Leaflets
from annulus.anatomy.parametric import preset

__all__ = ["leaky_heart"]


def leaky_heart() -> Case:
    """Heights fall as squared cosines from 24.2 mm at A and 12.8 mm at P to 8 mm at 66 degrees on either side of A."""
    theta = np.arange(0.0, 360.0, 6.0)
    off = np.abs((theta + 180.0) % 360.0 - 180.0)
    front = off <= 66.0
    share = np.where(front, off / 66.0, (180.0 - off) / 114.0)
    height = 8.0 + np.where(front, 16.2, 4.8) * np.cos(0.5 * np.pi * share) ** 2
    return replace(preset("fmr"), leaflets=Leaflets(heights=LeafletHeights(theta, height)))
