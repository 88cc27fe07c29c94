"""Immutable shapes: loops, curves, surfaces, frames, and what is taken from surfaces."""

from annulus.geometry._crossings import CurveCrossing, crossings_seen_from
from annulus.geometry._curve import Curve
from annulus.geometry._frame import Frame
from annulus.geometry._loop import Loop
from annulus.geometry._minimal import MinimalSurface, minimal_surface
from annulus.geometry._surface import Surface

__all__ = [
    "Curve",
    "CurveCrossing",
    "Frame",
    "Loop",
    "MinimalSurface",
    "Surface",
    "crossings_seen_from",
    "minimal_surface",
]
