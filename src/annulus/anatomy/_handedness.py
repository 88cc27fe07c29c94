"""Is this a heart, and not its mirror image? One rule for files, recipes, measures and predictions.

A heart's shape alone tells left from right once it is known where up (the atrium) is: seen from the atrium the
coronary sinus runs clockwise from the ostium behind P to AL, the circumflex counter-clockwise from its origin, and
with A up AL lies on the left. Where these claims contradict each other, each fault that people make (a reflection, a
vein drawn from its far end, exchanged names) is undone in turn, alone and together, and what makes the heart whole
at the least cost is named. Where none of them mends what is broken, what contradicts what is said, and no fault is
guessed. What is not known makes no claim; where nothing tells up, a mirror image cannot be told, and the answer says
so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import TYPE_CHECKING

from annulus.anatomy._handedness_claims import DRAWN, Claim, claims
from annulus.errors import InputError
from annulus.sources import Assumption

if TYPE_CHECKING:
    from annulus.anatomy._case import Case

__all__ = ["HANDEDNESS_DOUBT", "Handedness", "handedness", "handedness_assumptions", "require_handedness"]

HANDEDNESS_DOUBT = "handedness_doubt"
"""Name of the assumption that says what is odd about left and right and yet no contradiction."""


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
    doubts
        What is otherwise than in most hearts, and yet no contradiction.
    explained
        False where parts contradict each other and no fault that people make explains it.
    """

    fault: str
    place: str
    knows_up: bool
    doubts: tuple[str, ...] = ()
    explained: bool = True


def handedness(case: Case) -> Handedness:
    """Whether the parts of a case fit together as those of a heart do.

    Takes less than a millisecond where they do. The rule needs no body axes: it does not depend on position,
    orientation, scale or order of vertices.
    """
    known = tuple(claims(case))
    knows_up = any("up" in claim.flips <= {"up", "la", "lv"} for claim in known)
    broken = {up: _broken(known, up) for up in (frozenset[str](), _UP_ONLY)}
    start = min(broken, key=lambda up: _cost(broken[up]))
    if not broken[start]:
        return Handedness("", "", knows_up)
    faults = [name for name in _FAULTS if any(name in claim.flips for claim in known)]
    if not knows_up and "mirror" in faults:
        faults.remove("mirror")  # the same as not knowing up
    found: dict[frozenset[str], tuple[float, frozenset[str]]] = {}
    for some in _together(faults):
        price = _price(some)
        for up in broken:
            cost = price + _cost(_broken(known, up | some))
            if some not in found or cost < found[some][0] - _EQUAL:
                found[some] = (cost, up | some)
    least = min(cost for cost, _ in found.values())
    fitting = [some for some, (cost, _) in found.items() if cost <= least + _EQUAL]
    left = {some: _broken(known, found[some][1]) for some in fitting}
    whole = [some for some in fitting if _cost(left[some]) < _SURE_COST or not some]
    whole = [some for some in whole if all(claim.weight < _SURE_COST for claim in left[some])]
    if not whole:
        place = _place(claim.part for claim in broken[start])
        return Handedness(_contradiction(known, broken[start]), place, knows_up, explained=False)
    if frozenset() in whole:
        return Handedness("", "", knows_up, tuple(claim.otherwise for claim in left[frozenset()]))
    place = _place(_FAULTS[name].place for some in whole for name in some)
    if len(whole) > 1:
        ways = "; ".join(f"{_mended(case, some)} if {_told(some)}" for some in whole)
        return Handedness(f"{' or '.join(_named(some) for some in whole)}: {ways}", place, knows_up)
    reasons = [claim.otherwise for claim in broken[start] if claim not in left[whole[0]]][:_SHOWN]
    return Handedness(f"{_named(whole[0])} ({', '.join(reasons)}): {_mended(case, whole[0])}", place, knows_up)


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


def handedness_assumptions(found: Handedness) -> tuple[Assumption, ...]:
    """Lines of a case in which nothing tells up, or in which something is otherwise than in most hearts."""
    lines = []
    if not found.knows_up:
        why = (
            "no papillary tips, leaflets, left atrium or left ventricle tell the atrial side: it follows from the "
            "landmarks, and a mirror image would not be noticed"
        )
        lines.append(Assumption("handedness", "not checked", "", why, "rule"))
    if found.doubts:
        why = f"{', and '.join(found.doubts)}, which is otherwise in most hearts: check that part"
        lines.append(Assumption(HANDEDNESS_DOUBT, "odd", "", why, "rule"))
    return tuple(lines)


