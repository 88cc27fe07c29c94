"""What the extraction does with pieces, branches, defects, ends and bad input."""

from __future__ import annotations

import re

import numpy as np
import pytest

from annulus.errors import InputError
from annulus.geometry import (
    Curve,
    Loop,
    Surface,
    annulus_from_boundary,
    annulus_from_interface,
    ring_axis,
    swept_tube,
    vessel_axis,
)
from tubes import arc, band_walls, facing_pools, leaflets, merged, noisy, ring_tube, saddle, segment, soup

TRUTH = arc(241)


def part(first: float, last: float) -> Surface:
    return swept_tube(TRUTH.sliced(first, min(last, TRUTH.length)))


def branch(from_vertex: int, length: float, radius: float) -> Curve:
    foot = TRUTH.points[from_vertex]
    way = foot / np.linalg.norm(foot) + np.array([0.0, 0.0, 0.4])
    return Curve(foot + np.linspace(0.0, length, 40)[:, None] * way, np.full(40, radius))


def assert_on_axis(curve: Curve, *, within: float = 0.04) -> None:
    distance = TRUTH.resampled(2000).closest(curve.points)[1]
    assert distance.max() < within
    assert abs(curve.length - TRUTH.length) < 0.1


def test_pieces_are_joined_in_order_whatever_their_direction() -> None:
    backwards = swept_tube(TRUTH.sliced(32.0, 60.0).reversed())
    found = vessel_axis([part(0.0, 30.0), backwards, part(63.0, 100.0)], names=["a", "b", "c"])
    assert_on_axis(found.curve)
    assert found.part_names == ("a", "b", "c")
    np.testing.assert_allclose(found.parts, [(0.0, 30.0), (32.0, 60.0), (63.0, TRUTH.length)], atol=0.1)
    assert "a to b: gap of 2.0 mm bridged" in found.notes


def test_overlapping_pieces_share_the_overlap() -> None:
    found = vessel_axis([part(0.0, 34.0), part(30.0, 60.0), part(58.0, 100.0)])
    assert_on_axis(found.curve)
    assert any("overlap of 4.0 mm" in note for note in found.notes)


def test_pieces_that_do_not_meet() -> None:
    with pytest.raises(InputError, match=r"pieces must meet end to end.*38\.0 mm lie between a and b"):
        vessel_axis(
            [part(0.0, 20.0), swept_tube(segment(41, 30.0)).transformed(np.eye(3), (0.0, -17.0, 23.0))],
            names=["a", "b"],
        )


def test_side_branch_is_left_out_and_reported() -> None:
    found = vessel_axis([merged(swept_tube(TRUTH), swept_tube(branch(120, 25.0, 1.2)))])
    assert_on_axis(found.curve)
    np.testing.assert_allclose(found.curve.radius, 2.0, rtol=0.05)
    assert any("1 side branches left out" in note for note in found.notes)


def test_end_hint_picks_the_branch() -> None:
    side = branch(60, 40.0, 1.0)
    surface = merged(swept_tube(TRUTH), swept_tube(side))
    found = vessel_axis([surface], start_near=TRUTH.points[0], end_near=side.points[-1])
    assert np.linalg.norm(found.curve.points[-1] - side.points[-1]) < 0.1
    assert np.linalg.norm(found.curve.points[0] - TRUTH.points[0]) < 0.1


def test_fragments_are_dropped_and_reported() -> None:
    speck = Surface([[40.0, 40.0, 10.0], [40.2, 40.0, 10.0], [40.0, 40.2, 10.0]], [[0, 1, 2]])
    found = vessel_axis([merged(swept_tube(TRUTH), speck)])
    assert_on_axis(found.curve)
    assert found.notes[0].startswith("piece 1: 1 stray fragments of 0.02 mm2")


def test_cracked_soup_is_welded_and_reported() -> None:
    loose = soup(swept_tube(TRUTH))
    cracked = Surface(loose.points + np.random.default_rng(3).uniform(-0.01, 0.01, loose.points.shape), loose.triangles)
    found = vessel_axis([cracked])
    assert_on_axis(found.curve)
    assert "cracks closed" in found.notes[0]


