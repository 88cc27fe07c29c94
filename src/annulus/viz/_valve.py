"""A valve seen from the atrium, and cut from A2 to P2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from annulus._arrays import points_array
from annulus._typing import ArrayLike, FloatArray
from annulus.anatomy.valve import ANTERIOR, CHORDAE_GROUPS, POSTERIOR, Valve
from annulus.errors import InputError
from annulus.viz import _style as style
from annulus.viz._overlay import add_scale_bar, add_text
from annulus.viz._paths import picture_path
from annulus.viz._rendering import load_pyvista, rendering_window
from annulus.viz._scene import write_picture
from annulus.viz._sweep import sweep, tube_axes

__all__ = ["valve_scene", "valve_screenshot"]

SIZE = (1800, 900)

_LEAFLETS = {ANTERIOR: ("anterior", style.LEAFLET_ANTERIOR), POSTERIOR: ("posterior", style.LEAFLET_POSTERIOR)}
_PANELS = (
    ("From the left atrium, aorta up", (0.0, 0.0, 1.0), (0.0, 1.0, 0.0)),
    ("Cut from A2 to P2, seen from the left, atrium up", (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
)
_CHORDA_RADIUS_MM = 0.22
_SLAB_MM = 6.0
"""Chordae that insert within this distance of the cut are drawn in full in it."""


def valve_scene(
    valve: Valve,
    points: ArrayLike | None = None,
    *,
    tips: ArrayLike | None = None,
    title: str = "",
    size: tuple[int, int] = SIZE,
) -> Any:
    """Build two pictures of a valve: from the atrium, and the half beyond the A2-P2 cut with the cut drawn bold.

    Parameters
    ----------
    valve
        The valve.
    points
        Where its vertices are [mm], shape (n, 3), such as those of a closed valve; None for the stress-free shape.
    tips
        Where its papillary tips are [mm], shape (p, 3); None for the valve's own.
    title
        Words below the left caption.
    size
        Width and height [pixel].

    Returns
    -------
    pyvista.Plotter
        Its actors are named "leaflet anterior", "cut posterior", "hinge", "chordae marginal", "papillary tip 0", ...

    Raises
    ------
    InputError
        Points or tips do not fit the valve, or a size below 200 pixels.
    DependencyError
        pyvista is missing, or OpenGL cannot start.
    """
    if min(size) < 200 or max(size) > 16384:
        raise InputError(f"size must lie in [200, 16384] pixels on both sides; got {size[0]} x {size[1]}.")
    frame = valve.frame
    local = frame.to_local(_fitting("points", points, valve.surface.points))
    ends = frame.to_local(_fitting("tips", tips, valve.tips)) if len(valve.tips) else np.empty((0, 3))
    pv = load_pyvista()
    with rendering_window():
        plotter = pv.Plotter(shape=(1, 2), off_screen=True, window_size=list(size), border=False, lighting="light kit")
    unit = min(size[0] / SIZE[0], size[1] / SIZE[1])
    for panel, (caption, towards, up) in enumerate(_PANELS):
        plotter.subplot(0, panel)
        plotter.set_background(style.BACKGROUND, all_renderers=False)
        cut = panel == 1
        for number, (word, color) in _LEAFLETS.items():
            _add_leaflet(plotter, pv, valve, local, number, word, color, cut=cut)
        _add_wire(plotter, pv, local[valve.hinge], "hinge", style.ANNULUS, 0.5, cut=cut)
        _add_chordae(plotter, pv, valve, local, ends, cut=cut)
        for index, tip in enumerate(ends):
            ball = pv.Sphere(radius=1.2, center=tip)
            plotter.add_mesh(ball, color=style.PAPILLARY, name=f"papillary tip {index}", smooth_shading=True)
        seen = np.vstack([local, ends]) if cut else local
        _look(plotter, seen, np.array(towards), np.array(up))
        plotter.enable_anti_aliasing("ssaa")
        wide, high = plotter.renderer.GetSize()
        words = caption if panel or not title else f"{title}. {caption}"
        left = (28 * unit / wide, 1.0 - 34 * unit / high)
        add_text(plotter.renderer, words, left, size=round(20 * unit), color=style.MUTED)
        bar = (30 * unit / wide, 60 * unit / high)
        add_scale_bar(plotter.renderer, bar, size=round(19 * unit), color=style.INK, thickness=5 * unit)
    _add_legend(plotter.renderer, valve, unit)
    return plotter


def _add_legend(renderer: Any, valve: Valve, unit: float) -> None:
    """Words in their colours, above the scale bar."""
    wide, high = renderer.GetSize()
    entries = [(f"{word} leaflet", style.LEAFLET_CUT[word]) for word, _ in _LEAFLETS.values()]
    present = np.unique(valve.chordae.group)
    entries += [(f"{CHORDAE_GROUPS[index]} chordae", style.CHORDAE[CHORDAE_GROUPS[index]]) for index in present]
    for row, (words, color) in enumerate(entries):
        place = (30 * unit / wide, (92 + 26 * (len(entries) - row)) * unit / high)
        add_text(renderer, words, place, size=round(18 * unit), color=color)


def valve_screenshot(
    valve: Valve,
    path: str | Path,
    points: ArrayLike | None = None,
    *,
    tips: ArrayLike | None = None,
    title: str = "",
    size: tuple[int, int] = SIZE,
) -> Path:
    """Write `valve_scene` as PNG, JPEG or TIFF.

    Raises
    ------
    FileError
        The suffix is none of these, or the file cannot be written.
    """
    path = picture_path(path)
    return write_picture(valve_scene(valve, points, tips=tips, title=title, size=size), path)


def _fitting(name: str, given: ArrayLike | None, own: FloatArray) -> FloatArray:
    if given is None:
        return own
    array = points_array(name, given)
    if array.shape != own.shape:
        raise InputError(f"{name} must have the valve's shape {own.shape}; got {array.shape}.")
    return array


def _add_leaflet(
    plotter: Any, pv: Any, valve: Valve, local: FloatArray, number: int, word: str, color: str, *, cut: bool
) -> None:
    own = valve.leaflet == number
    mesh = pv.PolyData.from_regular_faces(np.array(local), np.array(valve.surface.triangles[own]))
    look = {"color": color, "smooth_shading": True, "split_sharp_edges": False, "specular": 0.1, "ambient": 0.3}
    if not cut:
        plotter.add_mesh(mesh, name=f"leaflet {word}", **look)
        edge = mesh.extract_feature_edges(
            boundary_edges=True, feature_edges=False, non_manifold_edges=False, manifold_edges=False
        )
        plotter.add_mesh(edge, color=style.LEAFLET_EDGE, line_width=3.0, name=f"edge {word}")
        return
    beyond = mesh.clip("x", origin=(0.0, 0.0, 0.0), invert=False)
    if beyond.n_points:
        plotter.add_mesh(beyond, name=f"leaflet {word}", opacity=0.45, **look)
    line = mesh.slice("x", origin=(0.0, 0.0, 0.0))
    if line.n_points:
        tube = line.tube(radius=0.5 * float(valve.thickness_mm[own].mean()), n_sides=16)
        plotter.add_mesh(tube, name=f"cut {word}", **{**look, "color": style.LEAFLET_CUT[word]})


def _add_wire(plotter: Any, pv: Any, points: FloatArray, name: str, color: str, radius: float, *, cut: bool) -> None:
    vertices, triangles, _ = sweep(points, *tube_axes(points, radius, closed=True), closed=True, n_sides=12)
    mesh = pv.PolyData.from_regular_faces(vertices, triangles)
    if cut:
        mesh = mesh.clip("x", origin=(0.0, 0.0, 0.0), invert=False)
    plotter.add_mesh(mesh, color=color, name=name, smooth_shading=True, specular=0.2)


def _add_chordae(plotter: Any, pv: Any, valve: Valve, local: FloatArray, ends: FloatArray, *, cut: bool) -> None:
    chordae = valve.chordae
    places = chordae.ends(local)
    for index, group in enumerate(CHORDAE_GROUPS):
        for near in (False, True):
            chosen = chordae.group == index
            if cut:
                close = np.abs(places[:, 0]) < _SLAB_MM
                chosen = chosen & (close if near else ~close & (places[:, 0] > 0.0))
            elif near:
                continue
            rows = np.flatnonzero(chosen)
            if len(rows) == 0:
                continue
            points = np.stack([places[rows], ends[chordae.tip[rows]]], axis=1).reshape(-1, 3)
            cells = np.column_stack([np.full(len(rows), 2), np.arange(2 * len(rows)).reshape(-1, 2)])
            tubes = pv.PolyData(points, lines=cells.ravel()).tube(radius=_CHORDA_RADIUS_MM, n_sides=8)
            name = f"chordae {group}" if near or not cut else f"chordae {group} beyond"
            plotter.add_mesh(tubes, color=style.CHORDAE[group], name=name, opacity=1.0 if near or not cut else 0.35)


def _look(plotter: Any, points: FloatArray, towards: FloatArray, up: FloatArray) -> None:
    right = np.cross(up, towards)
    x, y = points @ right, points @ up
    centre = (x.min() + x.max()) / 2.0 * right + (y.min() + y.max()) / 2.0 * up + (points @ towards).mean() * towards
    wide, high = plotter.renderer.GetSize()
    camera = plotter.camera
    camera.enable_parallel_projection()
    camera.focal_point = centre
    camera.position = centre + 300.0 * towards
    camera.up = up
    camera.parallel_scale = max(np.ptp(y) / 2.0 + 6.0, (np.ptp(x) / 2.0 + 4.0) * high / wide)
    plotter.renderer.ResetCameraClippingRange()
