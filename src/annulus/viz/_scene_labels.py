"""What is written into a scene: landmarks, scallops, millimetres of the vein, the smallest gap, the device's ends."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import REQUIRED_LANDMARKS, Case
from annulus.anatomy.valve import ANTERIOR, POSTERIOR
from annulus.viz import _style as style
from annulus.viz._labels import Label
from annulus.viz._ruler import RULER_COLOR, ruler_marks
from annulus.viz._shapes import ResultShapes
from annulus.viz._states import DrawnState
from annulus.viz._views import View

__all__ = ["scene_labels"]

_SCALLOPS = (("1", 1.0 / 6.0), ("2", 0.5), ("3", 5.0 / 6.0))
"""Number and place along the line of coaptation from AL to PM [1], as the sections A1-P1 to A3-P3 are cut."""

_NEAR_MM = 2.5


def scene_labels(
    case: Case, shapes: ResultShapes, before: DrawnState, now: DrawnState, view: View, *, coarse: bool
) -> list[Label]:
    """Labels of a view; a `coarse` picture has a number at every second mark of the ruler."""
    annulus = now.annulus
    _, _, towards = view.axes(annulus.frame)
    labels = []
    for name in view.labels:
        place = annulus.landmarks.get(name)
        if place is None:
            continue
        main = name in REQUIRED_LANDMARKS
        outward = place - annulus.loop.centroid
        # From the atrium the vein lies outside and the leaflets' names inside; words stand just within the wire.
        toward = -outward if view.scallops else outward
        color = style.INK if main else style.MUTED
        labels.append(Label(name, place, 1 if main else 6, toward, 24.0 if main else 18.0, color, must=main, reach=1.6))
    if view.scallops:
        labels += _scallops(case, shapes, now)
    smallest = now.smallest_gap
    if smallest is not None:
        gap, spot = smallest
        toward = spot - annulus.loop.centroid
        words = f"gap {gap:.1f} mm".replace("-", "\u2212")
        labels.append(Label(words, spot, 0, toward, 20.0, style.INK, must=True, leader=True))
    if before.vein is not None and now.vein is not None:
        for mark in ruler_marks(before.vein, now.vein, annulus, step_mm=20.0 if coarse else 10.0):
            words = mark.text if mark.s_mm else "0 mm"
            # Marks on the far side of the vein would be read through it.
            if view.cut and (mark.outer - annulus.frame.origin) @ towards > 0.0:
                continue
            labels.append(Label(words, mark.outer, 5, mark.outward, 16.0, RULER_COLOR))
        for name in ("distal", "proximal"):
            place = shapes.anchors.get(name)
            if place is None:
                continue
            # Only what the result says: the place drawn lies on the wall, where arc lengths differ by a millimetre.
            s = shapes.landing_mm.get(name)
            words, toward = name if s is None else f"{name} {s:.0f} mm", place - annulus.loop.centroid
            labels.append(Label(words, place, 2, toward, 18.0, "#8a5f00", leader=True))
    for artery in now.arteries:
        spot = artery.curve.points[-1] if artery.name != "lcx" else artery.curve.points[0]
        labels.append(Label(artery.name.upper(), spot, 7, spot - annulus.loop.centroid, 16.0, style.MUTED))
    if shapes.leaflets is not None:
        for hole in shapes.holes:
            words = f"hole {hole.area_mm2:.0f} mm²"
            labels.append(Label(words, hole.centre, 4, -annulus.frame.axes[1], 15.0, style.HOLE, leader=True))
    if view.cut:
        labels = [label for label in labels if (label.place - annulus.frame.origin) @ towards <= 6.0]
    return labels


def _scallops(case: Case, shapes: ResultShapes, now: DrawnState) -> list[Label]:
    """A1 to P3, each on its leaflet where there is a mesh, else between hinge and the middle."""
    frame = now.annulus.frame
    loop = frame.to_local(now.annulus.loop.points)
    left, right = loop[:, 0].min(), loop[:, 0].max()
    front, back = loop[:, 1].max(), loop[:, 1].min()
    labels = []
    for letter, number, share in (("A", ANTERIOR, 0.42), ("P", POSTERIOR, 0.62)):
        cloud = _middles(case, shapes, number, letter)
        local = None if cloud is None else frame.to_local(cloud)
        for digit, along in _SCALLOPS:
            x = left + along * (right - left)
            place = np.array([x, share * (front if letter == "A" else back), 0.0])
            if local is not None:
                near = local[np.abs(local[:, 0] - x) < _NEAR_MM]
                # What is seen from above: not the part that hangs down where the leaflets meet.
                near = near[near[:, 2] > np.median(near[:, 2])] if len(near) > 4 else near
                if len(near):
                    place = near[np.argsort(near[:, 1])[len(near) // 2]]
            labels.append(
                Label(letter + digit, frame.to_world(place[None])[0], 3, None, 17.0, style.LEAFLET_EDGE, reach=0.0)
            )
    return labels


def _middles(case: Case, shapes: ResultShapes, number: int, letter: str) -> FloatArray | None:
    """Middles of a leaflet's triangles [mm], shape (m, 3); None where there is no mesh."""
    if shapes.leaflets is not None:
        return shapes.leaflets.points[shapes.leaflets.of(number)].mean(axis=1)
    leaflets = case.leaflets
    surface = None if leaflets is None else leaflets.anterior if letter == "A" else leaflets.posterior
    return None if surface is None else surface.points[surface.triangles].mean(axis=1)
