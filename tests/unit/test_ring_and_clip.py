"""Ring and clip: the ring's measures come back, the trigones stay, the clip holds tissue of both leaflets only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annulus import simulate
from annulus.anatomy import Annulus, Case, trigone_positions
from annulus.anatomy.measures import measure_annulus
from annulus.anatomy.parametric import LeafletParameters, preset
from annulus.anatomy.valve import ANTERIOR, POSTERIOR, Valve, parametric_valve
from annulus.errors import InputError
from annulus.therapies.clip import EdgeToEdgeClip, grasped_pairs
from annulus.therapies.ring import RingExtent, RingShape, SurgicalRing, ringed_annulus


@pytest.fixture(scope="module", params=["fmr", "ischaemic"])
def case(request: pytest.FixtureRequest) -> Case:
    return preset(request.param)


@pytest.fixture(scope="module")
def valve(case: Case) -> Valve:
    return parametric_valve(case.annulus, LeafletParameters(24.0, 13.0, 8.0), tips=case.papillary_tips)


@pytest.mark.parametrize("shape", RingShape)
@pytest.mark.parametrize("size", [24.0, 30.0, 40.0])
def test_a_complete_ring_gives_its_own_measures(case: Case, size: float, shape: RingShape) -> None:
    measured = measure_annulus(ringed_annulus(case.annulus, SurgicalRing(size, shape)))
    height = 0.15 * size if shape is RingShape.SADDLE else 0.0
    # A vertex of the annulus stands near, not at, each extreme of the ring's line.
    assert measured.ap_mm == pytest.approx(0.75 * size, rel=2e-3)
    assert measured.alpm_mm == pytest.approx(size, rel=2e-3)
    assert measured.height_mm == pytest.approx(height, abs=0.02)


@pytest.mark.parametrize("extent", RingExtent)
def test_the_middle_between_the_trigones_stays(case: Case, extent: RingExtent) -> None:
    ringed = ringed_annulus(case.annulus, SurgicalRing(28.0, extent=extent))
    local = [
        case.annulus.frame.to_local(annulus.loop.at(trigone_positions(annulus)[0])).mean(axis=0)
        for annulus in (case.annulus, ringed)
    ]
    np.testing.assert_allclose(local[0][1:], local[1][1:], atol=0.05)


def test_a_partial_ring_keeps_the_anterior_shape(case: Case) -> None:
    """The arc between the trigones over its chord: the same before and after, but for the ends' height."""

    def ratio(annulus: Annulus) -> float:
        (lt, rt), _ = trigone_positions(annulus)
        walk = annulus.loop.at(np.linspace(rt - (len(annulus.loop) if rt > lt else 0), lt, 400))
        arc = np.linalg.norm(np.diff(walk, axis=0), axis=1).sum()
        return float(arc / np.linalg.norm(walk[-1] - walk[0]))

    flat = SurgicalRing(30.0, RingShape.PLANAR, RingExtent.PARTIAL)
    partial = ringed_annulus(case.annulus, flat)
    assert ratio(partial) == pytest.approx(ratio(case.annulus), rel=0.01)
    # Behind, the annulus lies in the ring's plane; in front it does not.
    complete = ringed_annulus(case.annulus, replace(flat, extent=RingExtent.COMPLETE))
    apart = np.linalg.norm(partial.loop.points - complete.loop.points, axis=1)
    assert (apart < 1e-9).sum() > 0.5 * len(apart)
    assert apart.max() > 1.0


