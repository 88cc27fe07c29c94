"""Leaflet heights read back from meshes that were made with known heights, then damaged; and a real atlas heart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from annulus.anatomy import (
    Annulus,
    Case,
    ChordaeParameters,
    LeafletHeights,
    Leaflets,
    LeafletThickness,
)
from annulus.anatomy.parametric import AnnulusParameters, LeafletParameters, leaflet_heights, parametric_annulus, preset
from annulus.anatomy.valve import parametric_valve, valve_of_case
from annulus.anatomy.valve._commissures import with_commissures
from annulus.anatomy.valve._leaflet_meshes import leaflets_from_meshes
from annulus.errors import InputError
from annulus.geometry import Surface, crossing_triangles, unique_pairs
from annulus.io import import_case

SIZES = LeafletParameters(22.0, 13.0, 8.0)


@pytest.fixture(scope="module")
def normal() -> Case:
    return preset("normal")


def meshes(case: Case, *, damaged: bool) -> Leaflets:
    """The two leaflets of a fine valve as loose sheets; damaged: ten holes, a fragment, strips like chordae."""
    valve = parametric_valve(case.annulus, SIZES, n_columns=240, n_rows=40)
    points, triangles = valve.surface.points, valve.surface.triangles
    sheets = []
    for number in (0, 1):
        own = triangles[valve.leaflet == number]
        extra = np.empty((0, 3))
        if damaged:
            centre = points[own].mean(axis=1)
            rng = np.random.default_rng(number)
            for hole in centre[rng.choice(len(centre), 10, replace=False)]:
                keep = np.linalg.norm(points[own].mean(axis=1) - hole, axis=1) > 0.75
                own = own[keep]
            extra = _strips(points.reshape(240, 41, 3)[:, -1], case, valve.hinge, own)
        loose = np.arange(len(points), len(points) + len(extra)).reshape(-1, 3)
        sheets.append(Surface(np.vstack([points, extra]), np.vstack([own, loose])))
    return Leaflets(*sheets)


def _strips(edge: np.ndarray, case: Case, hinge: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Triangles from every sixth pair of edge vertices 12 mm down, joined to the leaflet; and one far fragment."""
    down = case.annulus.frame.axes[2] * -12.0
    there = np.unique(own // 41)
    corners = [[edge[i], edge[i] + down, edge[(i + 1) % 240]] for i in range(0, 240, 6) if i in there]
    fragment = case.annulus.loop.centroid + np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    return np.concatenate([*corners, fragment])


@pytest.mark.parametrize("damaged", [False, True])
def test_known_heights_come_back(normal: Case, damaged: bool) -> None:
    """Within 2.5 mm: rows are 1 mm, and smoothing over about 20 degrees cuts 1 mm off the peak at A; 0.8 mm rms."""
    found = leaflets_from_meshes(normal.annulus, meshes(normal, damaged=damaged))
    wanted = leaflet_heights(normal.annulus, SIZES).at(found.heights.theta_deg)
    error = found.heights.height_mm - wanted
    assert np.abs(error).max() < 2.5
    assert np.sqrt(np.mean(error**2)) < 0.8
    assert found.n_filled == 0
    if damaged:
        assert 0.0 < found.detached_share < 0.01
        assert found.beyond_share > 0.01
    else:
        assert found.detached_share == 0.0


def test_meshes_elsewhere_are_refused(normal: Case) -> None:
    sheets = meshes(normal, damaged=False)
    assert sheets.anterior is not None
    away = replace(sheets, anterior=sheets.anterior.transformed(np.eye(3), (0.0, 0.0, 50.0)))
    with pytest.raises(InputError, match="anterior leaflet's mesh must reach the annulus"):
        leaflets_from_meshes(normal.annulus, away)
    with pytest.raises(InputError, match="the posterior one is missing"):
        leaflets_from_meshes(normal.annulus, replace(sheets, posterior=None))
    swapped = Leaflets(sheets.posterior, sheets.anterior)
    with pytest.raises(InputError, match="check which file is which"):
        leaflets_from_meshes(normal.annulus, swapped)


def test_a_case_lists_what_was_assumed(normal: Case) -> None:
    valve, lines = valve_of_case(normal)
    names = [line.name for line in lines]
    assert names == ["leaflet_thickness_mm", "chordae", "chordae_modulus_mpa", "chordae_slack", "leaflet_rest_shape"]
    np.testing.assert_allclose(valve.tips, [normal.papillary_tips["AL"], normal.papillary_tips["PM"]])
    assert normal.leaflets is not None
    known = replace(normal.leaflets, thickness=LeafletThickness(1.0, 1.0), chordae=ChordaeParameters(n_basal=0))
    valve, lines = valve_of_case(replace(normal, leaflets=known))
    assert [line.name for line in lines] == ["leaflet_rest_shape"]
    assert set(valve.thickness_mm) == {1.0}
    assert 1 not in valve.chordae.group


def test_unknown_tips_and_commissures_stand_in() -> None:
    ring = parametric_annulus(AnnulusParameters(30.0, 38.0, 6.0, 26.0))
    bare = Annulus(ring.loop, {name: ring.landmarks[name] for name in ("A", "P", "AL", "PM")})
    heights = LeafletHeights(np.array([0.0, 120.0, 240.0]), np.array([22.0, 12.0, 12.0]))
    valve, lines = valve_of_case(Case("bare", bare, leaflets=Leaflets(heights=heights)))
    assert {"papillary_tips", "commissures"} <= {line.name for line in lines}
    assert valve.tips[0, 0] < 0.0 < valve.tips[1, 0]
    assert len(crossing_triangles(valve.surface)) == 0


def test_a_case_without_leaflets_is_refused(normal: Case) -> None:
    with pytest.raises(InputError, match="a valve needs leaflets"):
        valve_of_case(replace(normal, leaflets=None))


def test_digest_changes_with_the_chordae_only_where_given(normal: Case) -> None:
    assert normal.leaflets is not None
    other = replace(normal, leaflets=replace(normal.leaflets, chordae=ChordaeParameters(basal_slack_mm=1.0)))
    assert other.digest != normal.digest


def test_atlas_heart(shared_anatomy: Path, repository: Path) -> None:
    """BodyParts3D heart 5: leaflets with chordae attached; heights of a human valve, a start without crossings."""
    recipe = repository / "data" / "recipes" / "bodyparts3d-heart5.toml"
    case = import_case(recipe, root=shared_anatomy / "bodyparts3d-heart5").case
    valve, lines = valve_of_case(case)
    assert case.leaflets is not None
    found = leaflets_from_meshes(with_commissures(case.annulus, case.leaflets)[0], case.leaflets)
    # Seen in the meshes: about 17 mm at A to the chordae, about 18 mm at P; everywhere between 5 and 25 mm.
    assert 14.0 < found.heights.at(0.0) < 21.0
    assert 14.0 < found.heights.at(180.0) < 21.0
    assert found.heights.height_mm.min() > 5.0
    assert found.heights.height_mm.max() < 25.0
    assert 0.1 < found.beyond_share < 0.35
    assert "leaflet_heights" in [line.name for line in lines]
    assert len(crossing_triangles(valve.surface)) == 0
    assert valve.surface.triangle_quality.min() > 0.2


def test_pairs_once() -> None:
    """Counted by hand; a pair of the same numbers stays."""
    pairs = np.array([[3, 1], [1, 3], [0, 7], [2, 2], [7, 0]])
    assert unique_pairs(pairs).tolist() == [[0, 7], [1, 3], [2, 2]]
    assert unique_pairs(np.empty((0, 2), dtype=np.int64)).shape == (0, 2)