def test_hole_and_missing_triangles() -> None:
    tube = swept_tube(TRUTH)
    middles = tube.corners.mean(axis=1)
    hole = np.linalg.norm(middles - TRUTH.points[100] - np.array([0.0, 0.0, 2.0]), axis=1) < 1.5
    missing = np.random.default_rng(3).uniform(size=len(middles)) < 0.03
    found = vessel_axis([Surface(tube.points, tube.triangles[~hole & ~missing])])
    assert_on_axis(found.curve)
    np.testing.assert_allclose(found.curve.radius, 2.0, rtol=0.05)


def test_oblique_openings_are_reached_on_the_axis() -> None:
    tube = swept_tube(segment(), closed_ends=False)
    x, y, z = tube.corners.mean(axis=1).T
    found = vessel_axis([Surface(tube.points, tube.triangles[(z + 0.8 * x > 4.0) & (z - 0.8 * y < 56.0)])])
    assert sorted(found.curve.points[[0, -1], 2]) == pytest.approx([4.0, 56.0], abs=0.3)


def test_round_caps_are_reached_and_the_radius_held() -> None:
    s = TRUTH.arc_lengths
    inward = np.clip(np.minimum(s, TRUTH.length - s) / 2.0, 0.0, 1.0)
    round_ended = Curve(TRUTH.points, 2.0 * np.sqrt(np.clip(1.0 - (1.0 - inward) ** 2, 0.002, 1.0)))
    found = vessel_axis([swept_tube(round_ended)])
    assert_on_axis(found.curve)
    np.testing.assert_allclose(found.curve.radius, 2.0, rtol=0.05)


def test_the_larger_end_is_the_start() -> None:
    tube = swept_tube(arc(radius=(1.0, 3.0)))
    found = vessel_axis([tube])
    assert found.start_source.startswith("larger end")
    assert found.curve.radius[0] > found.curve.radius[-1]


def test_a_landmark_overrules_the_size_and_start_near_the_landmark() -> None:
    truth = arc(radius=(1.0, 3.0))
    tube = swept_tube(truth)
    by_landmark = vessel_axis([tube], ostium_near=truth.points[0])
    assert by_landmark.start_source.startswith("ostium landmark: 0.0 mm from this end")
    assert by_landmark.curve.radius[0] < by_landmark.curve.radius[-1]
    overruled = vessel_axis([tube], ostium_near=truth.points[0], start_near=truth.points[-1])
    assert overruled.start_source.startswith("start_near")
    assert overruled.curve.radius[0] > overruled.curve.radius[-1]


def test_the_atrium_decides_without_a_landmark() -> None:
    truth = arc(radius=(1.0, 3.0))
    atrium = swept_tube(segment(radius=8.0)).transformed(np.eye(3), truth.points[0] + np.array([10.0, 0.0, -30.0]))
    found = vessel_axis([swept_tube(truth)], atrium=atrium)
    assert found.start_source.startswith("nearness to the atrium")
    assert np.linalg.norm(found.curve.points[0] - truth.points[0]) < 0.1


def test_rigid_motion_moves_the_result() -> None:
    turn = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    moved = vessel_axis(
        [swept_tube(TRUTH).transformed(turn, (100.0, -200.0, 1200.0))],
        start_near=turn @ TRUTH.points[0] + [100.0, -200.0, 1200.0],
    )
    assert_on_axis(moved.curve.transformed(turn.T, -turn.T @ np.array([100.0, -200.0, 1200.0])))


def test_a_landmark_far_from_any_end_is_refused() -> None:
    middle = TRUTH.at(50.0) + [0.0, 0.0, 9.0]
    with pytest.raises(
        InputError, match=r"ostium landmark must lie at an end .*nearer end, at \(.*\) mm, is .* mm away"
    ):
        vessel_axis([swept_tube(TRUTH)], ostium_near=middle)
    # Three radii beyond the end are near enough.
    near = TRUTH.points[0] - 6.0 * TRUTH.tangents[0]
    assert "6.0 mm from this end" in vessel_axis([swept_tube(TRUTH)], ostium_near=near).start_source


def test_a_landmark_at_a_joint_is_told_so() -> None:
    with pytest.raises(
        InputError, match=r"ostium landmark must lie at an end .* mm is where a and b meet; the ends are"
    ):
        vessel_axis([part(0.0, 45.0), part(45.0, 100.0)], names=["a", "b"], ostium_near=TRUTH.at(45.0))


