"""Does this look like a heart in LPS millimetres? What cannot be is refused, nothing is mended.

The bounds are far outside of every published heart (adult perimeters lie between about 80 and 160 mm), so that
only wrong units, wrong axes and mixed-up ends meet them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from annulus.anatomy import Annulus, Case, body_axes_fault, handedness, handedness_assumptions, parts_fault
from annulus.anatomy.measures import check_coronary_sinus
from annulus.errors import FileError
from annulus.geometry import Loop, Surface
from annulus.io._polyline import in_order
from annulus.io._schema import placed
from annulus.sources import Assumption
from annulus.units import LENGTH_UNITS

__all__ = ["NOT_ORIENTED", "check_body_axes", "check_case", "check_extent", "check_loop", "missing_parts"]

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


VEIN_RADIUS_MM = (0.75, 20.0)
"""Largest radius of the vein that is believed [mm]: a child's to one that a persistent left caval vein widens."""

ARTERY_RADIUS_MM = (0.3, 10.0)
"""The same of an artery [mm]: a marginal branch to an aneurysm."""

NOT_ORIENTED = Assumption(
    "oriented", "no", "", "said by whoever made the case: this heart does not stand in the axes of a body", "user"
)
"""Assumption of a case whose place in the body means nothing, so that it is not checked."""


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
        if _shuffled(loop):
            advice = _SORT
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
            f"{edges[longest]:.1f} mm of {loop.length:.1f} mm: "
            f"{_SORT if _shuffled(loop) else 'draw the missing stretch'}.",
        )


_SORT = "the points are not in order along the contour: sort them"


def _shuffled(loop: Loop) -> bool:
    """Whether the loop crosses itself, and its points in order make a loop of a believed length."""
    ordered, sorted_here = in_order(loop.points)
    return sorted_here and PERIMETER_MM[0] <= Loop(ordered).length <= PERIMETER_MM[1]


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
    """Refuse what is no heart in LPS millimetres.

    Raises
    ------
    FileError
        Wrong units; points of a part far away or out of order; the coronary sinus or an artery is
        nowhere near the annulus, or of a width that no vessel has; the parts do not fit together as in a heart (a
        mirror image, swapped landmarks or ends); RAS points read as LPS.
    """
    check_loop(case.annulus.loop, file, "annulus")
    ring = case.annulus.loop.points
    vessels = [
        (f"arteries {artery.name}", artery.curve, ARTERY_REACH_MM, ARTERY_RADIUS_MM, "an artery")
        for artery in case.arteries
    ]
    if case.coronary_sinus is not None:
        vessels.insert(0, ("coronary_sinus", case.coronary_sinus.curve, VEIN_REACH_MM, VEIN_RADIUS_MM, "a vein"))
    for place, curve, reach, (low, high), what in vessels:
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
        for name, radius in (("radius_mm", curve.radius), ("mis_radius_mm", curve.mis_radius)):
            if radius is not None and not low <= float(radius.max()) <= high:
                wide = float(radius.max())
                raise FileError(
                    file,
                    f"{place}.{name}",
                    f"the largest radius must lie in [{low:g}, {high:g}] mm; got {wide:.4g} mm, {what} "
                    f"{2.0 * wide:.4g} mm wide: check its unit, and that it is no diameter.",
                )
    oriented = all(line.name != NOT_ORIENTED.name for line in case.assumptions)
    if oriented:
        # First: where only the curves were turned, the meshes beside them seem to be wrong.
        check_body_axes(case.annulus, file, "annulus", knows_up=True)
    place, fault = parts_fault(case)
    if fault:
        raise FileError(file, place, f"{fault}.")
    found = handedness(case)
    if found.fault and (part := _in_ras(case, explained=found.explained)):
        raise FileError(
            file,
            part,
            "must fit together with the rest as in a heart; with x and y negated it does, so RAS points were read as "
            "LPS: state the coordinate system, or negate x and y of its points.",
        )
    if found.fault:
        raise FileError(file, found.place, f"must fit together as in a heart; {found.fault}.")
    if case.coronary_sinus is not None:
        with placed(file, "coronary_sinus"):
            check_coronary_sinus(case.coronary_sinus, case.annulus)
    if oriented:
        check_body_axes(case.annulus, file, "annulus", knows_up=found.knows_up)


def _in_ras(case: Case, *, explained: bool) -> str:
    """The vessels that fit when their x and y are negated, one or all; empty where none do.

    Where another fault explains the contradiction too (a vessel drawn from its far end), they must also lie nearer to
    the annulus then.
    """
    half_turn = np.diag([-1.0, -1.0, 1.0])
    vein = None if case.coronary_sinus is None else case.coronary_sinus.transformed(half_turn)
    arteries = tuple(artery.transformed(half_turn) for artery in case.arteries)
    turned: dict[str, Case] = {}
    if vein is not None:
        turned["coronary_sinus"] = replace(case, coronary_sinus=vein)
    for k, artery in enumerate(arteries):
        others = (*case.arteries[:k], artery, *case.arteries[k + 1 :])
        turned[f"arteries {artery.name}"] = replace(case, arteries=others)
    if len(turned) > 1:
        turned["coronary_sinus and arteries"] = replace(case, coronary_sinus=vein, arteries=arteries)
    fitting = {
        part: other for part, other in turned.items() if not handedness(other).fault and not parts_fault(other)[1]
    }
    nearer = {part: _away(other) for part, other in fitting.items() if not explained or _away(other) < _away(case)}
    return min(nearer, key=nearer.__getitem__) if nearer else ""


def _away(case: Case) -> float:
    """Mean distance of all vessels' points from the annulus [mm]."""
    curves = [artery.curve for artery in case.arteries]
    curves += [] if case.coronary_sinus is None else [case.coronary_sinus.curve]
    return float(np.mean([case.annulus.loop.closest(curve.points)[1].mean() for curve in curves]))


def check_body_axes(annulus: Annulus, file: Path | str, place: str, *, knows_up: bool) -> None:
    """Refuse an annulus that stands as RAS points read as LPS do.

    Parameters
    ----------
    annulus, file, place
        What is checked, and where it stands.
    knows_up
        Whether the anatomy around it tells the atrial side.

    Raises
    ------
    FileError
        It does.
    """
    if reason := body_axes_fault(annulus, knows_up=knows_up):
        raise FileError(
            file,
            place,
            f"must stand as a heart does in LPS (x to the left, y to the back, z up); {reason} (for a heart outside a "
            "body's axes say so: oriented = false in its recipe, or an assumption named oriented in its case file).",
        )


def missing_parts(case: Case) -> tuple[Assumption, ...]:
    """One line for each part that the case lacks, for the results that then lack something or cannot check it."""
    lines = []
    if case.coronary_sinus is None:
        lines.append(
            _absent("coronary_sinus", "no coronary sinus is known: vein measures and devices in it are absent")
        )
    if not case.arteries:
        lines.append(_absent("circumflex", "no circumflex is known: crossings, gaps and its risk are absent, not zero"))
    if case.leaflets is None:
        lines.append(_absent("leaflets", "no leaflets are known: leaflet measures are absent, predictions use a prior"))
    lines += handedness_assumptions(handedness(case))
    return tuple(lines)


def _absent(name: str, why: str) -> Assumption:
    return Assumption(name=name, value="absent", unit="", why=why, source="case")


def _likely_unit(perimeter: float) -> str | None:
    low, high = PERIMETER_MM
    for unit, factor in LENGTH_UNITS.items():
        if unit != "mm" and low <= perimeter * factor <= high:
            return unit
    return None