@dataclass(frozen=True, slots=True)
class _Fault:
    """A fault that people make. Names that are mixed up are of one kind: who exchanges one pair exchanges others."""

    name: str
    mend: str
    told: str
    place: str
    kind: str


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
    "la": _Fault("the surface la is no left atrium in these axes", "give the left atrium in the axes of the curves",
                 "la is not the left atrium", "surfaces.la", "surfaces"),
    "lv": _Fault("the surface lv is no left ventricle in these axes",
                 "give the left ventricle in the axes of the curves",
                 "lv is not the left ventricle", "surfaces.lv", "surfaces"),
}  # fmt: skip

_UP_ONLY = frozenset({"up"})

_FAULT_COST = 0.4
"""Against 1 for a claim that stays broken: two faults together are believed before one claim is."""

_PAIR_COST = 0.3
"""Of each further pair of names: who confuses AL and PM may do so in the trigones too, but less surely."""

_SURFACES_COST = 0.7
"""Of surfaces that are not what their names say, which come from segmentations and are seldom confused."""

_SURE_COST = 1.0
"""Cost of a sure claim, or of two weak ones: what leaves as much broken is no explanation."""

_MOST_KINDS = 2
"""Faults of more kinds at once are not guessed: they explain any contradiction, and none of them need be true."""

_EQUAL = 1e-9
_SHOWN = 3
"""Reasons that the sentence gives at most."""


def _together(faults: Sequence[str]) -> Iterator[frozenset[str]]:
    """Faults that may come together, none first."""
    for some in chain.from_iterable(combinations(faults, count) for count in range(len(faults) + 1)):
        if len({_FAULTS[name].kind for name in some}) <= _MOST_KINDS:
            yield frozenset(some)


def _price(some: Iterable[str]) -> float:
    """What it costs to believe in these faults."""
    kinds = [_FAULTS[name].kind for name in some]
    prices = [_SURFACES_COST if kind == "surfaces" else _FAULT_COST for kind in set(kinds)]
    return sum(prices) + _PAIR_COST * max(0, kinds.count("names") - 1)


def _cost(broken: tuple[Claim, ...]) -> float:
    return sum(claim.weight for claim in broken)


def _broken(known: tuple[Claim, ...], undone: frozenset[str]) -> tuple[Claim, ...]:
    """Claims that do not hold after `undone` faults."""
    return tuple(
        claim
        for claim in known
        if not undone & claim.moot and claim.holds == (len(undone & claim.flips) % 2 == 1)
    )  # fmt: skip


def _contradiction(known: tuple[Claim, ...], broken: tuple[Claim, ...]) -> str:
    """What contradicts what, where no fault that people make explains it."""
    odd = {claim.part for claim in broken}
    others = [part for part in dict.fromkeys(claim.part for claim in known) if part not in odd]
    against = f", against what {', '.join(others)} tell" if others else ""
    said = ", ".join(dict.fromkeys(claim.otherwise for claim in broken))
    return (
        f"its parts contradict each other, and no usual mix-up explains it: {said}{against}: check that all parts are "
        f"of one heart and in the same axes, first {', '.join(dict.fromkeys(claim.part for claim in broken))}"
    )


def _place(places: Iterable[str]) -> str:
    """The place that all have; empty where they differ."""
    different = set(places)
    return different.pop() if len(different) == 1 else ""


def _named(some: frozenset[str]) -> str:
    return ", and ".join(fault.name for name, fault in _FAULTS.items() if name in some)


def _mended(case: Case, some: frozenset[str]) -> str:
    """What to do about these faults; what a rule found is not exchanged but given."""
    ways = []
    for name, fault in _FAULTS.items():
        if name in some:
            pair = name.split("/")
            sources = [case.annulus.landmark_sources[mark] for mark in pair] if name in ("A/P", "AL/PM") else ["given"]
            by_rule = all(source not in DRAWN for source in sources)
            ways.append(f"give {pair[0]} and {pair[1]}, which a rule found" if by_rule else fault.mend)
    return ", and ".join(ways)


def _told(some: frozenset[str]) -> str:
    return " and ".join(fault.told for name, fault in _FAULTS.items() if name in some)