@pytest.mark.parametrize("order", [(0, 0), (0, 1, 1), (0, 1, 0)])
def test_the_same_piece_twice(order: tuple[int, ...]) -> None:
    pieces = [part(0.0, 45.0), part(45.0, 100.0)]
    with pytest.raises(InputError, match=r"must follow one another|not come back upon itself|must meet end to end"):
        vessel_axis([pieces[k] for k in order], start_near=TRUTH.points[0], largest_gap=200.0)


@pytest.mark.parametrize("radius", [0.8, 1.5, 4.0])
def test_a_closed_ring_is_no_vessel(radius: float) -> None:
    with pytest.raises(InputError, match=r"piece 1 must be a vessel with two ends: .* closed loop"):
        vessel_axis([ring_tube(saddle(), radius)])


def test_a_ring_cut_open_is_a_vessel() -> None:
    found = vessel_axis([ring_tube(saddle(), 0.9, gap=20)]).curve
    assert found.length == pytest.approx(saddle().length * 340.0 / 360.0, rel=0.03)


@pytest.mark.parametrize("point", [(5000.0, 0.0, 0.0), tuple(TRUTH.points[0]), tuple(TRUTH.at(45.0))])
def test_a_far_end_that_is_none(point: tuple[float, float, float]) -> None:
    with pytest.raises(InputError, match=r"end_near must lie at the vessel's far end: from \("):
        vessel_axis([swept_tube(TRUTH)], start_near=TRUTH.points[0], end_near=point)


def test_a_far_end_alone_says_where_the_start_is() -> None:
    found = vessel_axis([swept_tube(arc(radius=(1.0, 3.0)))], end_near=TRUTH.points[-1])
    assert found.start_source.startswith("end_near")
    assert found.curve.radius[0] < found.curve.radius[-1]


def test_a_far_end_picks_a_short_branch_near_the_trunks_end() -> None:
    side = branch(225, 12.0, 1.0)
    surface = merged(swept_tube(TRUTH), swept_tube(side))
    found = vessel_axis([surface], start_near=TRUTH.points[0], end_near=side.points[-1])
    assert np.linalg.norm(found.curve.points[-1] - side.points[-1]) < 0.3


def fork_tube(seed: int) -> tuple[Surface, np.ndarray]:
    """A Y with two equal branches of 42 mm, turned at random, and its start."""
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    limbs = [((0.0, 0.0), (60.0, 0.0), 4.0), ((58.0, 0.0), (95.0, 20.0), 2.5), ((58.0, 0.0), (95.0, -20.0), 2.5)]
    tubes = []
    for first, last, radius in limbs:
        way = np.linspace((*first, 0.0), (*last, 0.0), 40)
        tubes.append(swept_tube(Curve(way @ turn.T, np.full(40, radius)), closed_ends=False))
    return merged(*tubes), np.zeros(3)


@pytest.mark.parametrize("seed", range(4))
def test_equal_branches_are_told_to_be_alike(seed: int) -> None:
    surface, start = fork_tube(seed)
    (tie,) = [note for note in vessel_axis([surface], ostium_near=start).notes if "nearly a tie" in note]
    taken, other = (float(x) for x in re.findall(r"([\d.]+) mm on to", tie))
    assert taken == pytest.approx(other, rel=0.08)
    assert "they are alike" in tie and tie.endswith("end_near decides")


def test_holes_are_told_with_share_and_place_and_too_many_refused() -> None:
    tube = swept_tube(TRUTH)
    middles = tube.corners.mean(axis=1)
    centre = TRUTH.at(40.0) + [0.0, 0.0, 2.0]
    holed = Surface(tube.points, tube.triangles[np.linalg.norm(middles - centre, axis=1) > 3.0])
    (note,) = [note for note in vessel_axis([holed]).notes if "open or missing" in note]
    n, of, share, place = re.search(r"(\d+) of (\d+) sections \((\d+)%\) are .* at \((.*?)\) mm", note).groups()
    assert 3 <= int(n) <= 8 and int(share) == pytest.approx(100.0 * int(n) / int(of), abs=0.51)
    assert np.linalg.norm(np.array([float(x) for x in place.split(",")]) - TRUTH.at(40.0)) < 2.0
    assert not any("open or missing" in note for note in vessel_axis([tube]).notes)
    trough = Surface(tube.points, tube.triangles[(middles[:, 2] < 0.5) | (TRUTH.closest(middles)[0] < 45.0)])
    with pytest.raises(
        InputError, match=r"must be a tube: only \d+% of the planes .* meet a closed outline \(at least"
    ):
        vessel_axis([trough])


