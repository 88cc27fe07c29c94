"""Commissures and line of coaptation read off meshes that were drawn with known ones, then turned and damaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from annulus.anatomy import Annulus, Case, Leaflets, commissure_positions
from annulus.anatomy.measures import measure
from annulus.anatomy.parametric import preset
from annulus.anatomy.parametric._annulus import points_at_theta
from annulus.anatomy.valve import CoaptationLine, valve_of_case
from annulus.anatomy.valve._commissures import with_commissures
from annulus.anatomy.valve._leaflet_meshes import leaflets_from_meshes, line_between
from annulus.anatomy.valve._stations import meeting_points
from annulus.geometry import Surface
from annulus.heart import ClosureSettings
from annulus.heart._valve import heart_valve
from annulus.io import import_case


def nameless(annulus: Annulus, *names: str) -> Annulus:
    """The annulus without some landmarks."""
    return Annulus(annulus.loop, {name: place for name, place in annulus.landmarks.items() if name not in names})


def known_deg(annulus: Annulus) -> np.ndarray:
    return annulus.theta_deg(np.array([annulus.landmarks["ALC"], annulus.landmarks["PMC"]]))


def found_deg(annulus: Annulus, leaflets: Leaflets) -> np.ndarray:
    told, line = with_commissures(nameless(annulus, "ALC", "PMC"), leaflets)
    assert line is not None
    assert str(line.value).startswith("from the meshes")
    return known_deg(told)


def sheets(case: Case) -> tuple[Surface, Surface]:
    assert case.leaflets is not None
    front, back = case.leaflets.anterior, case.leaflets.posterior
    assert front is not None
    assert back is not None
    return front, back


def without(sheet: Surface, places: np.ndarray, radius_mm: float) -> Surface:
    """The sheet with a hole around each place."""
    away = np.linalg.norm(sheet.corners.mean(axis=1)[:, None] - places, axis=2).min(axis=1) > radius_mm
    return Surface(sheet.points, sheet.triangles[away])


def with_bits(sheet: Surface, places: np.ndarray) -> Surface:
    """The sheet with a loose triangle of 2 mm at each place."""
    bits = (places[:, None] + np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 2.0, 0.0]])).reshape(-1, 3)
    loose = len(sheet.points) + np.arange(len(bits)).reshape(-1, 3)
    return Surface(np.vstack([sheet.points, bits]), np.vstack([sheet.triangles, loose]))


def holed(case: Case) -> Leaflets:
    """Holes of 4 mm along the hinge, one of them at PMC through both leaflets."""
    ring = case.annulus
    holes = ring.frame.to_world(points_at_theta(ring, np.array([20.0, 150.0, 230.0, known_deg(ring)[1]])))
    return Leaflets(*(without(sheet, holes, 4.0) for sheet in sheets(case)))


def fragmented(case: Case) -> Leaflets:
    """Bits of either leaflet at the other one's hinge."""
    ring, (front, back) = case.annulus, sheets(case)
    at = [ring.frame.to_world(points_at_theta(ring, np.array(theta))) for theta in ((120.0, 200.0), (10.0, 335.0))]
    return Leaflets(with_bits(front, at[0]), with_bits(back, at[1]))


def turned(case: Case) -> Leaflets:
    assert case.leaflets is not None
    return case.leaflets


@pytest.mark.parametrize("name", ["normal", "fmr", "ischaemic", "afmr"])
@pytest.mark.parametrize("damage", [turned, holed, fragmented])
def test_drawn_commissures_are_found(name: str, damage: Callable[[Case], Leaflets]) -> None:
    """Within 3 degrees of those that the sheets were drawn between, in any frame."""
    turn, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))
    case = preset(name).transformed(turn * np.linalg.det(turn), (40.0, -20.0, 7.0))
    np.testing.assert_allclose(found_deg(case.annulus, damage(case)), known_deg(case.annulus), atol=3.0)


def test_an_overlap_is_halved() -> None:
    """A posterior leaflet that laps over the anterior one's hinge by 16 degrees: 8 from the end, within 3 degrees."""
    case = preset("normal")
    ring, (front, back) = case.annulus, sheets(case)
    lateral, medial = known_deg(ring)
    theta = ring.theta_deg(front.corners.mean(axis=1))
    lapping = front.triangles[(theta > lateral - 16.0) & (theta < 180.0)]
    both = Surface(np.vstack([back.points, front.points]), np.vstack([back.triangles, lapping + len(back.points)]))
    np.testing.assert_allclose(found_deg(ring, Leaflets(front, both)), [lateral - 8.0, medial], atol=3.0)


def test_meshes_that_do_not_part_the_annulus_leave_the_stand_in() -> None:
    case = preset("normal")
    bare, (front, back) = nameless(case.annulus, "ALC", "PMC"), sheets(case)
    whole = Surface(
        np.vstack([front.points, back.points]), np.vstack([front.triangles, back.triangles + len(front.points)])
    )
    for leaflets in (Leaflets(back, front), Leaflets(whole, whole), Leaflets(front, whole), Leaflets(front)):
        told, line = with_commissures(bare, leaflets)
        assert told is bare
        assert line is not None
        assert line.value == commissure_positions(bare)[1]
        assert ("do not part the annulus" in line.why) == (leaflets.posterior is not None)
    assert with_commissures(case.annulus, Leaflets(front, back)) == (case.annulus, None)


