"""Signs and orders that experiments and implants agree on, on the FMR preset heart and a half-ellipse heart.

The orders are from calibration-targets [stanford sheep cinches] and the prototype's section 3 [cinch-prototype]; only
signs are asserted. What does not hold without a condition says so where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from annulus.anatomy import Case, CoronarySinus
from annulus.geometry import Curve, Frame
from annulus.kernels.laws import CableLaw
from annulus.mechanics import Status
from annulus.mechanics.network import (
    Attachments,
    Cinch,
    CinchModel,
    CinchParameters,
    Equilibrium,
    Landing,
    Place,
    SolverOptions,
    Tie,
)
from cinch_hearts import change_percent, fmr, half_ellipse, measured, model_for

RIBBON = 60.0
DISTAL = 90.0


def locked_change(case: Case, plication: float = 10.0) -> float:
    """Change of AP [%] by a 60 mm ribbon from 90 mm, locked, the proximal anchor placed for the plication."""
    model = model_for(case)
    landing = Landing(DISTAL, model.proximal_end(DISTAL, RIBBON + plication))
    return change_percent(case, model.lock(landing, RIBBON))


def assert_weaker_and_weaker(ap_changes: Sequence[float]) -> None:
    """AP falls in each, and less and less."""
    assert (np.array(ap_changes) < 0.0).all(), ap_changes
    assert (np.diff(ap_changes) > 0.0).all(), ap_changes


def test_smaller_plication_reduces_the_effect() -> None:
    assert_weaker_and_weaker([locked_change(fmr(), plication) for plication in (20.0, 15.0, 10.0, 5.0, 2.5)])


def test_larger_distance_reduces_the_effect() -> None:
    """At equal plication, the vein -2 to +6 mm from where the preset has it."""
    assert_weaker_and_weaker([locked_change(fmr(offset)) for offset in (-2.0, 0.0, 2.0, 4.0, 6.0)])


@pytest.mark.parametrize("about", ["AL-PM", "AP"])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_larger_tilt_reduces_the_effect(about: str, sign: float) -> None:
    """Half-ellipse heart: the vein's plane leaves the annulus plane, its offset in that plane and the plication kept.

    At no tilt the vein is level with P, which the saddle lifts by 3 mm: level with the annulus plane instead, a small
    tilt towards P first helps a little. The offset is kept by shearing the vein along the annulus normal: a rigid
    turn also brings its ends closer in projection, two effects that nearly cancel about the AP axis.
    """
    effects = []
    for degrees in (0.0, 10.0, 20.0, 25.0):
        slope = sign * float(np.tan(np.radians(degrees)))
        case = half_ellipse(3.0, (0.0, slope) if about == "AL-PM" else (slope, 0.0))
        model = model_for(case)
        landing = Landing(DISTAL, model.proximal_end(DISTAL, 80.0))
        effects.append(change_percent(case, model.lock(landing, 70.0)))
    assert_weaker_and_weaker(effects)


def test_vein_turned_out_of_the_annulus_plane_reduces_the_effect() -> None:
    """FMR preset: its vein lies 20 deg out of plane, over the posterior annulus; turned on about the AL-PM axis."""
    case = fmr()
    assert case.coronary_sinus is not None
    frame, curve = case.annulus.frame, case.coronary_sinus.curve
    effects = []
    for degrees in (10.0, 0.0, -10.0, -20.0):
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        points = frame.to_local(curve.points) @ np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]]).T
        vein = CoronarySinus(Curve(frame.to_world(points), curve.radius, curve.mis_radius))
        effects.append(locked_change(replace(case, coronary_sinus=vein)))
    assert_weaker_and_weaker(effects)


@pytest.mark.parametrize("control", ["plication", "share of the path", "tension"])
def test_shorter_coverage_reduces_the_effect(control: str) -> None:
    """Both anchors move towards the middle of the stretch 15 to 95 mm, 5 mm each at a time."""
    case = fmr()
    model = model_for(case)
    effects = []
    for cut in (0.0, 5.0, 10.0, 15.0, 20.0):
        landing = Landing(95.0 - cut, 15.0 + cut)
        path = model.slack_free_path(landing)
        if control == "tension":
            state = model.solve(model.strip.cable(95.0 - cut, 15.0 + cut), CableLaw(1.5, 0.0, 0.0))
        else:
            state = model.lock(landing, path - 8.0 if control == "plication" else 0.9 * path)
        effects.append(change_percent(case, state))
    assert_weaker_and_weaker(effects)


@pytest.mark.parametrize("control", ["share of the path", "tension", "traction"])
def test_shorter_coverage_from_the_ostium_reduces_the_effect(control: str) -> None:
    """The proximal anchor stays near the ostium, the distal one comes back.

    At equal plication in mm this is not so below 50 mm of ribbon: a stretch of 40 mm squeezed by 10 mm is squeezed
    by a quarter, just where it faces P, and does as much as 80 mm squeezed by an eighth.
    """
    case = fmr()
    model = model_for(case)
    effects = []
    for distal in (115.0, 100.0, 90.0, 80.0, 70.0, 60.0):
        landing = Landing(distal, 13.0)
        if control == "traction":
            state = model.pull(distal, 1.5)
        elif control == "tension":
            state = model.solve(model.strip.cable(distal, 13.0), CableLaw(1.5, 0.0, 0.0))
        else:
            state = model.lock(landing, 0.87 * model.slack_free_path(landing))
        effects.append(change_percent(case, state))
    assert_weaker_and_weaker(effects)


@pytest.mark.parametrize("plication", [5.0, 10.0, 15.0, 20.0])
def test_locking_recoils(plication: float) -> None:
    """Traction pulls the whole vein from the ostium; released, the effect falls but does not vanish.

    At 20 mm nothing need fall back: with friction the pull gathers the vein near the ostium, the lock evens it out.
    """
    case = fmr()
    model = model_for(case)
    landing = Landing(DISTAL, model.proximal_end(DISTAL, RIBBON + plication))
    cinch = Cinch.by_plication(model, landing, RIBBON)
    assert cinch.status is Status.CONVERGED
    assert change_percent(case, cinch.locked) < 0.0
    for name in ("ap_mm", "area_2d_mm2") if plication < 20.0 else ():
        assert change_percent(case, cinch.traction, name) < change_percent(case, cinch.locked, name)
    assert cinch.traction.tension_n > cinch.locked.tension_n > 0.0


@pytest.mark.parametrize("plication", [5.0, 10.0, 20.0])
def test_ap_falls_much_more_than_the_commissural_width(plication: float) -> None:
    """The width between the commissures and the transverse diameter change by less than a fifth of AP's change."""
    case = fmr()
    model = model_for(case)
    state = model.lock(Landing(DISTAL, model.proximal_end(DISTAL, RIBBON + plication)), RIBBON)
    ap = change_percent(case, state)
    assert ap < 0.0
    for name in ("cw_mm", "alpm_mm"):
        assert abs(change_percent(case, state, name)) < 0.2 * abs(ap)


