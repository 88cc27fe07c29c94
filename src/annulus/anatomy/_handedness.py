"""Is this a heart, and not its mirror image? One rule for files, recipes, measures and predictions.

A heart's shape alone tells left from right once it is known where up (the atrium) is: seen from the atrium the
coronary sinus runs clockwise from the ostium behind P to AL, the circumflex counter-clockwise from its origin, and
with A up AL lies on the left. Where these claims contradict each other, each fault that people make (a reflection, a
vein drawn from its far end, exchanged names) is undone in turn, alone and together, and what makes the heart whole
at the least cost is named. What is not known makes no claim; where nothing tells up, a mirror image cannot be told,
and the answer says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations
from typing import TYPE_CHECKING

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import InputError
from annulus.geometry import Curve, Frame
from annulus.sources import Assumption

if TYPE_CHECKING:
    from annulus.anatomy._annulus import Annulus
    from annulus.anatomy._case import Case

__all__ = [
    "Handedness",
    "body_axes_fault",
    "handedness",
    "handedness_assumption",
    "require_handedness",
    "typical_frame",
]


@dataclass(frozen=True, slots=True)
class Handedness:
    """What the parts of a heart say about left and right.

    Parameters
    ----------
    fault
        What is wrong, why, and what to do, as the end of a sentence; empty where the parts fit together.
    place
        Which part of the case to mend; empty for all of it.
    knows_up
        Whether papillary tips, leaflets, left atrium or left ventricle tell the atrial side. Without them a mirror
        image is not noticed.
    """

    fault: str
    place: str
    knows_up: bool


def handedness(case: Case) -> Handedness:
    """Whether the parts of a case fit together as those of a heart do.

    Takes less than a millisecond where they do. The rule needs no body axes: it does not depend on position,
    orientation, scale or order of vertices.
    """
    claims = tuple(_claims(case))
    knows_up = any("up" in claim.flips <= {"up", "la/lv"} for claim in claims)
    broken = {up: _broken(claims, up) for up in (frozenset[str](), _UP_ONLY)}
    start = min(broken, key=lambda up: _cost(broken[up]))
    if not broken[start]:
        return Handedness("", "", knows_up)
    faults = [name for name in _FAULTS if any(name in claim.flips for claim in claims)]
    if not knows_up and "mirror" in faults:
        faults.remove("mirror")  # the same as not knowing up
    found: dict[frozenset[str], tuple[float, frozenset[str]]] = {}
    for some in chain.from_iterable(combinations(faults, count) for count in range(len(faults) + 1)):
        price = _price(some)
        for up in broken:
            cost = price + _cost(_broken(claims, up | set(some)))
            if frozenset(some) not in found or cost < found[frozenset(some)][0] - _EQUAL:
                found[frozenset(some)] = (cost, up | set(some))
    least = min(cost for cost, _ in found.values())
    fitting = [some for some, (cost, _) in found.items() if cost <= least + _EQUAL]
    if frozenset() in fitting:
        return Handedness("", "", knows_up)
    places = {_FAULTS[name].place for some in fitting for name in some}
    place = places.pop() if len(places) == 1 else ""
    if len(fitting) > 1:
        ways = "; ".join(f"{_mended(case, some)} if {_told(some)}" for some in fitting)
        return Handedness(f"{' or '.join(_named(some) for some in fitting)}: {ways}", place, knows_up)
    undone = _broken(claims, found[fitting[0]][1])
    reasons = [claim.otherwise for claim in broken[start] if claim not in undone][:_SHOWN]
    return Handedness(f"{_named(fitting[0])} ({', '.join(reasons)}): {_mended(case, fitting[0])}", place, knows_up)


def require_handedness(case: Case) -> Handedness:
    """What the parts of a heart say, where they fit together.

    Raises
    ------
    InputError
        It is a mirror image, or names or ends are swapped: which, how that is known, and what to do.
    """
    found = handedness(case)
    if found.fault:
        place = f"{found.place} " if found.place else ""
        raise InputError(f"case {case.id!r}: {place}must fit together as in a heart; {found.fault}.")
    return found


def handedness_assumption() -> Assumption:
    """The line of a case in which nothing tells up."""
    return Assumption(
        "handedness",
        "not checked",
        "",
        "no papillary tips, leaflets, left atrium or left ventricle tell the atrial side: it follows from the "
        "landmarks, and a mirror image would not be noticed",
        "rule",
    )


def typical_frame() -> Frame:
    """Annulus frame of a heart in a typical thorax, LPS: +z to the atrium on the right, posterior and superior side,
    +y to the aortic valve on the right, anterior and superior side.
    """
    return Frame.from_normal((0.0, 0.0, 0.0), z=(-0.6, 0.6, 0.5), y_towards=(-0.4, -0.7, 0.6))


def body_axes_fault(annulus: Annulus, *, knows_up: bool = True) -> str:
    """Which axes are taken for LPS, as the end of a sentence; empty where the heart may stand in LPS axes.

    RAS points read as LPS are turned half round about z, which is no reflection: only a heart's place in the body
    shows it. Half a turn separates the two, and hearts differ from `typical_frame` by some 10 to 25 degrees; a heart
    that stands like neither is not judged.

    Parameters
    ----------
    annulus
        With landmarks, and so a frame.
    knows_up
        Whether the frame's +z is known from the anatomy around. If not, both sides are tried, and a reflection of one
        axis is looked for too, which `handedness` cannot see then.
    """
    axes, usual = annulus.frame.axes, typical_frame().axes
    upside_down = axes * np.array([[-1.0], [1.0], [-1.0]])
    sides = [axes] if knows_up else [axes, upside_down]
    if any(_angle_deg(side, usual) < _LIKE_DEG for side in sides):
        return ""
    if any(_angle_deg(side @ np.diag([-1.0, -1.0, 1.0]), usual) < _LIKE_DEG for side in sides):
        return (
            "with x and y negated it would: the coordinates look like RAS (RAS points were read as LPS): "
            "negate x and y of all points, or state RAS where the file is read"
        )
    if not knows_up:
        for k, name in enumerate("xyz"):
            mirrored = axes @ np.diag([-1.0 if i == k else 1.0 for i in range(3)])
            # Landmarks went with the points: the frame's +z then is on the wrong side.
            if _angle_deg(mirrored * np.array([[1.0], [1.0], [-1.0]]), usual) < _LIKE_DEG:
                return (
                    f"with {name} negated it would: the heart is a mirror image: undo the reflection (negate {name} "
                    "of all points)"
                )
    return ""


@dataclass(frozen=True, slots=True)
class _Fault:
    """A fault that people make. Names that are mixed up are of one kind: who exchanges one pair exchanges others."""

    name: str
    mend: str
    told: str
    place: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Claim:
    """What holds in every heart: what is seen otherwise, whether it holds here, and which faults turn it round."""

    otherwise: str
    holds: bool
    flips: frozenset[str]
    moot: frozenset[str] = frozenset()
    weight: float = 1.0


_FAULTS = {
    "mirror": _Fault(
        "the heart is a mirror image",
        "undo the reflection (negate one axis of all points)",
        "the apex points to the right in a viewer",
        "",
        "mirror",
    ),
    "vein": _Fault(
        "the vein runs the wrong way",
        "swap its ends (reverse its points and radii)",
        "its first point is not the ostium in the right atrium",
        "coronary_sinus",
        "vein",
    ),
    "artery": _Fault(
        "the circumflex runs the wrong way",
        "swap its ends (reverse its points and radii)",
        "its first point is not at the left main stem",
        "arteries",
        "artery",
    ),
    "A/P": _Fault("A and P are swapped", "exchange A and P", "A is not beside the aortic valve", "annulus.landmarks",
                  "A/P"),
    "AL/PM": _Fault("AL and PM are swapped", "exchange AL and PM", "AL is not on the side of the left atrial appendage",
                    "annulus.landmarks", "names"),
    "tips": _Fault("the papillary tips AL and PM are swapped", "exchange the papillary tips",
                   "the tip AL is not on the side of the left atrial appendage", "papillary_tips", "names"),
    "LT/RT": _Fault("LT and RT are swapped", "exchange LT and RT", "LT is not on the side of AL", "annulus.landmarks",
                    "names"),
    "ALC/PMC": _Fault("ALC and PMC are swapped", "exchange ALC and PMC", "ALC is not on the side of AL",
                      "annulus.landmarks", "names"),
    "la/lv": _Fault("the surfaces la and lv are not what their names say", "exchange or mend them",
                    "la is not the left atrium", "surfaces", "surfaces"),
}  # fmt: skip

_UP_ONLY = frozenset({"up"})

_FAULT_COST = 0.4
"""Against 1 for a claim that stays broken: two faults together are believed before one claim is."""

_PAIR_COST = 0.3
"""Of each further pair of names: who confuses AL and PM may do so in the trigones too, but less surely."""

_SURFACES_COST = 0.7
"""Of surfaces that are not what their names say, which come from segmentations and are seldom confused."""

_WEAK = 0.5
"""Weight of a claim that a whole heart may break: taper, side of an artery's origin, leaflets below the plane."""

