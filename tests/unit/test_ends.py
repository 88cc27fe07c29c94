"""A vein that contradicts the landmarks: the fault is named, or the candidates where it cannot be told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from annulus.anatomy import Annulus, Case, CoronarySinus
from annulus.anatomy.parametric import Preset, preset
from annulus.errors import FileError
from annulus.geometry import Curve
from annulus.io._sanity import check_case

MIRROR = np.diag([-1.0, 1.0, 1.0])


def swapped(case: Case, *pairs: tuple[str, str]) -> Case:
    marks = dict(case.annulus.landmarks)
    for one, other in pairs:
        marks[one], marks[other] = marks[other], marks[one]
    return replace(case, annulus=Annulus(case.annulus.loop, marks, case.annulus.landmark_sources))


def reversed_vein(case: Case) -> Case:
    assert case.coronary_sinus is not None
    return replace(case, coronary_sinus=CoronarySinus(case.coronary_sinus.curve.reversed()))


def mirrored(case: Case) -> Case:
    """As `import` finds it: AL and PM told from the atrial side, which a mirror does not turn round."""
    flipped = case.transformed(MIRROR)
    sources = dict.fromkeys(flipped.annulus.landmarks, "rule")
    marks = dict(flipped.annulus.landmarks)
    marks["AL"], marks["PM"] = marks["PM"], marks["AL"]
    kept = {name: marks[name] for name in ("A", "P", "AL", "PM")}
    return replace(flipped, annulus=Annulus(flipped.annulus.loop, kept, sources))


FAULTS = {
    "the vein runs the wrong way": reversed_vein,
    "AL and PM are swapped": lambda case: swapped(case, ("AL", "PM")),
    "A and P are swapped": lambda case: swapped(case, ("A", "P")),
    "A and P are swapped, and AL and PM too": lambda case: swapped(case, ("A", "P"), ("AL", "PM")),
    "the heart is mirrored": mirrored,
}


def bare(case: Case) -> Case:
    """A case of four landmarks and the vein's axis, with nothing else to tell by."""
    assert case.coronary_sinus is not None
    marks = {name: case.annulus.landmarks[name] for name in ("A", "P", "AL", "PM")}
    vein = CoronarySinus(Curve(case.coronary_sinus.curve.points))
    return Case(id="bare", annulus=Annulus(case.annulus.loop, marks), coronary_sinus=vein)


def sentence(case: Case) -> str:
    with pytest.raises(FileError) as caught:
        check_case(case, "case.json")
    assert caught.value.place == "coronary_sinus"
    return caught.value.message


@pytest.mark.parametrize("which", list(Preset), ids=lambda which: which.value)
@pytest.mark.parametrize("fault", FAULTS)
def test_the_fault_is_named(which: Preset, fault: str) -> None:
    case = preset(which)
    check_case(case, "case.json")
    said = sentence(FAULTS[fault](case))
    assert f": {fault} (" in said, said
    others = [other for other in FAULTS if other != fault and other not in fault]
    assert not any(other in said for other in others), said


@pytest.mark.parametrize(
    ("fault", "candidates"),
    [
        ("the vein runs the wrong way", ("the vein runs the wrong way", "AL and PM are swapped")),
        ("AL and PM are swapped", ("the vein runs the wrong way", "AL and PM are swapped")),
        ("A and P are swapped", ("A and P are swapped",)),
    ],
)
def test_the_candidates_are_named_where_nothing_tells(fault: str, candidates: tuple[str, ...]) -> None:
    said = sentence(FAULTS[fault](bare(preset(Preset.FMR))))
    assert f": {' or '.join(candidates)}:" in said or f": {candidates[0]} (the vein passes" in said, said
    assert all((other in said) == (other in candidates) for other in FAULTS), said


def test_shared_inputs_say_which_landmarks_are_swapped(repository: Path) -> None:
    from annulus.io import load_case

    folder = repository.parent / "shared" / "cases" / "inputs"
    if not folder.is_dir():
        pytest.skip("the shared inputs are not beside the working copy")
    for name, said in (
        ("a-p-swapped", "A and P are swapped"),
        ("al-pm-swapped", "AL and PM are swapped"),
        ("shuffled-points", "the points are not in order along the contour"),
        ("duplicate-key", "id: must stand once in its object"),
    ):
        with pytest.raises(FileError, match=said):
            load_case(folder / f"{name}.json")
