"""Which end of the vein, which landmarks: where they contradict each other, the faults that would explain it.

A vein that seems to run the wrong way may be reversed; but the same is seen where A and P, or AL and PM, are swapped,
or where the whole heart is mirrored. Each of these faults is undone in turn, and the one after which everything fits
together is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Case

__all__ = ["explained", "vein_contradicts"]


@dataclass(frozen=True, eq=False)
class _Heart:
    """What tells the ends apart."""

    case: Case
    marks: dict[str, FloatArray]
    vein: FloatArray
    radius: FloatArray | None
    mirrored: bool = False

    def swapped(self, one: str, other: str) -> _Heart:
        return replace(self, marks={**self.marks, one: self.marks[other], other: self.marks[one]})

    @property
    def normal(self) -> FloatArray:
        """Towards the atrium, as the landmarks say."""
        normal = self.case.annulus.loop.normal
        marks = self.marks
        side = float(np.cross(marks["A"] - marks["P"], normal) @ (marks["PM"] - marks["AL"]))
        return -normal if (side < 0.0) != self.mirrored else normal


def vein_contradicts(case: Case) -> str:
    """Why the vein cannot run past these landmarks as it does; empty where it can."""
    vein, marks = case.coronary_sinus, case.annulus.landmarks
    if vein is None:
        return ""
    ends = vein.curve.points[[0, -1]]
    to_al = np.linalg.norm(ends - marks["AL"], axis=1)
    to_pm = np.linalg.norm(ends - marks["PM"], axis=1)
    if to_al[0] < to_pm[0] and to_pm[1] < to_pm[0]:
        return f"its first point is {to_al[0]:.1f} mm from AL and {to_pm[0]:.1f} mm from PM"
    reach = vein.curve.closest(np.array([marks["A"], marks["P"]]))[1]
    theta = np.unwrap(np.radians(case.annulus.theta_deg(vein.curve.points)))
    if theta[-1] > theta[0] and reach[0] < reach[1]:
        return f"it passes {reach[0]:.1f} mm from A and {reach[1]:.1f} mm from P"
    return ""


def explained(case: Case) -> str:
    """What is wrong where the vein contradicts the landmarks, and what to do; or the candidates and how to tell."""
    vein = case.coronary_sinus
    if vein is None:
        return ""
    heart = _Heart(case, dict(case.annulus.landmarks), vein.curve.points, vein.curve.radius)
    radius = None if heart.radius is None else heart.radius[::-1]
    found = {
        "the vein runs the wrong way": replace(heart, vein=heart.vein[::-1], radius=radius),
        "AL and PM are swapped": heart.swapped("AL", "PM"),
        "A and P are swapped": heart.swapped("A", "P"),
        "A and P are swapped, and AL and PM too": heart.swapped("A", "P").swapped("AL", "PM"),
        "the heart is mirrored": replace(heart.swapped("AL", "PM"), mirrored=True),
    }
    if "given" in (case.annulus.landmark_sources[name] for name in ("AL", "PM")):
        # Whoever drew AL and PM drew them on this heart: a mirror does not swap them.
        del found["the heart is mirrored"]
    wrong = {fault: [claim for claim, holds in _claims(mended) if not holds] for fault, mended in found.items()}
    fewest = min(len(claims) for claims in wrong.values())
    fitting = [fault for fault, claims in wrong.items() if len(claims) == fewest]
    if len(fitting) == 1:
        claims = dict.fromkeys(claim for claim, holds in _claims(heart) if not holds and claim not in wrong[fitting[0]])
        reasons = [claim for claim in claims if claim not in _ENDS][:_SHOWN]
        why = f" ({', '.join(reasons)})" if reasons else ""
        return f"{fitting[0]}{why}: {_MENDED[fitting[0]]}"
    ways = "; ".join(f"{_MENDED[fault]} if {_TOLD[fault]}" for fault in fitting)
    return f"{' or '.join(fitting)}: {ways}"


_MENDED = {
    "the vein runs the wrong way": "reverse its points (and its radii)",
    "AL and PM are swapped": "exchange AL and PM",
    "A and P are swapped": "exchange A and P",
    "A and P are swapped, and AL and PM too": "exchange both pairs",
    "the heart is mirrored": "negate one axis of all points",
}

_TOLD = {
    "the vein runs the wrong way": "its first point is not the ostium in the right atrium",
    "AL and PM are swapped": "AL is not on the side of the left atrial appendage",
    "A and P are swapped": "A is not beside the aortic valve",
    "A and P are swapped, and AL and PM too": "A is not beside the aortic valve and AL not beside the appendage",
    "the heart is mirrored": "the apex points to the right in a viewer",
}


def _claims(heart: _Heart) -> Iterator[tuple[str, bool]]:
    """What holds in every heart, and whether it does here; what cannot be told is left out."""
    marks, case = heart.marks, heart.case

    def nearer(point: FloatArray, one: str, other: str) -> bool:
        return bool(np.linalg.norm(point - marks[one]) < np.linalg.norm(point - marks[other]))

    yield _ENDS[0], nearer(heart.vein[0], "PM", "AL")
    yield _ENDS[1], nearer(heart.vein[-1], "AL", "PM")
    reach = [float(np.linalg.norm(heart.vein - marks[name], axis=1).min()) for name in ("A", "P")]
    yield "the vein passes nearer to A than to P", reach[1] < reach[0]
    if heart.radius is not None:
        k = max(1, len(heart.radius) // 5)
        first, last = float(heart.radius[:k].mean()), float(heart.radius[-k:].mean())
        if max(first, last) > _TAPER * min(first, last):
            yield "the vein is wider at its far end", first > last
    if case.aortic_annulus is not None:
        yield "the aortic annulus lies nearer to P than to A", nearer(case.aortic_annulus.centroid, "A", "P")
    for name, one, other in (("LT", "A", "P"), ("RT", "A", "P"), ("LT", "AL", "PM"), ("RT", "PM", "AL"),
                             ("ALC", "AL", "PM"), ("PMC", "PM", "AL")):  # fmt: skip
        if name in marks and case.annulus.landmark_sources[name] == "given":
            yield f"{name} lies nearer to {other} than to {one}", nearer(marks[name], one, other)
    centre, normal = case.annulus.loop.centroid, heart.normal
    for name, tip in case.papillary_tips.items():
        yield "the papillary tips lie on the atrial side", float((tip - centre) @ normal) < 0.0
        across = float((tip - centre) @ (marks["PM"] - marks["AL"]))
        yield f"the papillary tip {name} lies on the other side", (across < 0.0) == (name == "AL")
    for name, side in (("la", 1.0), ("lv", -1.0)):
        if name in case.surfaces:
            where = float((case.surfaces[name].centroid - centre) @ normal) * side
            yield f"{'the left atrium' if name == 'la' else 'the left ventricle'} lies on the wrong side", where > 0.0


_ENDS = ("its first point lies nearer to AL than to PM", "its last point lies nearer to PM than to AL")
"""What the sentence has said already."""

_SHOWN = 3
"""Reasons that the sentence gives at most."""

_TAPER = 1.3
"""Wide end over narrow end from which the taper tells the ostium: 5.5 over 1.5 mm in a whole vein."""
