"""Can these parts lie around this annulus? Points far away, out of order, or an artery in the orifice are told.

All bounds are shares of the annulus' mean diameter, so that they hold for every heart in every unit. They are far
outside of what hearts have: only misplaced points meet them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import InputError
from annulus.geometry import Curve

if TYPE_CHECKING:
    from annulus.anatomy._annulus import Annulus
    from annulus.anatomy._case import Case

__all__ = ["parts_fault", "require_parts"]

_REACH = {"vessel": 6.0, "near": 3.0, "surface": 30.0}
"""Farthest point from the annulus' centre, in mean diameters: a vein down to the apex has 2.6, papillary tips and the
aortic annulus 1.2, the left ventricle 3."""

_SPACING = 0.1
"""Points of a vessel nearer to each other than this share of the diameter are not asked for their order."""

_TURN_DEG = 150.0
"""A vessel that turns by more than this from one such point to the next runs back."""

_JUMP, _JUMP_RATIO = 0.75, 10.0
"""A step of a vessel is longer neither than this share of the diameter nor than so many median steps, or only one."""

_MANY = 20
"""Curves of fewer steps are drawn by hand, as unevenly as one likes."""

_INSIDE, _INSIDE_BETWEEN, _HEIGHT = 0.7, 0.35, 0.25
"""An artery with a point within this share of the annulus' own radius (between points, which few points cut short:
the second one), and the third one of its diameter from its plane, runs in the orifice."""


def parts_fault(case: Case) -> tuple[str, str]:
    """Place and fault, the end of a sentence, of the first part that cannot lie around the annulus; empty for none."""
    diameter = case.annulus.loop.length / np.pi
    for place, points, kind in _point_sets(case):
        if fault := _far(points, case.annulus.loop.centroid, _REACH[kind], diameter):
            return place, fault
    for place, curve in _vessels(case):
        if fault := _out_of_order(curve, diameter):
            return place, fault
    for artery in case.arteries:
        if fault := _in_orifice(artery.curve, case.annulus, diameter):
            return f"arteries {artery.name}", fault
    return "", ""


def require_parts(case: Case) -> None:
    """Do nothing with a case whose parts can lie around its annulus.

    Raises
    ------
    InputError
        A part has a point far away or out of order, or an artery runs through the orifice.
    """
    place, fault = parts_fault(case)
    if fault:
        raise InputError(f"case {case.id!r}: {place} {fault}.")


def _vessels(case: Case) -> Iterator[tuple[str, Curve]]:
    if case.coronary_sinus is not None:
        yield "coronary_sinus", case.coronary_sinus.curve
    for artery in case.arteries:
        yield f"arteries {artery.name}", artery.curve


def _point_sets(case: Case) -> Iterator[tuple[str, FloatArray, str]]:
    """Place, points, and how far they may lie."""
    for place, curve in _vessels(case):
        yield place, curve.points, "vessel"
    for lead in case.leads:
        yield f"leads {lead.name}", lead.curve.points, "surface"
    for name, point in case.papillary_tips.items():
        yield f"papillary_tips {name}", point[None], "near"
    if case.aortic_annulus is not None:
        yield "aortic_annulus", case.aortic_annulus.points, "near"
    if case.leaflets is not None:
        for name, sheet in (("anterior", case.leaflets.anterior), ("posterior", case.leaflets.posterior)):
            if sheet is not None:
                yield f"leaflets {name}", sheet.points, "near"
    for name, surface in case.surfaces.items():
        yield f"surfaces {name}", surface.points, "surface"


def _far(points: FloatArray, centre: FloatArray, reach: float, diameter: float) -> str:
    away = points - centre
    with np.errstate(over="ignore"):
        square = np.einsum("ij,ij->i", away, away)
    worst = int(np.argmax(square))
    distance, nearest = math.hypot(*away[worst]), math.hypot(*away[int(np.argmin(square))])
    if distance <= reach * diameter:
        return ""
    which, mend = f"point {worst}", "mend that point, or check"
    if nearest > reach * diameter or len(points) == 1:
        which, distance, mend = "all of it" if len(points) > 1 else "it", nearest, "check its"
    return (
        f"must lie around the annulus; {which} is {distance:.4g} mm from its centre, more than {reach:g} mean "
        f"annulus diameters ({reach * diameter:.0f} mm): {mend} unit and coordinate system"
    )


def _out_of_order(curve: Curve, diameter: float) -> str:
    points = curve.points.tolist()
    kept = [0]
    for index in range(1, len(points)):
        if math.dist(points[index], points[kept[-1]]) >= _SPACING * diameter:
            kept.append(index)
    steps = np.diff(curve.points[kept], axis=0)
    along = steps / np.linalg.norm(steps, axis=1)[:, None]
    cosine = np.einsum("ij,ij->i", along[:-1], along[1:])
    if len(cosine) and cosine.min() < math.cos(math.radians(_TURN_DEG)):
        sharpest = int(np.argmin(cosine))
        turn = math.degrees(math.acos(max(-1.0, float(cosine[sharpest]))))
        return (
            f"must have its points in order along the vessel; it runs back at point {kept[sharpest + 1]} "
            f"({_at(curve.points[kept[sharpest + 1]])}), where it turns by {turn:.0f} degrees: sort its points, or "
            "mend that one"
        )
    lengths = np.diff(curve.arc_lengths)
    longest = int(np.argmax(lengths))
    if len(lengths) >= _MANY and lengths[longest] > max(_JUMP * diameter, _JUMP_RATIO * float(np.median(lengths))):
        return (
            f"must have its points in order along the vessel; the step from point {longest} to point {longest + 1} is "
            f"{lengths[longest]:.1f} mm, {lengths[longest] / float(np.median(lengths)):.0f} times the usual one: mend "
            "these points, or draw the missing stretch"
        )
    return ""


def _in_orifice(curve: Curve, annulus: Annulus, diameter: float) -> str:
    between = np.linspace(0.0, curve.length, max(2, math.ceil(50.0 * curve.length / diameter)))
    s = np.concatenate([curve.arc_lengths, between])
    allowed = np.repeat([_INSIDE, _INSIDE_BETWEEN], [len(curve), len(between)])
    points = curve.at(s)
    ring, local = annulus.frame.to_local(annulus.loop.points), annulus.frame.to_local(points)
    angle = np.arctan2(ring[:, 1], ring[:, 0])
    order = np.argsort(angle)
    radius = np.hypot(ring[:, 0], ring[:, 1])
    own = np.interp(np.arctan2(local[:, 1], local[:, 0]), angle[order], radius[order], period=2.0 * np.pi)
    share = np.hypot(local[:, 0], local[:, 1]) / own
    share[np.abs(local[:, 2]) > _HEIGHT * diameter] = np.inf
    deepest = int(np.argmin(share / allowed))
    if share[deepest] >= allowed[deepest]:
        return ""
    return (
        f"must run outside of the annulus; {s[deepest]:.1f} mm from its origin ({_at(points[deepest])}) it runs "
        "through the mitral orifice: check that both are of one heart, one phase and one unit"
    )


def _at(point: FloatArray) -> str:
    return ", ".join(f"{value:.1f}" for value in point) + " mm"
