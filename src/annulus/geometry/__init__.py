"""Immutable shapes: loops, curves, surfaces, frames, and what is taken from surfaces."""

from annulus.geometry._boundary import annulus_from_boundary
from annulus.geometry._crossings import CurveCrossing, crossings_seen_from
from annulus.geometry._curve import Curve
from annulus.geometry._frame import Frame
from annulus.geometry._interface import annulus_from_interface
from annulus.geometry._interpenetration import crossing_triangles
from annulus.geometry._loop import Loop
from annulus.geometry._minimal import MinimalSurface, minimal_surface
from annulus.geometry._polar import ExtractedLoop
from annulus.geometry._ring import ring_axis
from annulus.geometry._section import Wall
from annulus.geometry._surface import Surface
from annulus.geometry._sweep import swept_tube
from annulus.geometry._tube import ring_tube
from annulus.geometry._vessel import VesselAxis, vessel_axis
from annulus.geometry._welding import directed_edges, edge_distances, unique_pairs, vertex_areas, welded

__all__ = [
    "Curve",
    "CurveCrossing",
    "ExtractedLoop",
    "Frame",
    "Loop",
    "MinimalSurface",
    "Surface",
    "VesselAxis",
    "Wall",
    "annulus_from_boundary",
    "annulus_from_interface",
    "crossing_triangles",
    "crossings_seen_from",
    "directed_edges",
    "edge_distances",
    "minimal_surface",
    "ring_axis",
    "ring_tube",
    "swept_tube",
    "unique_pairs",
    "vertex_areas",
    "vessel_axis",
    "welded",
]
