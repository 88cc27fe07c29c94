"""A case and a result as a C-arm shows them: vessels with contrast, the device dense, the annulus as an overlay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Case
from annulus.errors import InputError
from annulus.geometry import Curve
from annulus.io import replaced_file
from annulus.viz._carm import (
    CArm,
    angulation_named,
    edge_on,
    edge_on_curve,
    least_foreshortened,
)
from annulus.viz._device import device_wires
from annulus.viz._fonts import font_families, quiet_glyphs
from annulus.viz._labels import place_labels
from annulus.viz._overlay import add_image
from annulus.viz._paths import picture_path
from annulus.viz._rendering import display_is_present, load_pyvista, rendering_window
from annulus.viz._ruler import ruler_marks
from annulus.viz._shapes import ResultShapes
from annulus.viz._states import DrawnState, drawn_states
from annulus.viz._sweep import smooth_loop
from annulus.viz._xray import tube_thickness

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["fluoroscopy", "fluoroscopy_screenshot", "offered_angulations", "show_fluoroscopy", "wanted_carm"]

_CONTRAST_PER_MM = 0.10
_METAL_PER_MM = 1.1
"""Weakening per millimetre of vessel with contrast and of device: chosen for looks, not measured."""

_INK, _OVERLAY = "#11181f", "#00c8ff"
_LANDMARKS = ("A", "P", "AL", "PM", "LT", "RT")
_ZONE_MM = 8.0
"""The vein this far on either side counts as the crossing's stretch [mm]."""


def offered_angulations(case: Case, result: Mapping[str, Any] | None = None) -> dict[str, tuple[CArm, str]]:
    """Angulations that show what matters, by name, each with a sentence: ``edge``, ``landing``, ``crossing``.

    ``edge`` shows the annulus edge-on and is the most reachable such one; ``landing`` shows the stretch between the
    device's ends (without a result, the vein behind the annulus) with the least foreshortening; ``crossing`` the vein
    about the artery's nearest place. What does not exist in this case has no entry. Patient axes are LPS.
    """
    state = _state(case, result, ResultShapes() if result is None else ResultShapes.from_result(result, case))
    normal = state.annulus.frame.axes[2]
    out: dict[str, tuple[CArm, str]] = {}
    edge = edge_on(normal)
    curve = edge_on_curve(normal)
    if edge is not None:
        others = [CArm(*row).name for row in curve[::40] if abs(row[1]) <= 40.0]
        also = f"; so do {', '.join(others)}" if others else ""
        out["edge"] = (edge, f"annulus edge-on, turned least{also}")
    for name, words, line in _stretches(state, result):
        carm, share = least_foreshortened(line)
        text = f"{words} least foreshortened: {100.0 * share:.0f} % of its length is seen"
        if edge is not None:
            both, seen = least_foreshortened(line, on=curve)
            text += f"; with the annulus edge-on at best {100.0 * seen:.0f} %, at {both.name}"
        out[name] = (carm, text)
    return out


def wanted_carm(text: str, case: Case, result: Mapping[str, Any] | None = None) -> CArm:
    """C-arm of an angulation such as ``LAO30/CAU20``, or of a name that `offered_angulations` knows.

    Raises
    ------
    InputError
        It is neither, or this case has nothing of that name to show.
    """
    word = text.strip().lower()
    if word not in ("edge", "landing", "crossing"):
        return angulation_named(text)
    offered = offered_angulations(case, result)
    if word not in offered:
        raise InputError(
            f"carm {word} needs {'a reachable angulation' if word == 'edge' else 'a vein'}"
            f"{' and an artery' if word == 'crossing' else ''}, which this case does not have: give angles such as "
            "LAO30/CAU20."
        )
    return offered[word][0]


