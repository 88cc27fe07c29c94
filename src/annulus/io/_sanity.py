"""Does this look like a heart in LPS millimetres? What cannot be is refused, nothing is mended.

The bounds are far outside of every published heart (adult perimeters lie between about 80 and 160 mm), so that
only wrong units, wrong axes and mixed-up ends meet them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from annulus.anatomy import Annulus, Case
from annulus.errors import FileError
from annulus.geometry import Loop, Surface
from annulus.io._contour import in_order
from annulus.io._ends import explained, vein_contradicts
from annulus.sources import Assumption
from annulus.units import LENGTH_UNITS

__all__ = ["check_case", "check_extent", "check_loop", "check_orientation", "missing_parts"]

PERIMETER_MM = (40.0, 300.0)
"""Annulus perimeters that are believed [mm]: from a small child to twice a very dilated adult."""

MESH_EXTENT_MM = (1.0, 1000.0)
"""Largest side of the box around a structure of a heart that is believed [mm]: a leaflet's part to a whole aorta."""

LARGEST_EDGE_SHARE = 0.15
"""A closed contour has no edge longer than this share of its perimeter (8 equal edges have 0.125 each) ..."""

LARGEST_EDGE_RATIO = 6.0
"""... that is also longer than this many median edges: then a stretch is missing, and the loop is open."""

VEIN_REACH_MM = 60.0
"""The vein's nearest point lies within this of the annulus [mm]; in life it is 5 to 20 mm away."""

ARTERY_REACH_MM = 100.0
"""The same for an artery [mm]: the left main starts about 20 mm from the annulus."""


def check_loop(loop: Loop, file: Path | str, place: str) -> None:
    """Refuse an annulus that is in wrong units or not closed.

    Raises
    ------
    FileError
        The perimeter is not one of a heart in mm, or a stretch of the loop is missing.
    """
    low, high = PERIMETER_MM
    if not low <= loop.length <= high:
        unit = _likely_unit(loop.length)
        advice = f"the numbers look like {unit}: state the unit" if unit else "check the unit and the structure"
        ordered, sorted_here = in_order(loop.points)
        if sorted_here and low <= Loop(ordered).length <= high:
            advice = "the points are not in order along the contour: sort them"
        raise FileError(
            file, place, f"annulus perimeter must lie in [{low:g}, {high:g}] mm; got {loop.length:.4g} mm: {advice}."
        )
    edges = np.linalg.norm(np.roll(loop.points, -1, axis=0) - loop.points, axis=1)
    longest = int(np.argmax(edges))
    if edges[longest] > max(LARGEST_EDGE_SHARE * loop.length, LARGEST_EDGE_RATIO * float(np.median(edges))):
        raise FileError(
            file,
            place,
            f"annulus must be closed; the step from point {longest} to point {(longest + 1) % len(loop)} is "
            f"{edges[longest]:.1f} mm of {loop.length:.1f} mm: draw the missing stretch.",
        )


def check_extent(surface: Surface, file: Path | str, place: str, mesh: Path | str) -> None:
    """Refuse a mesh of a size that no structure of a heart has, before anything is extracted from it.

    Raises
    ------
    FileError
        Its unit is wrong.
    """
    low, high = MESH_EXTENT_MM
    extent = float(np.ptp(surface.points, axis=0).max())
    if not low <= extent <= high:
        raise FileError(
            file,
            place,
            f"a structure's largest extent must lie in [{low:g}, {high:g}] mm; {mesh} has {extent:.3g} mm: "
            "check the unit that the recipe gives it.",
        )


def check_case(case: Case, file: Path | str) -> None:
    """Refuse vessels that cannot belong to this annulus.

    Raises
    ------
    FileError
        The coronary sinus or an artery is nowhere near the annulus, or vein and landmarks contradict each other.
    """
    check_loop(case.annulus.loop, file, "annulus")
    ring = case.annulus.loop.points
    curves = [(f"arteries {artery.name}", artery.curve, ARTERY_REACH_MM) for artery in case.arteries]
    if case.coronary_sinus is not None:
        curves.insert(0, ("coronary_sinus", case.coronary_sinus.curve, VEIN_REACH_MM))
    for place, curve, reach in curves:
        nearest = float(curve.closest(ring)[1].min())
        if nearest > reach:
            flipped = float(curve.transformed(np.diag([-1.0, -1.0, 1.0])).closest(ring)[1].min())
            advice = (
                "with x and y negated it fits, so RAS points were read as LPS: state its coordinate system"
                if flipped < reach
                else "check unit and coordinate system (LPS or RAS) of both"
            )
            raise FileError(
                file,
                place,
                f"must pass within {reach:g} mm of the annulus; its nearest point is {nearest:.1f} mm away: {advice}.",
            )
    if reason := vein_contradicts(case):
        raise FileError(
            file,
            "coronary_sinus",
            "must run from the ostium, near PM, behind P to the great cardiac vein, near AL; "
            f"{reason}: {explained(case)}.",
        )


def check_orientation(annulus: Annulus, file: Path | str, place: str) -> None:
    """Refuse an annulus whose atrial side faces where only RAS points read as LPS could face.

    The left atrium lies behind, right and above of the mitral annulus, so in LPS the atrial normal points to -x and +y.
    Reading RAS as LPS turns the heart by half a turn about the long axis of the body, which no shape shows.

    Raises
    ------
    FileError
        The atrial normal points to the left and to the front.
    """
    normal = annulus.frame.axes[2]
    if normal[0] > 0.0 and normal[1] < 0.0 and float(np.hypot(normal[0], normal[1])) > np.sqrt(0.5):
        raise FileError(
            file,
            place,
            "the annulus must face the left atrium, to the right and back of the body; its normal points left and "
            f"forward ({normal[0]:.2f}, {normal[1]:.2f}, {normal[2]:.2f}): RAS points were read as LPS, state the "
            "coordinate system (or say oriented = false for a heart outside a body's axes).",
        )


def missing_parts(case: Case) -> tuple[Assumption, ...]:
    """One line for each part that the case lacks, for the results that then lack something too."""
    lines = []
    if case.coronary_sinus is None:
        lines.append(
            _absent("coronary_sinus", "no coronary sinus is known: vein measures and devices in it are absent")
        )
    if not case.arteries:
        lines.append(_absent("circumflex", "no circumflex is known: crossings, gaps and its risk are absent, not zero"))
    if case.leaflets is None:
        lines.append(_absent("leaflets", "no leaflets are known: leaflet measures are absent, predictions use a prior"))
    return tuple(lines)


def _absent(name: str, why: str) -> Assumption:
    return Assumption(name=name, value="absent", unit="", why=why, source="case")


def _likely_unit(perimeter: float) -> str | None:
    low, high = PERIMETER_MM
    for unit, factor in LENGTH_UNITS.items():
        if unit != "mm" and low <= perimeter * factor <= high:
            return unit
    return None
