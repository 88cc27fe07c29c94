"""A valve on any annulus: both leaflets half open and stress-free, with chordae."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np

from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._case import LeafletHeights
from annulus.anatomy._leaflet_parameters import ChordaeLengths, ChordaeParameters, LeafletThickness
from annulus.anatomy.parametric._leaflets import CLEFT_SHARES, LeafletParameters, leaflet_heights
from annulus.anatomy.valve._chordae import fan_chordae
from annulus.anatomy.valve._grid import grid_leaflets, grid_vertices, valve_grid
from annulus.anatomy.valve._stations import CoaptationLine, Stations, hinge_stations, meeting_points
from annulus.anatomy.valve._valve import ANTERIOR, NO_CHORDAE, Valve
from annulus.errors import InputError
from annulus.geometry import Surface

__all__ = ["parametric_valve"]

_REACH = 0.7
"""A column covers at most this share of the way to its meeting point in the plane; it hangs steeper where it would."""

_NOTCH = 0.2
"""Half width of a cleft at the free edge over the distance to the next column."""


def parametric_valve(
    annulus: Annulus,
    leaflets: LeafletParameters | LeafletHeights,
    *,
    thickness: LeafletThickness | None = None,
    tips: Mapping[str, ArrayLike] | None = None,
    chordae: ChordaeParameters | None = None,
    cleft_depth_mm: float | None = None,
    line: CoaptationLine | None = None,
    n_columns: int = 80,
    n_rows: int = 10,
    opening_deg: float = 60.0,
) -> Valve:
    """Both leaflets on an annulus as straight half-open curtains, sharing the columns at the commissures.

    Parameters
    ----------
    annulus
        Annulus; where it has no commissures, a published share of the perimeter stands in (`commissure_positions`).
    leaflets
        Sizes, or heights around the annulus.
    thickness
        Thickness by region; None for the defaults.
    tips
        "AL" and "PM" to papillary tips [mm], shape (3,); None leaves the valve without chordae. In the valve tip 0 is
        AL, tip 1 PM.
    chordae
        Numbers, sections and slack of the chordae; None for the defaults.
    cleft_depth_mm
        Depth of the slits beside P2 from the free edge [mm]; None for that of `leaflets`.
    line
        Line of coaptation that the columns are drawn towards; None for the usual one.
    n_columns, n_rows
        Columns around the annulus (even) and rows of quads from hinge to edge: 2 n_columns n_rows triangles.
    opening_deg
        Angle of the sheets below the annulus plane [deg].

    Raises
    ------
    InputError
        Sizes out of range, a tip above the annulus, landmarks out of order.
    """
    if not 10.0 <= opening_deg <= 90.0:
        raise InputError(f"opening_deg must lie in [10, 90]; got {opening_deg:g}.")
    if n_rows < 2:
        raise InputError(f"n_rows must be at least 2; got {n_rows}.")
    frame = annulus.frame
    stations = hinge_stations(annulus, n_columns)
    hinge = annulus.loop.at(stations.positions)
    heights = leaflets if isinstance(leaflets, LeafletHeights) else leaflet_heights(annulus, leaflets)
    height = heights.at(annulus.theta_deg(hinge))
    if (height < 1.0).any():
        raise InputError(f"leaflet heights must be at least 1 mm all round; got {height.min():g} mm.")
    local = frame.to_local(hinge)
    meeting = meeting_points(annulus, local, CoaptationLine() if line is None else line)
    columns = _curtain(local, meeting, height, np.radians(opening_deg), n_rows)
    if cleft_depth_mm is None:
        cleft_depth_mm = leaflets.cleft_depth_mm if isinstance(leaflets, LeafletParameters) else 0.0
    surface = _with_clefts(valve_grid(columns), stations, height, cleft_depth_mm, n_rows)
    leaflet = grid_leaflets(stations.is_anterior, n_rows)
    places, fan = np.empty((0, 3)), NO_CHORDAE
    if tips is not None:
        parameters = ChordaeParameters() if chordae is None else chordae
        places = np.array([_tip(tips, name) for name in ("AL", "PM")])
        fan = fan_chordae(
            columns,
            stations,
            height_mm=height,
            surface=surface,
            meeting=meeting,
            tips=frame.to_local(places),
            parameters=parameters,
        )
        if parameters.lengths is ChordaeLengths.UP_TO_NORMAL:
            fan = fan.with_lengths(np.minimum(fan.length_mm, _normal_lengths(parameters)))
    return Valve(
        surface=Surface(frame.to_world(surface.points), surface.triangles),
        leaflet=leaflet,
        hinge=grid_vertices(n_columns, n_rows)[:, 0],
        thickness_mm=_thickness(leaflet, LeafletThickness() if thickness is None else thickness, n_columns, n_rows),
        tips=places,
        chordae=fan,
    )


def _tip(tips: Mapping[str, ArrayLike], name: str) -> FloatArray:
    if name not in tips:
        raise InputError(f"chordae need the papillary tips AL and PM; {name} is missing: give it, or no tips at all.")
    return np.asarray(tips[name], dtype=np.float64)


@lru_cache(maxsize=16)
def _normal_lengths(parameters: ChordaeParameters) -> FloatArray:
    """Slack lengths of the normal preset's chordae, in the same order [mm], shape (c,)."""
    from annulus.anatomy.parametric._presets import preset

    case = preset("normal")
    if case.leaflets is None or case.leaflets.heights is None:
        raise InputError("the normal preset must have leaflet heights; it has none.")
    own = replace(parameters, lengths=ChordaeLengths.OWN_TIPS)
    valve = parametric_valve(case.annulus, case.leaflets.heights, tips=case.papillary_tips, chordae=own)
    return valve.chordae.length_mm