def fluoroscopy(
    case: Case,
    result: Mapping[str, Any] | None = None,
    *,
    carm: CArm | None = None,
    size: tuple[int, int] = (1200, 1200),
    file: object = "result",
) -> Figure:
    """Draw the projection of a C-arm.

    Parameters
    ----------
    case, result
        The heart, and a result of it as a dictionary; its state after is drawn.
    carm
        The machine and its angulation; None for the one that shows the annulus edge-on.
    size
        Width and height [pixel]; the image is square.
    file
        Where the result came from, for messages.

    Raises
    ------
    InputError, FileError
        A size out of range, a result of another case.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if min(size) < 200 or max(size) > 8192:
        raise InputError(f"size must lie in [200, 8192] pixels on both sides; got {size[0]} x {size[1]}.")
    if carm is None:
        carm = edge_on(case.annulus.frame.axes[2]) or CArm()
    shapes = ResultShapes() if result is None else ResultShapes.from_result(result, case, file=file)
    state = _state(case, result, shapes)
    centre = np.asarray(state.annulus.frame.origin)
    side = min(size)
    figure = Figure(figsize=(size[0] / 100.0, size[1] / 100.0), dpi=100, facecolor="#2b3036")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    half = 0.5 * carm.detector_mm
    wide, high = half * size[0] / side, half * size[1] / side
    # The image fills the picture: beyond the shorter side it shows more of the patient.
    longer = max(size)
    large = replace(carm, detector_mm=carm.detector_mm * longer / side)
    edge = 0.5 * large.detector_mm
    axes.set_xlim(-wide, wide)
    axes.set_ylim(-high, high)
    axes.axis("off")
    axes.imshow(
        _image(large, centre, state, shapes, longer), cmap="gray", vmin=0.0, vmax=1.0,
        extent=(-edge, edge, -edge, edge), interpolation="bilinear",
    )  # fmt: skip
    ring, _ = carm.project(smooth_loop(state.annulus.loop.points, 240), centre)
    ring = np.vstack([ring, ring[:1]])
    unit = side / 1200.0
    axes.plot(*ring.T, color=_OVERLAY, linewidth=max(0.8, 2.0 * unit), alpha=0.9, gid="annulus")
    _words(figure, axes, case, carm, state, centre, size, unit)
    return figure


def fluoroscopy_screenshot(
    case: Case,
    path: str | Path,
    result: Mapping[str, Any] | None = None,
    *,
    carm: CArm | None = None,
    size: tuple[int, int] = (1200, 1200),
    file: object = "result",
) -> Path:
    """Write `fluoroscopy` as PNG, JPEG or TIFF.

    Raises
    ------
    FileError
        The suffix is none of these, or the file cannot be written.
    """
    path = picture_path(path)
    figure = fluoroscopy(case, result, carm=carm, size=size, file=file)
    with replaced_file(path) as part, quiet_glyphs():
        figure.savefig(part, format=path.suffix.lower().lstrip(".").replace("jpg", "jpeg"), dpi=100)
    return path


def _state(case: Case, result: Mapping[str, Any] | None, shapes: ResultShapes) -> DrawnState:
    before, after = drawn_states(case, result, shapes)
    return before if after is None else after


def _image(carm: CArm, centre: FloatArray, state: DrawnState, shapes: ResultShapes, pixels: int) -> FloatArray:
    """Brightness within [0, 1], the first row at the top."""
    weaker = np.zeros((pixels, pixels))
    vessels: list[Curve] = [artery.curve for artery in state.arteries]
    if state.vein is not None:
        vessels.append(state.vein)
    for curve in vessels:
        radius = 1.0 if curve.radius is None else curve.radius
        weaker += _CONTRAST_PER_MM * tube_thickness(carm, centre, curve.points, radius, pixels=pixels)
    for _, points, radius in device_wires(shapes, state):
        weaker += _METAL_PER_MM * tube_thickness(carm, centre, points, radius, pixels=pixels)
    # Soft shading of chest and heart, so that the field is not a blank page.
    x, y = np.meshgrid(np.linspace(-1.0, 1.0, pixels), np.linspace(1.0, -1.0, pixels))
    ground = 0.84 - 0.16 * np.exp(-((x - 0.15) ** 2 + (y + 0.1) ** 2) / 0.5) - 0.06 * (x**2 + y**2)
    return ground * np.exp(-weaker)


def _stretches(state: DrawnState, result: Mapping[str, Any] | None) -> list[tuple[str, str, FloatArray]]:
    vein = state.vein
    if vein is None:
        return []
    landing = ((result or {}).get("therapy") or {}).get("landing") or {}
    first, last = landing.get("proximal_s_mm"), landing.get("distal_s_mm")
    if first is None or last is None:
        # The stretch that runs beside the annulus' back: where a device would lie.
        _, distance = state.annulus.loop.closest(vein.points)
        near = vein.arc_lengths[distance <= distance.min() + 10.0]
        first, last, words = float(near[0]), float(near[-1]), "the vein behind the annulus"
    else:
        words = "the landing zone"
    low, high = (float(np.clip(s, 0.0, vein.length)) for s in (first, last))
    out = [("landing", words, vein.at(np.linspace(low, high, 60)))] if high > low else []
    smallest = state.smallest_gap
    if smallest is not None:
        s = float(vein.closest(smallest[1][None])[0][0])
        along = np.linspace(max(s - _ZONE_MM, 0.0), min(s + _ZONE_MM, vein.length), 17)
        out.append(("crossing", "the artery's nearest place along the vein", vein.at(along)))
    return out


def _words(
    figure: Any, axes: Any, case: Case, carm: CArm, state: DrawnState, centre: FloatArray, size: tuple[int, int],
    unit: float,
) -> None:  # fmt: skip
    """Angulation, magnification, names and the vein's millimetres, none on another."""
    from matplotlib.patheffects import withStroke

    wide, high = size
    points = max(6.5, 13.0 * unit)
    families = font_families(case.id)
    edge = 12.0 / wide

    top = f"{case.id}\n{carm.name}\nannulus {np.degrees(_tilt(carm, state)):.0f}° from edge-on"
    low = (
        f"SID {carm.source_detector_mm:.0f} mm, SOD {carm.source_object_mm:.0f} mm, ×{carm.magnification:.2f}\n"
        "drawn from geometry, contrast and grey for looks\nresearch use only"
    )
    look = {"color": _INK, "fontsize": points, "family": families, "linespacing": 1.25}
    words = figure.text(edge, 1.0 - 12.0 / high, top, va="top", **look, gid="angulation", wrap=True)
    foot = figure.text(edge, 12.0 / high, low, va="bottom", **{**look, "fontsize": 0.8 * points})

    with quiet_glyphs():
        figure.canvas.draw()
        renderer = figure.canvas.get_renderer()
        taken = [tuple(text.get_window_extent(renderer).extents) for text in (words, foot)]
    named: list[tuple[str, FloatArray]] = [
        (name, place) for name, place in state.annulus.landmarks.items() if name in _LANDMARKS
    ]
    if state.vein is not None:
        before = case.coronary_sinus.curve if case.coronary_sinus is not None else state.vein
        step = 10.0 if unit > 0.6 else 20.0
        named += [(mark.text, mark.outer) for mark in ruler_marks(before, state.vein, state.annulus, step_mm=step)]
    for artery in state.arteries:
        named.append((artery.name.upper(), artery.curve.points[min(3, len(artery.curve.points) - 1)]))
    if not named:
        return
    flat, _ = carm.project(np.array([place for _, place in named]), centre)
    spots = axes.transData.transform(flat)
    middle = axes.transData.transform((0.0, 0.0))
    away = spots - middle
    away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
    label_points = max(6.5, 9.5 * unit)
    heights = label_points / 72.0 * 100.0 * 1.25
    sizes = np.array([[0.62 * heights * len(text), heights] for text, _ in named])
    for (text, _), spot, place in zip(
        named, spots, place_labels(spots, sizes, away, (0.0, 0.0, wide, high), taken), strict=True
    ):
        if place is None:
            continue
        axes.plot(*axes.transData.inverted().transform(np.array([spot, place])).T, color=_INK, linewidth=0.5, alpha=0.4)
        x, y = axes.transData.inverted().transform(place)
        landmark = text in state.annulus.landmarks
        axes.text(
            x, y, text, ha="center", va="center", fontsize=label_points, color="#003f5c" if landmark else _INK,
            fontweight="bold" if landmark else "normal", gid=f"label {text}",
            path_effects=[withStroke(linewidth=2.0, foreground="#d9d9d9", alpha=0.75)],
        )  # fmt: skip


def _tilt(carm: CArm, state: DrawnState) -> float:
    """Angle between the beam and the annulus' plane [rad]; 0 where it is seen edge-on."""
    return float(np.arcsin(np.clip(abs(carm.axes[2] @ state.annulus.frame.axes[2]), 0.0, 1.0)))


def show_fluoroscopy(
    case: Case, result: Mapping[str, Any] | None = None, *, carm: CArm | None = None, file: object = "result"
) -> None:
    """Open a window with the picture that `fluoroscopy_screenshot` writes and wait until it is closed.

    Raises
    ------
    InputError
        There is no screen.
    """
    if not display_is_present():
        raise InputError(
            "a window needs a screen and there is none here: write a picture instead (--screenshot FILE.png)."
        )
    figure = fluoroscopy(case, result, carm=carm, file=file)
    pv = load_pyvista()
    with quiet_glyphs():
        figure.canvas.draw()
    image = np.asarray(figure.canvas.buffer_rgba())[..., :3]  # type: ignore[attr-defined]
    with rendering_window():
        plotter = pv.Plotter(window_size=[image.shape[1], image.shape[0]], border=False)
    add_image(plotter.renderer, image, (0.0, 1.0))
    plotter.show(title=f"annulus: {case.id}")