_EQUAL = 1e-9
_SHOWN = 3
"""Reasons that the sentence gives at most."""

_TAPER = 1.3
"""Wide end over narrow end from which the taper tells the ostium: 5.5 over 1.5 mm in a whole vein."""

_SURE = 0.05
"""A side is told by what lies at least this share of the annulus' mean diameter off the middle."""

_SURE_SWEEP = 0.1
"""A direction round the annulus is told by at least this share of the annulus' own area."""

_LIKE_DEG = 45.0
"""A heart within this angle of `typical_frame` stands as hearts do: of all rotations 2.5 % are within it."""

_DRAWN = ("given", "parametric shape")
"""Sources of landmarks that move with the heart when it is turned or mirrored; others may have been found after it."""


def _price(some: Iterable[str]) -> float:
    """What it costs to believe in these faults."""
    kinds = [_FAULTS[name].kind for name in some]
    prices = [_SURFACES_COST if kind == "surfaces" else _FAULT_COST for kind in set(kinds)]
    return sum(prices) + _PAIR_COST * max(0, kinds.count("names") - 1)


def _cost(broken: tuple[_Claim, ...]) -> float:
    return sum(claim.weight for claim in broken)


def _broken(claims: tuple[_Claim, ...], undone: frozenset[str]) -> tuple[_Claim, ...]:
    """Claims that do not hold after `undone` faults."""
    return tuple(
        claim
        for claim in claims
        if not undone & claim.moot and claim.holds == (len(undone & claim.flips) % 2 == 1)
    )  # fmt: skip


