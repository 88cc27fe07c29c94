"""What holds in every heart and tells left from right or up from down, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from annulus._typing import FloatArray
from annulus.geometry import Curve

if TYPE_CHECKING:
    from annulus.anatomy._case import Case

__all__ = ["DRAWN", "Claim", "claims"]

_WEAK = 0.5
"""Weight of a claim that a whole heart may break: taper, a vein that comes round to A, side of an
artery's origin, leaflets below the plane."""

_TAPER = 1.3
"""Wide end over narrow end from which the taper tells the ostium: 5.5 over 1.5 mm in a whole vein."""

_SURE = 0.05
"""A side is told by what lies at least this share of the annulus' mean diameter off the middle."""

_SURE_SWEEP = 0.1
"""A direction round the annulus is told by at least this share of the annulus' own area."""

DRAWN = ("given", "parametric shape")
"""Sources of landmarks that move with the heart when it is turned or mirrored; others may have been found after it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What holds in every heart: of which part of the case, what is seen otherwise, whether it holds here, and which
    faults turn it round.
    """

    part: str
    otherwise: str
    holds: bool
    flips: frozenset[str]
    moot: frozenset[str] = frozenset()
    weight: float = 1.0


def claims(case: Case) -> Iterator[Claim]:
    """What holds in every heart, and whether it does here; what cannot be told is left out."""
    annulus, marks, sources = case.annulus, case.annulus.landmarks, case.annulus.landmark_sources
    loop, normal = annulus.loop, annulus.frame.axes[2]
    centre = loop.centroid
    sure = _SURE * loop.length / np.pi
    forward = marks["A"] - marks["P"]
    right = np.cross(forward, normal)
    right = right / np.linalg.norm(right)

    for part, name, words, side, point, weight in _above_and_below(case):
        height = side * float((point - centre) @ normal)
        if abs(height) > sure:
            flips = frozenset({"up", name}) if name else frozenset({"up"})
            yield Claim(part, words, height > 0.0, flips, weight=weight)

    area = abs(float(loop.area_vector @ normal))
    vein = case.coronary_sinus
    if vein is not None:
        turn = _sweep(vein.curve, centre, normal) / area
        if abs(turn) > _SURE_SWEEP:
            words = "seen from the atrium the vein runs counter-clockwise"
            yield Claim("coronary_sinus", words, turn < 0.0, frozenset({"mirror", "vein", "up"}))
        reach = vein.curve.closest(np.array([marks["A"], marks["P"]]))[1]
        if abs(reach[0] - reach[1]) > sure:
            words = "the vein passes nearer to A than to P"
            yield Claim("coronary_sinus", words, bool(reach[1] < reach[0]), frozenset({"A/P"}), weight=_WEAK)
        radius = vein.curve.radius
        if radius is not None:
            k = max(1, len(radius) // 5)
            first, last = float(radius[:k].mean()), float(radius[-k:].mean())
            if max(first, last) > _TAPER * min(first, last):
                words = "the vein is wider at its far end"
                yield Claim("coronary_sinus", words, first > last, frozenset({"vein"}), weight=_WEAK)
    for artery in case.arteries:
        if not _is_circumflex(artery.name):
            continue
        turn = _sweep(artery.curve, centre, normal) / area
        if abs(turn) > _SURE_SWEEP:
            words = "seen from the atrium the circumflex runs clockwise"
            yield Claim("arteries", words, turn > 0.0, frozenset({"mirror", "artery", "up"}))
        across = float((artery.curve.points[0] - centre) @ right)
        if abs(across) > sure:
            flips = frozenset({"mirror", "A/P", "up"})
            yield Claim(
                "arteries", "the circumflex begins on the right", across < 0.0, flips, frozenset({"artery"}), _WEAK
            )

    across = float((marks["PM"] - marks["AL"]) @ right)
    rule = not {sources["AL"], sources["PM"]} & set(DRAWN)
    flips = frozenset({"mirror", "A/P", "AL/PM", "up"})
    yield Claim("annulus.landmarks", "with A up AL lies on the right", across > 0.0, flips,
                 # Found by a rule from the atrial side, they may have been found after the heart was mirrored.
                 frozenset({"mirror", "A/P"}) if rule else frozenset())  # fmt: skip
    if {"AL", "PM"} <= case.papillary_tips.keys():
        across = float((case.papillary_tips["PM"] - case.papillary_tips["AL"]) @ right)
        if abs(across) > sure:
            yield Claim("papillary_tips", "the papillary tip AL lies right of the tip PM", across > 0.0,
                         frozenset({"mirror", "A/P", "tips", "up"}))  # fmt: skip
    for lateral, medial in (("LT", "RT"), ("ALC", "PMC")):
        if lateral in marks and medial in marks:
            across = float((marks[medial] - marks[lateral]) @ right)
            yield Claim("annulus.landmarks", f"with A up {lateral} lies on the right", across > 0.0,
                         frozenset({"mirror", "A/P", f"{lateral}/{medial}", "up"}))  # fmt: skip
    in_front: list[tuple[str, str, FloatArray]] = []
    if case.aortic_annulus is not None:
        in_front.append(("aortic_annulus", "the aortic annulus lies", case.aortic_annulus.centroid))
    if {"LT", "RT"} <= marks.keys():
        in_front.append(("annulus.landmarks", "the trigones lie", 0.5 * (marks["LT"] + marks["RT"])))
    for part, words, point in in_front:
        ahead = float((point - centre) @ forward) / float(np.linalg.norm(forward))
        if abs(ahead) > sure:
            yield Claim(part, f"{words} nearer to P than to A", ahead > 0.0, frozenset({"A/P"}))


def _above_and_below(case: Case) -> Iterator[tuple[str, str, str, float, FloatArray, float]]:
    """What tells up: its part, the fault that explains it, words where it lies on the wrong side, its side, its
    place, its weight.
    """
    if case.papillary_tips:
        middle = np.mean([*case.papillary_tips.values()], axis=0)
        yield "papillary_tips", "", "the papillary tips lie on the atrial side", -1.0, middle, 1.0
    for name, side, words in (("la", 1.0, "the left atrium lies on the ventricular side"),
                              ("lv", -1.0, "the left ventricle lies on the atrial side")):  # fmt: skip
        if name in case.surfaces:
            yield f"surfaces.{name}", name, words, side, case.surfaces[name].centroid, 1.0
    sheets = [] if case.leaflets is None else [case.leaflets.anterior, case.leaflets.posterior]
    places = [sheet.centroid for sheet in sheets if sheet is not None]
    if places:
        yield "leaflets", "", "the leaflets lie on the atrial side", -1.0, np.mean(places, axis=0), _WEAK


def _sweep(curve: Curve, centre: FloatArray, normal: FloatArray) -> float:
    """Area that the ray from the centre to the curve sweeps, counter-clockwise about the normal [mm2]."""
    spoke = curve.points - centre
    return 0.5 * float(np.cross(spoke[:-1], spoke[1:]).sum(axis=0) @ normal)


def _is_circumflex(name: str) -> bool:
    word = name.lower()
    return word == "cx" or "lcx" in word or "circumflex" in word