def test_an_axis_that_ends_well_before_its_surface_is_told() -> None:
    way = segment(81, 100.0)
    wide = np.concatenate([np.linspace(20.0, 4.0, 20), np.full(61, 3.9)])
    found = vessel_axis([swept_tube(Curve(way.points, wide), closed_ends=False)])
    (note,) = [note for note in found.notes if "before its surface does" in note]
    short = float(re.search(r"([\d.]+) mm before", note).group(1))
    assert short == pytest.approx(100.0 - found.curve.length, abs=1.5) and short > 10.0
    assert not any("before its surface" in note for note in vessel_axis([swept_tube(TRUTH)]).notes)


def test_forks_of_nearly_equal_worth_are_reported_with_their_place() -> None:
    fork = TRUTH.points[160]
    left = TRUTH.length - TRUTH.arc_lengths[160]
    side = branch(160, left, 2.0)
    found = vessel_axis([merged(swept_tube(TRUTH), swept_tube(side))], start_near=TRUTH.points[0])
    (tie,) = [note for note in found.notes if "nearly a tie" in note]
    at, lengths, decides = re.search(
        r"fork at \((.*?)\) mm.*?: ([\d.]+ mm .* [\d.]+ mm on) .*; (\w+) decides", tie
    ).groups()
    assert np.linalg.norm(np.array([float(x) for x in at.split(",")]) - fork) < 3.0 * 2.0
    assert [float(x) for x in re.findall(r"([\d.]+) mm on", lengths)] == pytest.approx([left, left * 1.05], abs=6.0)
    assert decides == "end_near"
    chosen = vessel_axis([merged(swept_tube(TRUTH), swept_tube(side))], end_near=side.points[-1])
    assert not any("nearly a tie" in note for note in chosen.notes)


def test_a_short_side_branch_is_no_tie() -> None:
    found = vessel_axis([merged(swept_tube(TRUTH), swept_tube(branch(120, 25.0, 1.2)))])
    assert not any("nearly a tie" in note for note in found.notes)


def test_what_is_no_tube() -> None:
    with pytest.raises(InputError, match="at least one surface"):
        vessel_axis([])
    flat = Surface(np.zeros((3, 3)) + [[0.0], [1.0], [2.0]], [[0, 1, 2]])
    for surface in (flat, Surface(TRUTH.points, np.empty((0, 3), dtype=np.int64))):
        with pytest.raises(InputError, match="must have triangles with an area"):
            vessel_axis([surface])
    ball = swept_tube(
        Curve(
            np.column_stack([np.zeros((21, 2)), np.linspace(-9.9, 9.9, 21)]),
            np.sqrt(100.0 - np.linspace(-9.9, 9.9, 21) ** 2),
        )
    )
    with pytest.raises(InputError, match="must be a tube"):
        vessel_axis([ball])
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="must be a connected surface"):
        vessel_axis([Surface(rng.normal(size=(90, 3)), np.arange(90).reshape(30, 3))])
    with pytest.raises(InputError, match="names must name every piece"):
        vessel_axis([swept_tube(TRUTH)], names=["a", "b"])