def test_rings_do_not_depend_on_how_the_loop_is_walked(case: Case) -> None:
    annulus, ring = case.annulus, SurgicalRing(30.0, extent=RingExtent.PARTIAL)
    back = Annulus(annulus.loop.reversed(), annulus.landmarks, annulus.landmark_sources)
    here, there = ringed_annulus(annulus, ring), ringed_annulus(back, ring)
    np.testing.assert_allclose(here.loop.reversed().points, there.loop.points, atol=1e-9)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"size_mm": 27.0}, "ring size_mm must be one of 24, 26"),
        ({"size_mm": -30.0}, "ring size_mm must be one of"),
        ({"ap_share": 2.0}, "ring ap_share must lie"),
    ],
)
def test_ring_refuses(changes: dict[str, float], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        SurgicalRing(**{"size_mm": 30.0, **changes})


@pytest.mark.parametrize("clip", [EdgeToEdgeClip(), EdgeToEdgeClip(12.0, 6.0), EdgeToEdgeClip(at_mm=8.0)])
def test_a_clip_holds_both_leaflets_at_its_place(valve: Valve, clip: EdgeToEdgeClip) -> None:
    pairs = grasped_pairs(valve, clip)
    assert len(pairs) >= 6
    for column, number in ((0, ANTERIOR), (1, POSTERIOR)):
        held = pairs[:, column]
        assert len(np.unique(held)) == len(held)
        assert np.isin(held, valve.surface.triangles[valve.leaflet == number]).all()
        assert not np.isin(held, valve.surface.triangles[valve.leaflet != number]).any()
        x = valve.frame.to_local(valve.surface.points[held])[:, 0]
        assert np.abs(x - clip.at_mm).max() <= 0.5 * clip.width_mm + 0.5
        # Edge to edge: some of the held tissue is the free edge.
        assert np.isin(held, valve.free_edge).any()
    # A straight line is no longer than the way along the mesh.
    points = valve.surface.points
    away = np.linalg.norm(points[pairs.ravel()][:, None] - points[valve.free_edge][None], axis=2).min(axis=1)
    # To the nearest row of vertices, of which a leaflet has ten.
    assert clip.held_mm - 1.3 < away.max() <= clip.held_mm + 1.3


def test_longer_arms_and_wider_clips_hold_more(valve: Valve) -> None:
    sizes = [len(grasped_pairs(valve, EdgeToEdgeClip(arm, width))) for arm, width in ((9, 4), (12, 4), (12, 6))]
    assert sizes[0] < sizes[2]
    assert sizes[0] <= sizes[1] <= sizes[2]


def test_no_tissue_no_grasp(valve: Valve, case: Case) -> None:
    with pytest.raises(InputError, match="there is none of the anterior leaflet"):
        grasped_pairs(valve, EdgeToEdgeClip(at_mm=30.0))
    short = parametric_valve(case.annulus, LeafletParameters(24.0, 4.0, 3.0))
    with pytest.raises(InputError, match="the posterior leaflet must give the clip at least 5 mm"):
        grasped_pairs(short, EdgeToEdgeClip())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"arm_length_mm": 10.0}, "clip arm_length_mm must be 9 or 12"),
        ({"width_mm": 5.0}, "clip width_mm must be 4 or 6"),
        ({"at_mm": float("nan")}, "clip at_mm must be a number"),
        ({"min_insertion_mm": 0.0}, "min_insertion_mm must lie"),
    ],
)
def test_clip_refuses(changes: dict[str, float], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        EdgeToEdgeClip(**changes)


def test_names() -> None:
    assert [EdgeToEdgeClip(a, w).name for a, w in ((9, 4), (9, 6), (12, 4), (12, 6))] == [
        "clip-NT",
        "clip-NTW",
        "clip-XT",
        "clip-XTW",
    ]
    assert SurgicalRing(28.0).name == "ring-28-saddle-complete"


class TestRingWithoutASize:
    """The labelled size next to the intertrigonal distance, which the trigones' points give."""

    def test_takes_the_next_size(self, case: Case) -> None:
        result = simulate(case, "ring-planar", closure="none")
        left, right = result.prediction.heart.trigones[0]
        between = float(np.linalg.norm(left - right))
        size = result["therapy.size_mm"]
        assert size % 2.0 == 0.0 and abs(size - between) <= 1.0
        same = simulate(case, f"ring-{size:g}-planar", closure="none")
        assert result.change_percent["ap_mm"] == same.change_percent["ap_mm"]
        told = [line for line in result.assumptions if line.name == "ring_size_mm"]
        assert len(told) == 1 and f"here {between:.1f} mm" in told[0].why and told[0].value == size
        assert result.prediction.therapy.name == "ring-planar-complete"

    def test_keeps_its_size_in_every_world(self, case: Case) -> None:
        """A ring is chosen on the measured heart, whatever the true one is."""
        result = simulate(case, "ring", closure="none", samples=24, seed=2)
        assert result.interval("therapy.size_mm") in (None, (result["therapy.size_mm"],) * 2)

    def test_says_where_no_size_is_made(self, case: Case) -> None:
        result = simulate(case.scaled(0.7), "ring", closure="none")
        assert result["therapy.size_mm"] == 24.0
        assert any("no labelled size is made for the intertrigonal distance of 18." in flag for flag in result.flags)

    def test_has_no_line_of_its_own(self) -> None:
        with pytest.raises(InputError, match="a ring without a size has no line"):
            SurgicalRing().line()
