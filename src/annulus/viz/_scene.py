"""The scene of a case: bodies, labels, scale, card; shown in a window or written to a picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import REQUIRED_LANDMARKS, Case
from annulus.errors import FileError, InputError
from annulus.geometry import Frame
from annulus.io import replaced_file, require_outputs
from annulus.viz import _style as style
from annulus.viz._actors import (
    add_annulus,
    add_arteries,
    add_device,
    add_leaflets,
    add_papillary_tips,
    add_vein,
)
from annulus.viz._card import LegendEntry, add_card
from annulus.viz._closed_leaflets import add_closed_leaflets
from annulus.viz._overlay import add_callout, add_place_text, add_scale_bar, add_text
from annulus.viz._rendering import display_is_present, load_pyvista, rendering_window
from annulus.viz._shapes import ResultShapes
from annulus.viz._states import DrawnState, drawn_states
from annulus.viz._views import View, views_named

__all__ = [
    "picture_path",
    "scene",
    "scene_bodies",
    "screenshot",
    "show",
    "structural_points",
    "write_picture",
]

_REACH_MM = 22.0
"""Vessels whose axis is farther than this from the annulus do not enlarge the picture; they may leave it."""

_CARD_SHARE = 0.3


def scene(
    case: Case,
    result: Mapping[str, Any] | None = None,
    *,
    view: str = "atrium",
    size: tuple[int, int] = style.SIZE,
    off_screen: bool = True,
    file: object = "result",
) -> Any:
    """Build the scene of a case.

    Parameters
    ----------
    case
        The heart.
    result
        Result of `annulus.planning.simulate` as a dictionary; what its key `shapes` holds is drawn, the state before
        then becomes a ghost.
    view
        "atrium" (surgeon's view), "posterior", "left", or "all" three side by side.
    size
        Width and height [pixel].
    off_screen
        No window.
    file
        Where the result came from, for messages.

    Returns
    -------
    pyvista.Plotter
        Its actors carry names: "annulus", "annulus before", "coronary sinus", "artery lcx", "device ribbon", ...

    Raises
    ------
    InputError, FileError
        Unknown view, a size below 200 pixels, or a result that is not of this case.
    DependencyError
        pyvista is missing, or OpenGL cannot start.
    """
    views = views_named(view)
    if min(size) < 200 or max(size) > 16384:
        raise InputError(f"size must lie in [200, 16384] pixels on both sides; got {size[0]} x {size[1]}.")
    shapes = ResultShapes() if result is None else ResultShapes.from_result(result, case, file=file)
    before, after = drawn_states(case, result, shapes)
    pv = load_pyvista()
    with rendering_window():
        plotter = _plotter(pv, views, size, off_screen=off_screen)
    unit = min(size[0] / style.SIZE[0], size[1] / style.SIZE[1])
    now = before if after is None else after
    entries: list[LegendEntry] = []
    for panel, shown in enumerate(views):
        plotter.subplot(*_cell(panel, len(views)))
        plotter.set_background(style.BACKGROUND, all_renderers=False)
        entries = scene_bodies(plotter, pv, case, shapes, before, after)
        _add_labels(plotter.renderer, now, shown, unit)
        _look(plotter, now.annulus.frame, shown, structural_points(case, before, after))
        plotter.enable_anti_aliasing("ssaa")
        plotter.enable_depth_peeling(24)
        wide, high = plotter.renderer.GetSize()
        add_text(
            plotter.renderer,
            shown.caption,
            (28 * unit / wide, 1 - 34 * unit / high),
            size=round(20 * unit),
            color=style.MUTED,
        )
        add_scale_bar(
            plotter.renderer,
            (30 * unit / wide, 78 * unit / high),
            size=round(19 * unit),
            color=style.INK,
            thickness=5 * unit,
        )
    plotter.subplot(*_cell(len(views), len(views)))
    plotter.set_background(style.CARD, all_renderers=False)
    add_card(plotter.renderer, case, entries, before, after, result, pixels=plotter.renderer.GetSize(), unit=unit)
    plotter.subplot(0, 0)
    return plotter


def screenshot(
    case: Case,
    path: str | Path,
    result: Mapping[str, Any] | None = None,
    *,
    view: str = "atrium",
    size: tuple[int, int] = style.SIZE,
    file: object = "result",
) -> Path:
    """Write a picture of the case as PNG, JPEG or TIFF; arguments as in `scene`.

    Raises
    ------
    FileError
        The suffix is none of these, or the file cannot be written.
    """
    path = picture_path(path)
    return write_picture(scene(case, result, view=view, size=size, off_screen=True, file=file), path)


def write_picture(plotter: Any, path: Path) -> Path:
    """Draw a plotter into a file and close it."""
    try:
        with rendering_window():
            image = plotter.screenshot(return_img=True)
    finally:
        plotter.close()
    from PIL import Image

    with replaced_file(path) as part:
        Image.fromarray(np.ascontiguousarray(image)).save(part)
    return path


def show(case: Case, result: Mapping[str, Any] | None = None, *, view: str = "atrium", file: object = "result") -> None:
    """Open a window with the scene of the case and wait until it is closed.

    Raises
    ------
    InputError
        There is no screen.
    """
    views_named(view)
    if not display_is_present():
        raise InputError(
            "a window needs a screen and there is none here: write a picture instead (--screenshot FILE.png)."
        )
    plotter = scene(case, result, view=view, off_screen=False, file=file)
    plotter.show(title=f"annulus: {case.id}")


_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")


def picture_path(path: str | Path) -> Path:
    """Path of a picture; raises `FileError` where its suffix is none that is written, or it cannot be written."""
    path = Path(path)
    if path.suffix.lower() not in _SUFFIXES:
        raise FileError(path, "", f"a picture's suffix must be one of {', '.join(_SUFFIXES)}; got {path.suffix!r}.")
    require_outputs(path)
    return path


def _plotter(pv: Any, views: tuple[View, ...], size: tuple[int, int], *, off_screen: bool) -> Any:
    if len(views) == 1:
        layout = {"shape": (1, 2), "col_weights": [1.0 - _CARD_SHARE, _CARD_SHARE]}
    else:
        layout = {
            "shape": (2, 3),
            "groups": [(0, slice(0, 2)), (slice(0, 2), 2)],
            "col_weights": [0.35, 0.35, _CARD_SHARE],
            "row_weights": [0.64, 0.36],
        }
    return pv.Plotter(off_screen=off_screen, window_size=list(size), border=False, lighting="light kit", **layout)


def _cell(panel: int, n_views: int) -> tuple[int, int]:
    """Row and column of a view's panel, or of the card's, which comes last."""
    return ((0, 0), (0, 1))[panel] if n_views == 1 else ((0, 0), (1, 0), (1, 1), (0, 2))[panel]


def structural_points(case: Case, before: DrawnState, after: DrawnState | None) -> FloatArray:
    """Points that the picture must hold: annulus, papillary tips, vein and circumflex as far as they run near it."""
    clouds = [np.array([tip]) for tip in case.papillary_tips.values()]
    for state in (before, after):
        if state is None:
            continue
        ring = state.annulus.loop
        clouds.append(ring.points)
        main = [artery.curve for artery in state.arteries if artery.name == "lcx"]
        for curve in (state.vein, *main):
            if curve is not None:
                _, distance = ring.closest(curve.points)
                clouds.append(curve.points[distance < _REACH_MM])
    return np.vstack(clouds)


def scene_bodies(
    plotter: Any, pv: Any, case: Case, shapes: ResultShapes, before: DrawnState, after: DrawnState | None
) -> list[LegendEntry]:
    """Add the bodies of a scene to a plotter, or to what takes its meshes; what the legend says of them."""
    cinched = "ribbon" in shapes.device
    entries = []
    now = before
    if after is None:
        add_annulus(plotter, pv, before.annulus, name="annulus", color=style.ANNULUS, radius=0.8)
        entries.append(LegendEntry("Mitral annulus", style.ANNULUS))
    else:
        now = after
        add_annulus(plotter, pv, before.annulus, name="annulus before", color=style.ANNULUS_BEFORE, radius=0.55)
        add_annulus(plotter, pv, after.annulus, name="annulus", color=style.ANNULUS, radius=0.8)
        entries += [
            LegendEntry("Annulus before", style.ANNULUS_BEFORE),
            LegendEntry("Annulus, device locked" if cinched else "Annulus after", style.ANNULUS),
        ]
    if now.vein is not None:
        if after is not None and before.vein is not None and before.vein is not now.vein:
            add_vein(plotter, pv, before.vein, name="coronary sinus before", opacity=0.09)
        add_vein(plotter, pv, now.vein, name="coronary sinus")
        entries.append(LegendEntry("Coronary sinus and\ngreat cardiac vein", style.VEIN, pale=True))
    add_arteries(plotter, pv, now.arteries)
    if any(artery.gap is None for artery in now.arteries):
        entries.append(LegendEntry("Artery", style.ARTERY))
    if shapes.leaflets is not None:
        add_closed_leaflets(plotter, pv, shapes.leaflets)
        entries += [
            LegendEntry("Anterior leaflet, closed", style.LEAFLET_ANTERIOR),
            LegendEntry("Posterior leaflet, closed", style.LEAFLET_POSTERIOR),
        ]
    elif add_leaflets(plotter, pv, case, now.annulus, faint=after is not None):
        entries.append(LegendEntry(_leaflet_words(case, after), style.LEAFLET_EDGE))
    add_papillary_tips(plotter, pv, case)
    if case.papillary_tips:
        entries.append(LegendEntry("Papillary tips", style.PAPILLARY))
    if add_device(plotter, pv, shapes, now):
        entries.append(LegendEntry("Device (anchors as symbols)", style.DEVICE))
    return entries


def _leaflet_words(case: Case, after: DrawnState | None) -> str:
    leaflets = case.leaflets
    if leaflets is not None and leaflets.anterior is None and leaflets.posterior is None:
        return "Leaflet edges, from\ntheir heights, laid flat"
    return "Leaflets" if after is None else "Leaflets before"


def _add_labels(renderer: Any, state: DrawnState, view: View, unit: float) -> None:
    annulus = state.annulus
    right, up, _ = view.axes(annulus.frame)
    centre = annulus.loop.centroid
    half_width = float(np.abs((annulus.loop.points - centre) @ right).max())
    for name in view.labels:
        place = annulus.landmarks.get(name)
        if place is None:
            continue
        x, y = (place - centre) @ right, (place - centre) @ up
        if view.labels_inside:
            offset = -4.2 * (x * right + y * up) / np.hypot(x, y)
        elif abs(x) < 0.4 * half_width:
            offset = (5.0 if y > 0.0 else -5.0) * up
        else:
            offset = (5.0 if x > 0.0 else -5.0) * right
        main = name in REQUIRED_LANDMARKS
        add_place_text(
            renderer,
            name,
            place + offset,
            size=round((25 if main else 19) * unit),
            color=style.INK if main else style.MUTED,
            backing=style.BACKGROUND,
        )
    smallest = state.smallest_gap
    if smallest is not None:
        gap, spot = smallest
        outward = up
        if view.labels_inside:
            outward = ((spot - centre) @ right) * right + ((spot - centre) @ up) * up
            outward = outward / max(float(np.linalg.norm(outward)), 1e-9)
        add_callout(
            renderer,
            f"{gap:.1f} mm".replace("-", "\u2212"),
            spot,
            spot + 9.5 * outward,
            size=round(19 * unit),
            color=style.INK,
            backing=style.BACKGROUND,
        )


def _look(plotter: Any, frame: Frame, view: View, points: FloatArray) -> None:
    right, up, towards = view.axes(frame)
    x, y = points @ right, points @ up
    centre = (x.min() + x.max()) / 2.0 * right + (y.min() + y.max()) / 2.0 * up + (points @ towards).mean() * towards
    wide, high = plotter.renderer.GetSize()
    aspect = wide / high
    camera = plotter.camera
    camera.enable_parallel_projection()
    camera.focal_point = centre
    camera.position = centre + 400.0 * towards
    camera.up = up
    # Room for the vessels' thickness, caption and scale bar.
    camera.parallel_scale = max(np.ptp(y) / 2.0 + 13.0, (np.ptp(x) / 2.0 + 9.0) / aspect)
    plotter.renderer.ResetCameraClippingRange()