def test_central_pull_beats_paracommissural() -> None:
    """A tie across the annulus, 1.5 N at first: at A2-P2 it shrinks the area more than at A1-P1 or A3-P3.

    The sheep's regurgitation fell by 1.8 grades against 1.0 and 0.9 [stanford publications/362/36256].
    """
    case = fmr()
    free = model_for(case)
    loop = free.strip.annulus_loop
    frame = case.annulus.frame
    half = 0.5 * measured(case).alpm_mm
    pull = 1.5
    areas, mid = {}, {}
    for name, aside in (("A1-P1", -0.5), ("A2-P2", 0.0), ("A3-P3", 0.5)):
        x = aside * half
        ends = [_crossing(loop.points, frame, x, side) for side in (1.0, -1.0)]
        places, _ = loop.closest(np.array(ends))
        # A spring without rest length: the pull falls as the annulus gives way, most where it gives most.
        tie = Tie(
            *(Place(annulus_place=float(place)) for place in places),
            pull / float(np.linalg.norm(ends[0] - ends[1])),
            0.0,
        )
        model = model_for(case, attachments=Attachments(ties=(tie,)))
        state = model.pull(DISTAL, 0.0)
        areas[name] = change_percent(case, state, "area_2d_mm2")
        mid[name] = change_percent(case, state)
    for side in ("A1-P1", "A3-P3"):
        assert areas["A2-P2"] < areas[side] < 0.0
        assert mid["A2-P2"] < mid[side] < 0.0


def _crossing(points: np.ndarray, frame: Frame, x: float, side: float) -> np.ndarray:
    """Vertex of the annulus nearest to the line at `x`, on the anterior (+1) or posterior (-1) side."""
    local = frame.to_local(points)
    candidates = np.nonzero(np.sign(local[:, 1]) == side)[0]
    return points[candidates[np.argmin(np.abs(local[candidates, 0] - x))]]


def test_unloading_returns_to_the_start() -> None:
    """Plication 0 to 20 mm and back in steps of 1 mm: no hysteresis without friction, on the way and at the end."""
    case = fmr()
    # The softest direction gives 0.004 N/mm: for 1e-6 mm the forces must balance to less than 4e-9 N.
    tight = SolverOptions(tolerance_n=1e-10)
    model = replace(model_for(case), options=tight)
    landing = Landing(DISTAL, model.proximal_end(DISTAL, RIBBON + 20.0))
    path = model.slack_free_path(landing)
    up: dict[float, Equilibrium] = {}
    start = None
    for plication in np.arange(0.0, 20.5, 1.0):
        up[plication] = model.lock(landing, path - plication, start=start).checked()
        start = up[plication].positions
    for plication in np.arange(20.0, -0.5, -1.0):
        state = model.lock(landing, path - plication, start=start).checked()
        start = state.positions
        np.testing.assert_allclose(state.positions, up[plication].positions, atol=1e-6)
    limp = CinchModel(model.strip, CinchParameters(ribbon_bending_nmm2=0.0), options=tight)
    rest = limp.lock(landing, path, start=start).checked()
    np.testing.assert_allclose(rest.positions, model.strip.reference, atol=1e-6)
    free = model.pull(DISTAL, 0.0, start=start).checked()
    np.testing.assert_allclose(free.positions, model.strip.reference, atol=1e-6)
