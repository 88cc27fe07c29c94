"""The scene of a case: bodies, labels, scale, card; shown in a window or written to a picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Case
from annulus.errors import InputError
from annulus.geometry import Frame
from annulus.io import replaced_file
from annulus.viz import _style as style
from annulus.viz._bodies import add_bodies, cut_away
from annulus.viz._card import LegendEntry, add_card, card_scale
from annulus.viz._labels import LabelLayer
from annulus.viz._overlay import add_scale_bar, add_text
from annulus.viz._paths import picture_path
from annulus.viz._rendering import display_is_present, load_pyvista, rendering_window
from annulus.viz._scene_labels import scene_labels
from annulus.viz._shapes import ResultShapes
from annulus.viz._states import DrawnState, drawn_states
from annulus.viz._views import View, views_named

__all__ = ["scene", "screenshot", "show", "write_picture"]

_REACH_MM = 22.0
"""Vessels whose axis is farther than this from the annulus do not enlarge the picture; they may leave it."""

_CARD_SHARE, _MAX_CARD_SHARE = 0.3, 0.46
_FINE_UNIT, _COARSE_UNIT = 0.6, 0.45
"""From this scale on the ruler has a tick for every millimetre; below the other only every second number."""


def scene(
    case: Case,
    result: Mapping[str, Any] | None = None,
    *,
    view: str = "surgeon",
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
        Name of one of `VIEWS`, such as "surgeon", "posterior", "left", "section-ap", "inside", or "all" for the first
        three side by side.
    size
        Width and height [pixel].
    off_screen
        No window.
    file
        Where the result came from, for messages.

    Returns
    -------
    pyvista.Plotter
        Its actors carry names: "annulus", "annulus before", "coronary sinus", "artery lcx", "device ribbon", ... Its
        attribute `label_layers` holds the labels of each panel.

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
    unit = min(size[0] / style.SIZE[0], size[1] / style.SIZE[1])
    with rendering_window():
        plotter = _plotter(pv, views, size, unit, off_screen=off_screen)
    now = before if after is None else after
    entries: list[LegendEntry] = []
    layers = []
    for panel, shown in enumerate(views):
        plotter.subplot(*_cell(panel, len(views)))
        plotter.set_background(style.BACKGROUND, all_renderers=False)
        scale = unit * (1.0 if panel == 0 else 0.8)
        told = add_bodies(plotter, pv, case, shapes, before, after, shown, fine=scale > _FINE_UNIT)
        entries += [entry for entry in told if entry.words not in {known.words for known in entries}]
        if shown.cut:
            cut_away(plotter, pv, shown, now.annulus)
        _look(plotter, now.annulus.frame, shown, _structural_points(case, before, after))
        plotter.enable_anti_aliasing("ssaa")
        plotter.enable_depth_peeling(24)
        labels = scene_labels(case, shapes, before, now, shown, coarse=scale < _COARSE_UNIT)
        layer = LabelLayer(plotter.renderer, labels, unit=scale, backing=style.BACKGROUND)
        layer.taken = _furniture(plotter.renderer, shown, unit)
        layer.lay_out()
        layers.append(layer)
    plotter.subplot(*_cell(len(views), len(views)))
    plotter.set_background(style.CARD, all_renderers=False)
    add_card(plotter.renderer, case, entries, before, after, result, pixels=plotter.renderer.GetSize(), unit=unit)
    plotter.subplot(0, 0)
    pv.set_new_attribute(plotter, "label_layers", tuple(layers))
    return plotter


def screenshot(
    case: Case,
    path: str | Path,
    result: Mapping[str, Any] | None = None,
    *,
    view: str = "surgeon",
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


def show(
    case: Case, result: Mapping[str, Any] | None = None, *, view: str = "surgeon", file: object = "result"
) -> None:
    """Open a window with the scene of the case and wait until it is closed; it holds what `screenshot` writes.

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


def _plotter(pv: Any, views: tuple[View, ...], size: tuple[int, int], unit: float, *, off_screen: bool) -> Any:
    # The card's letters do not shrink with the picture below what can be read: it takes more of its width.
    share = min(_CARD_SHARE * card_scale(unit) / max(size[0] / style.SIZE[0], 1e-9), _MAX_CARD_SHARE)
    if len(views) == 1:
        layout = {"shape": (1, 2), "col_weights": [1.0 - share, share]}
    else:
        half = 0.5 * (1.0 - share)
        layout = {
            "shape": (2, 3),
            "groups": [(0, slice(0, 2)), (slice(0, 2), 2)],
            "col_weights": [half, half, share],
            "row_weights": [0.64, 0.36],
        }
    return pv.Plotter(off_screen=off_screen, window_size=list(size), border=False, lighting="light kit", **layout)


def _cell(panel: int, n_views: int) -> tuple[int, int]:
    """Row and column of a view's panel, or of the card's, which comes last."""
    return ((0, 0), (0, 1))[panel] if n_views == 1 else ((0, 0), (1, 0), (1, 1), (0, 2))[panel]


def _structural_points(case: Case, before: DrawnState, after: DrawnState | None) -> FloatArray:
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


def _furniture(renderer: Any, view: View, unit: float) -> list[tuple[float, float, float, float]]:
    """Add caption and scale bar; returns the boxes that labels keep off, as shares of the panel."""
    wide, high = renderer.GetSize()
    text = max(round(20 * unit), 9)
    letters = max(int((wide - 40 * unit) / (0.58 * text)), 12)
    words = view.caption if len(view.caption) <= letters else view.caption.split(", ")[0].split(": ")[0]
    add_text(renderer, words, (28 * unit / wide, 1 - 26 * unit / high), size=text, color=style.MUTED)
    boxes = [(0.0, 1.0 - (34 * unit + 1.4 * text) / high, (28 * unit + 0.6 * text * len(words)) / wide, 1.0)]
    if not view.inside_mm:
        at = (30 * unit / wide, (30 * unit + 2.2 * text) / high)
        add_scale_bar(renderer, at, size=text, color=style.INK, thickness=max(5 * unit, 2.0))
        boxes.append((0.0, 0.0, 0.3, at[1] + 0.01))
    return boxes


def _look(plotter: Any, frame: Frame, view: View, points: FloatArray) -> None:
    right, up, towards = view.axes(frame)
    camera = plotter.camera
    if view.inside_mm:
        camera.disable_parallel_projection()
        camera.focal_point = frame.origin
        camera.position = frame.origin + view.inside_mm * towards
        camera.up = up
        camera.view_angle = 70.0
        plotter.renderer.ResetCameraClippingRange()
        return
    x, y = points @ right, points @ up
    centre = (x.min() + x.max()) / 2.0 * right + (y.min() + y.max()) / 2.0 * up + (points @ towards).mean() * towards
    wide, high = plotter.renderer.GetSize()
    aspect = wide / high
    camera.enable_parallel_projection()
    camera.focal_point = centre
    camera.position = centre + 400.0 * towards
    camera.up = up
    # Room for the vessels' thickness, caption and scale bar.
    camera.parallel_scale = max(np.ptp(y) / 2.0 + 13.0, (np.ptp(x) / 2.0 + 9.0) / aspect)
    plotter.renderer.ResetCameraClippingRange()