def test_they_serve_the_valve_and_no_measure() -> None:
    """The valve has columns at them, a heart carries its hinge along, and `cw_mm` stays between named commissures."""
    case = preset("ischaemic")
    front, back = sheets(case)
    bare = replace(case, annulus=nameless(case.annulus, "ALC", "PMC"), leaflets=Leaflets(front, back))
    valve, lines = valve_of_case(bare, n_columns=40, n_rows=4)
    values = {line.name: str(line.value) for line in lines}
    assert values["commissures"].startswith("from the meshes: ALC at 68 and PMC at 29")
    assert values["coaptation_line"].startswith("middle at 0.")
    ends = valve.surface.points[np.intersect1d(valve.shared, valve.hinge)]
    np.testing.assert_allclose(np.sort(case.annulus.theta_deg(ends)), known_deg(case.annulus), atol=3.0)
    held = heart_valve(bare, ClosureSettings(kind="fast", n_columns=40, n_rows=4))
    np.testing.assert_allclose(held.hinge_on(bare.annulus), valve.surface.points[valve.hinge], atol=1e-9)
    assert "cw_mm" not in measure(bare).to_dict()["annulus"]


LINE = CoaptationLine(width=0.75, depth=0.46, rise=0.8)


def test_a_line_between_edges_comes_back() -> None:
    """Edges 3 mm before and behind a known line, one of them torn at one place: the line to 0.02."""
    ring = preset("normal").annulus
    x = points_at_theta(ring, np.linspace(0.0, 360.0, 41))
    places = np.column_stack([meeting_points(ring, x, LINE), np.zeros(len(x))])
    front, back = places + [0.0, 3.0, 0.0], places - [0.0, 3.0, 0.0]
    front[20] += [0.0, 8.0, 0.0]
    line, scatter, usual = line_between(ring, front, back)
    np.testing.assert_allclose([line.width, line.depth, line.rise], [LINE.width, LINE.depth, LINE.rise], atol=0.02)
    assert scatter < 1.5 < usual


def test_too_few_edges_leave_the_usual_line() -> None:
    ring = preset("normal").annulus
    line, scatter, _ = line_between(ring, np.zeros((3, 3)), np.array([[5.0, 0.0, 0.0]]))
    assert line == CoaptationLine()
    assert np.isnan(scatter)


def test_a_drawn_line_comes_back_from_the_meshes() -> None:
    """Sheets from the hinge to 0.9 of the way to a known line, hanging 10 mm: within 1.5 mm of it."""
    ring = preset("normal").annulus
    first, last = known_deg(ring)
    pieces = []
    for low, high in ((last - 360.0, first), (first, last)):
        hinge = points_at_theta(ring, np.linspace(low, high, 121))
        along = np.column_stack([0.9 * (meeting_points(ring, hinge, LINE) - hinge[:, :2]), np.full(len(hinge), -10.0)])
        rows = (hinge + np.linspace(0.0, 1.0, 25)[:, None, None] * along).reshape(-1, 3)
        corner = (121 * np.arange(24)[:, None] + np.arange(120)).ravel()
        square = [corner, corner + 1, corner + 121, corner + 122]
        triangles = np.vstack([np.column_stack([square[i] for i in side]) for side in ((0, 1, 2), (1, 3, 2))])
        pieces.append(Surface(ring.frame.to_world(rows), triangles))
    found = leaflets_from_meshes(ring, Leaflets(*pieces))
    # Both as curves y(x): the place x of a line belongs to the hinge at x over its width.
    x = np.linspace(-11.0, 11.0, 23)
    level = [meeting_points(ring, np.outer(x / line.width, [1.0, 0.0, 0.0]), line) for line in (found.line, LINE)]
    np.testing.assert_allclose(level[0], level[1], atol=1.5)
    assert found.line_scatter_mm < 1.0 < found.usual_scatter_mm


@pytest.mark.parametrize("named", [True, False])
def test_unknown_tips_stand_at_published_distances(named: bool) -> None:
    """From the trigones, or from A, as in the normal preset seen from the atrium, and as deep below the plane."""
    normal, wide = preset("normal"), preset("afmr")
    ring = wide.annulus if named else nameless(wide.annulus, "LT", "RT")
    valve, lines = valve_of_case(replace(wide, annulus=ring, papillary_tips={}), n_columns=40, n_rows=4)
    (line,) = (line for line in lines if line.name == "papillary_tips")
    assert line.source == "papillary-d10-cadaver"
    assert ("its own trigones" in line.why) == named
    for tip, name, trigone in zip(valve.tips, ("AL", "PM"), ("LT", "RT"), strict=True):
        mark = trigone if named else "A"
        here = ring.frame.to_local(tip) - ring.frame.to_local(ring.landmarks[mark])
        there = normal.annulus.frame.to_local(normal.papillary_tips[name])
        np.testing.assert_allclose(
            here[:2], (there - normal.annulus.frame.to_local(normal.annulus.landmarks[mark]))[:2], atol=1e-9
        )
        assert ring.frame.to_local(tip)[2] == pytest.approx(there[2])


def test_atlas_heart(shared_anatomy: Path, repository: Path) -> None:
    """BodyParts3D heart 5. Tissue within 3 mm of the annulus, binned by 5 degrees, changes at 51 and 314.5 degrees."""
    recipe = repository / "data" / "recipes" / "bodyparts3d-heart5.toml"
    case = import_case(recipe, root=shared_anatomy / "bodyparts3d-heart5").case
    assert case.leaflets is not None
    told, _ = with_commissures(case.annulus, case.leaflets)
    np.testing.assert_allclose(known_deg(told), [51.0, 314.5], atol=3.0)
    found = leaflets_from_meshes(told, case.leaflets)
    # Both leaflets are about as high, so they meet about half way, not at a third.
    assert 0.45 < found.line.depth < 0.62
    assert found.line_scatter_mm < 2.0 < found.usual_scatter_mm