@pytest.mark.parametrize(
    ("pieces", "options", "words"),
    [
        ([5], {}, "pieces must be surfaces; piece 1 is 5"),
        (swept_tube(TRUTH), {}, "pieces must be a list of surfaces; got Surface"),
        (None, {"spacing": "a"}, "spacing must be a number"),
        (None, {"spacing": float("nan")}, "spacing must be a finite number"),
        (None, {"spacing": 0.0}, "spacing must be positive"),
        (None, {"spacing": 1e-9}, "spacing must leave at most 1000000 vertices"),
        (None, {"largest_gap": float("nan")}, "largest_gap must be a finite number"),
        (None, {"largest_gap": -1.0}, "largest_gap must not be negative"),
        (None, {"wall": "foo"}, r"wall must be Wall\.OUTER or Wall\.LUMEN; got 'foo'"),
        (None, {"names": 5}, "names must be a list of texts"),
        (None, {"atrium": 5}, "atrium must be a Surface"),
        (None, {"ostium_near": "x"}, "ostium must be numbers"),
    ],
)
def test_arguments_of_a_wrong_kind(pieces: object, options: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        vessel_axis([swept_tube(TRUTH)] if pieces is None else pieces, **options)


def loop_error(found: Loop, truth: Loop) -> float:
    return max(truth.closest(found.points)[1].max(), found.closest(truth.points)[1].max())


@pytest.mark.parametrize("sigma", [0.0, 0.05])
def test_ring_axis(sigma: float) -> None:
    truth = saddle()
    found = ring_axis(noisy(ring_tube(truth, 0.9), sigma))
    assert loop_error(found.loop, truth) < 0.02 + 0.6 * sigma
    assert found.loop.length == pytest.approx(truth.length, rel=2e-3)
    assert len(found.loop) == 120


def test_ring_that_is_open_or_no_ring() -> None:
    with pytest.raises(InputError, match="the loop is open"):
        ring_axis(ring_tube(saddle(), 0.9, gap=30))
    with pytest.raises(InputError, match="must be a closed tube: over"):
        ring_axis(ring_tube(saddle(), 0.9, gap=8))
    with pytest.raises(InputError, match=r"must (be a ring-shaped tube|go all the way round|not cross itself)"):
        ring_axis(swept_tube(segment(61, 12.0, 5.0)))


def test_ring_that_crosses_itself() -> None:
    t = 2.0 * np.pi * np.arange(360) / 360
    eight = Loop(np.column_stack([20.0 * np.sin(t), 12.0 * np.sin(2.0 * t), 4.0 * np.cos(t)]))
    with pytest.raises(InputError, match=r"must (not cross itself|be a ring-shaped|go all the way|be a closed tube)"):
        ring_axis(ring_tube(eight, 0.9))


@pytest.mark.parametrize("split", [0.0, 0.15])
def test_annulus_from_leaflet_edges(split: float) -> None:
    truth = saddle()
    found = annulus_from_boundary(leaflets(truth, split=split), atrial_side=(5.0, 3.0, 30.0))
    # Gaps at the commissures, 2.6 mm wide with split = 0.15, are bridged smoothly.
    assert loop_error(found.loop, truth) < 0.35
    assert found.loop.length == pytest.approx(truth.length, rel=0.01)
    assert found.loop.normal[2] > 0.99


def test_annulus_from_a_whole_valve_takes_the_atrial_loop() -> None:
    truth = saddle()
    found = annulus_from_boundary([merged(*leaflets(truth))], atrial_side=(5.0, 3.0, 30.0))
    assert found.source == "boundary loop of the valve"
    assert found.notes == ("1 boundary loops farther down left out",)
    assert loop_error(found.loop, truth) < 0.1


def test_annulus_from_boundary_that_is_open() -> None:
    with pytest.raises(InputError, match="the loop is open"):
        annulus_from_boundary(leaflets(saddle(), split=1.2), atrial_side=(0.0, 0.0, 30.0))
    with pytest.raises(InputError, match="must have open edges"):
        annulus_from_boundary([swept_tube(TRUTH)], atrial_side=(0.0, 0.0, 30.0))


def test_annulus_from_interface_of_blood_pools() -> None:
    truth = saddle()
    found = annulus_from_interface(*facing_pools(truth), tolerance=0.3)
    assert found.source.startswith("outer rim (disc)")
    # The zone within 0.3 mm reaches a little beyond the shared disc.
    assert loop_error(found.loop, truth) < 0.5
    assert found.loop.normal[2] > 0.99


def test_annulus_from_interface_of_walls() -> None:
    truth = saddle()
    found = annulus_from_interface(*band_walls(truth), tolerance=0.3)
    assert found.source.startswith("inner rim (band)")
    assert loop_error(found.loop, truth) < 0.5


def test_interface_that_does_not_touch() -> None:
    atrium, ventricle = facing_pools(saddle())
    with pytest.raises(InputError, match=r"must (touch|come within)"):
        annulus_from_interface(atrium.transformed(np.eye(3), (0.0, 0.0, 8.0)), ventricle, tolerance=0.5)
