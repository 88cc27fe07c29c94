"""The device as wires: anchors as helices and hoops of their diameter in the vein, ribbon, ring, rods, arms, bridge.

What a therapy gives is plain data, names and rows of points: a name that is not known here is drawn as a line, a single
point as a ball.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from annulus._typing import FloatArray
from annulus.geometry import Curve
from annulus.viz import _style as style
from annulus.viz._shapes import ResultShapes
from annulus.viz._states import DrawnState
from annulus.viz._sweep import smooth_curve, sweep, tangents_of, tube_axes

__all__ = ["add_device", "device_wires"]

_RIBBON_HALF_WIDTH, _RIBBON_HALF_THICKNESS = 0.9, 0.3
_WIRE_RADIUS = 0.33
# Words of shapes, not kinds of therapy: what is not listed is drawn all the same.
_LINE_RADIUS = dict(ring=0.95, rods=0.8, bridge=0.35, cerclage=0.4, band=0.9, arch=0.5, clip=1.1)  # noqa: C408
"""Radius that a line is drawn with, by the first word of its name [mm]; another one is `_OTHER_RADIUS`."""

_OTHER_RADIUS = 0.6
_BALL_RADIUS = 1.3
_NEAR_VEIN_MM = 2.0
"""A place farther from the vein's wall than this is no anchor in it."""

_TURNS_MM = 3.2
"""Pitch of the helix that an anchor is drawn as [mm]."""


def device_wires(shapes: ResultShapes, state: DrawnState) -> list[tuple[str, FloatArray, float]]:
    """The device's lines as wires: name, axis [mm], shape (n, 3), and radius [mm]; single points as short ones."""
    wires = []
    for name, points in shapes.device.items():
        line = smooth_curve(points, 200) if len(points) > 2 else points
        wires.append((name, line, _WIRE_RADIUS if name == "ribbon" else _radius(name)))
    for name, place in shapes.anchors.items():
        coil = _anchor_coil(name, place, shapes, state.vein)
        if coil is None:
            stub = np.array([[0.0, 0.0, -0.5], [0.0, 0.0, 0.5]])
            wires.append((f"anchor {name}".replace("anchor anchor", "anchor"), place + stub, _BALL_RADIUS))
        else:
            wires.append((f"anchor {name}", coil, _WIRE_RADIUS))
    return wires


def add_device(plotter: Any, pv: ModuleType, shapes: ResultShapes, state: DrawnState) -> bool:
    """Add the device under names that begin with ``device``; tell whether there is anything of it."""
    look = {"color": style.DEVICE, "smooth_shading": True, "specular": 0.6, "specular_power": 30}
    for name, line, radius in device_wires(shapes, state):
        if name == "ribbon":
            tangents = tangents_of(line, closed=False)
            inward = state.annulus.loop.centroid - line
            inward = inward - np.sum(inward * tangents, axis=1, keepdims=True) * tangents
            inward /= np.linalg.norm(inward, axis=1, keepdims=True)
            across = np.asarray(np.cross(tangents, inward), dtype=np.float64)
            axes = _RIBBON_HALF_THICKNESS * inward, _RIBBON_HALF_WIDTH * across
        elif len(line) == 2 and radius == _BALL_RADIUS:
            plotter.add_mesh(pv.Sphere(radius=radius, center=line.mean(axis=0)), name=f"device {name}", **look)
            continue
        else:
            axes = tube_axes(line, radius, closed=False)
        vertices, triangles, _ = sweep(line, *axes, closed=False, n_sides=12)
        plotter.add_mesh(pv.PolyData.from_regular_faces(vertices, triangles), name=f"device {name}", **look)
    return bool(shapes.device) or bool(shapes.anchors)


def _radius(name: str) -> float:
    return _LINE_RADIUS.get(name.split()[0] if name else "", _OTHER_RADIUS)


def _anchor_coil(name: str, place: FloatArray, shapes: ResultShapes, vein: Curve | None) -> FloatArray | None:
    """An anchor in the vein: a hoop at either end of its footprint and a helix between, as wide as the vein there.

    The vein of a result is as wide as the anchor in it; the footprint lies beyond the ribbon's end. None off the vein.
    """
    if vein is None:
        return None
    s, distance = vein.closest(place[None])
    if distance[0] > (3.0 if vein.radius is None else float(vein.radius_at(s)[0])) + _NEAR_VEIN_MM:
        return None
    start, footprint = float(s[0]), shapes.footprints_mm.get(name, 0.0)
    end = start + (-footprint if name == "proximal" else footprint)
    low, high = sorted((max(start, 0.0), min(max(end, 0.0), vein.length)))
    if high - low < 1.0:
        low, high = max(start - 0.6, 0.0), min(start + 0.6, vein.length)
    turns = max((high - low) / _TURNS_MM, 1.0)
    t = np.linspace(-1.0, turns + 1.0, int(48 * (turns + 2.0)))
    along = low + (high - low) * np.clip(t / turns, 0.0, 1.0)
    # The frame is carried along the vein without a twist; a coil needs no more.
    grid = np.linspace(low, high, 60)
    u, v = tube_axes(vein.at(grid), 1.0, closed=False)
    radius = 3.0 if vein.radius is None else 0.96 * vein.radius_at(along)[:, None]
    first, second = (np.stack([np.interp(along, grid, column) for column in side.T], axis=1) for side in (u, v))
    phase = 2.0 * np.pi * t[:, None]
    return np.asarray(vein.at(along) + radius * (np.cos(phase) * first + np.sin(phase) * second), dtype=np.float64)