def _curtain(hinge: FloatArray, meeting: FloatArray, height: FloatArray, opening: float, n_rows: int) -> FloatArray:
    """Straight columns from the hinge, in the annulus frame [mm], shape (n, n_rows + 1, 3)."""
    inward = meeting - hinge[:, :2]
    distance = np.linalg.norm(inward, axis=1)
    forward = np.minimum(np.cos(opening), _REACH * distance / height)
    flat = forward[:, None] * inward / np.maximum(distance, 1e-9)[:, None]
    along = np.column_stack([flat, -np.sqrt(1.0 - forward**2)])
    share = np.arange(n_rows + 1) / n_rows
    return hinge[:, None] + (share * height[:, None])[..., None] * along[:, None]


def _with_clefts(surface: Surface, stations: Stations, height: FloatArray, depth_mm: float, n_rows: int) -> Surface:
    """Surface slit along the columns nearest to `CLEFT_SHARES` from the free edge to `depth_mm` above it."""
    if depth_mm <= 0.0:
        return surface
    points, triangles = np.array(surface.points), np.array(surface.triangles)
    number = grid_vertices(len(height), n_rows)
    for share in CLEFT_SHARES:
        column = int(np.nanargmin(np.abs(stations.posterior_share - share)))
        first = n_rows - min(max(round(depth_mm / height[column] * n_rows), 1), n_rows - 1)
        apart: IntArray = number[column, first + 1 :]
        # The strip after the column gets vertices of its own; both rims move a little away from the slit.
        opening = (np.arange(1, len(apart) + 1) / len(apart) * _NOTCH)[:, None]
        after = number[(column + 1) % len(number), first + 1 :]
        before = number[column - 1, first + 1 :]
        rim = points[apart] + opening * (points[after] - points[apart])
        points[apart] += opening * (points[before] - points[apart])
        renamed = np.arange(len(points) + len(apart))
        renamed[apart] = len(points) + np.arange(len(apart))
        strip = slice(2 * n_rows * column, 2 * n_rows * (column + 1))
        triangles[strip] = renamed[triangles[strip]]
        points = np.vstack([points, rim])
    return Surface(points, triangles)


def _thickness(leaflet: IntArray, thickness: LeafletThickness, n_columns: int, n_rows: int) -> FloatArray:
    """Thickness of every triangle of the grid [mm], shape (m,)."""
    body = np.where(leaflet == ANTERIOR, thickness.anterior_mm, thickness.posterior_mm)
    # Share of each row in the rough zone, so that every mesh has the same tissue.
    rough = np.clip(np.arange(1, n_rows + 1) - n_rows * (1.0 - thickness.rough_zone_share), 0.0, 1.0)
    factor = 1.0 + rough * (thickness.rough_zone_factor - 1.0)
    return np.asarray(body * np.tile(np.repeat(factor, 2), n_columns), dtype=np.float64)