def _claims(case: Case) -> Iterator[_Claim]:
    """What holds in every heart, and whether it does here; what cannot be told is left out."""
    annulus, marks, sources = case.annulus, case.annulus.landmarks, case.annulus.landmark_sources
    loop, normal = annulus.loop, annulus.frame.axes[2]
    centre = loop.centroid
    sure = _SURE * loop.length / np.pi
    forward = marks["A"] - marks["P"]
    right = np.cross(forward, normal)
    right = right / np.linalg.norm(right)

    for name, words, side, point, weight in _above_and_below(case):
        height = side * float((point - centre) @ normal)
        if abs(height) > sure:
            yield _Claim(words, height > 0.0, frozenset({"up", *([name] if name else [])}) if name else _UP_ONLY,
                         weight=weight)  # fmt: skip

    area = abs(float(loop.area_vector @ normal))
    vein = case.coronary_sinus
    if vein is not None:
        turn = _sweep(vein.curve, centre, normal) / area
        if abs(turn) > _SURE_SWEEP:
            words = "seen from the atrium the vein runs counter-clockwise"
            yield _Claim(words, turn < 0.0, frozenset({"mirror", "vein", "up"}))
        reach = vein.curve.closest(np.array([marks["A"], marks["P"]]))[1]
        if abs(reach[0] - reach[1]) > sure:
            yield _Claim("the vein passes nearer to A than to P", bool(reach[1] < reach[0]), frozenset({"A/P"}))
        radius = vein.curve.radius
        if radius is not None:
            k = max(1, len(radius) // 5)
            first, last = float(radius[:k].mean()), float(radius[-k:].mean())
            if max(first, last) > _TAPER * min(first, last):
                yield _Claim("the vein is wider at its far end", first > last, frozenset({"vein"}), weight=_WEAK)
    for artery in case.arteries:
        if not _is_circumflex(artery.name):
            continue
        turn = _sweep(artery.curve, centre, normal) / area
        if abs(turn) > _SURE_SWEEP:
            words = "seen from the atrium the circumflex runs clockwise"
            yield _Claim(words, turn > 0.0, frozenset({"mirror", "artery", "up"}))
        across = float((artery.curve.points[0] - centre) @ right)
        if abs(across) > sure:
            yield _Claim("the circumflex begins on the right", across < 0.0, frozenset({"mirror", "A/P", "up"}),
                         frozenset({"artery"}), _WEAK)  # fmt: skip

    across = float((marks["PM"] - marks["AL"]) @ right)
    rule = not {sources["AL"], sources["PM"]} & set(_DRAWN)
    yield _Claim("with A up AL lies on the right", across > 0.0, frozenset({"mirror", "A/P", "AL/PM", "up"}),
                 # Found by a rule from the atrial side, they may have been found after the heart was mirrored.
                 frozenset({"mirror", "A/P"}) if rule else frozenset())  # fmt: skip
    if {"AL", "PM"} <= case.papillary_tips.keys():
        across = float((case.papillary_tips["PM"] - case.papillary_tips["AL"]) @ right)
        if abs(across) > sure:
            yield _Claim("the papillary tip AL lies right of the tip PM", across > 0.0,
                         frozenset({"mirror", "A/P", "tips", "up"}))  # fmt: skip
    for lateral, medial in (("LT", "RT"), ("ALC", "PMC")):
        if lateral in marks and medial in marks:
            across = float((marks[medial] - marks[lateral]) @ right)
            yield _Claim(f"with A up {lateral} lies on the right", across > 0.0,
                         frozenset({"mirror", "A/P", f"{lateral}/{medial}", "up"}))  # fmt: skip
    in_front = [("aortic annulus", case.aortic_annulus.centroid)] if case.aortic_annulus is not None else []
    in_front += [("trigones", 0.5 * (marks["LT"] + marks["RT"]))] if {"LT", "RT"} <= marks.keys() else []
    for name, point in in_front:
        ahead = float((point - centre) @ forward) / float(np.linalg.norm(forward))
        if abs(ahead) > sure:
            verb = "lies" if name == "aortic annulus" else "lie"
            yield _Claim(f"the {name} {verb} nearer to P than to A", ahead > 0.0, frozenset({"A/P"}))


def _above_and_below(case: Case) -> Iterator[tuple[str, str, float, FloatArray, float]]:
    """What tells up: fault that explains it, words where it lies on the wrong side, its side, its place, its weight."""
    if case.papillary_tips:
        middle = np.mean([*case.papillary_tips.values()], axis=0)
        yield "", "the papillary tips lie on the atrial side", -1.0, middle, 1.0
    for name, side, words in (("la", 1.0, "the left atrium lies on the ventricular side"),
                              ("lv", -1.0, "the left ventricle lies on the atrial side")):  # fmt: skip
        if name in case.surfaces:
            yield "la/lv", words, side, case.surfaces[name].centroid, 1.0
    sheets = [] if case.leaflets is None else [case.leaflets.anterior, case.leaflets.posterior]
    places = [sheet.centroid for sheet in sheets if sheet is not None]
    if places:
        yield "", "the leaflets lie on the atrial side", -1.0, np.mean(places, axis=0), _WEAK


def _sweep(curve: Curve, centre: FloatArray, normal: FloatArray) -> float:
    """Area that the ray from the centre to the curve sweeps, counter-clockwise about the normal [mm2]."""
    spoke = curve.points - centre
    return 0.5 * float(np.cross(spoke[:-1], spoke[1:]).sum(axis=0) @ normal)


def _is_circumflex(name: str) -> bool:
    word = name.lower()
    return word == "cx" or "lcx" in word or "circumflex" in word


def _named(some: frozenset[str]) -> str:
    return ", and ".join(fault.name for name, fault in _FAULTS.items() if name in some)


def _mended(case: Case, some: frozenset[str]) -> str:
    """What to do about these faults; what a rule found is not exchanged but given."""
    ways = []
    for name, fault in _FAULTS.items():
        if name in some:
            pair = name.split("/")
            sources = [case.annulus.landmark_sources[mark] for mark in pair] if name in ("A/P", "AL/PM") else ["given"]
            by_rule = all(source not in _DRAWN for source in sources)
            ways.append(f"give {pair[0]} and {pair[1]}, which a rule found" if by_rule else fault.mend)
    return ", and ".join(ways)


def _told(some: frozenset[str]) -> str:
    return " and ".join(fault.told for name, fault in _FAULTS.items() if name in some)


def _angle_deg(axes: FloatArray, others: FloatArray) -> float:
    """Angle of the rotation from one frame's axes to the other's [deg]."""
    return float(np.degrees(np.arccos(np.clip(0.5 * (float(np.sum(axes * others)) - 1.0), -1.0, 1.0))))
