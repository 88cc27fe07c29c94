"""Places around the annulus that a therapy takes for granted: a septum that no case knows, the vein behind P."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Annulus
from annulus.heart import Heart

__all__ = ["behind_p", "beyond_annulus"]


def beyond_annulus(annulus: Annulus, theta_deg: float, outside_mm: float, above_mm: float) -> FloatArray:
    """Point at an annular angle [deg], so far beyond the annulus and above its plane [mm], shape (3,)."""
    theta = annulus.theta_deg(annulus.loop.points)
    nearest = int(np.argmin(np.abs((theta - theta_deg + 180.0) % 360.0 - 180.0)))
    place = annulus.frame.to_local(annulus.loop.points[nearest : nearest + 1])[0]
    outwards = place[:2] / np.linalg.norm(place[:2])
    return annulus.frame.to_world(np.array([[*(place[:2] + outside_mm * outwards), above_mm]]))[0]


def behind_p(heart: Heart) -> float:
    """Arc length along the vein behind the middle of the posterior annulus [mm]."""
    s, _ = heart.sinus.curve.closest(heart.case.annulus.landmarks["P"].reshape(1, 3))
    return float(s[0])
