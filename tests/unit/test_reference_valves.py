"""The valves made by `reference_valves` are those of the finite-element files, to rounding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from annulus.geometry import Surface, crossing_triangles
from reference_valves import reference_valve


@pytest.fixture(params=["caseA", "caseA_nocontact", "caseB"])
def reference(request: pytest.FixtureRequest, repository: Path) -> tuple[str, dict[str, np.ndarray]]:
    file = repository.parent / "shared" / "reference" / "leaflet-closure" / request.param / "mesh.npz"
    if not file.is_file():
        pytest.skip(f"finite-element references not found ({file})")
    with np.load(file) as data:
        return request.param, dict(data)


def test_meshes_are_the_same(reference: tuple[str, dict[str, np.ndarray]]) -> None:
    name, data = reference
    made = reference_valve(name)
    valve = made.valve
    np.testing.assert_allclose(valve.surface.points, data["vertices"], atol=1e-12)
    assert np.array_equal(valve.surface.triangles, data["triangles"])
    assert np.array_equal(valve.leaflet, data["leaflet_id"])
    assert np.array_equal(valve.hinge, data["annulus_ids"])
    np.testing.assert_allclose(valve.tips, data["papillary_tips_final"], atol=1e-12)
    np.testing.assert_allclose(made.tips_start, data["papillary_tips_start"], atol=1e-12)


def test_chordae_are_the_same(reference: tuple[str, dict[str, np.ndarray]]) -> None:
    name, data = reference
    chordae = reference_valve(name).valve.chordae
    made = np.column_stack([chordae.corners[:, 0], chordae.tip, chordae.stiffness_n_per_mm, chordae.length_mm])
    np.testing.assert_allclose(made, data["chordae"], atol=1e-12)


@pytest.mark.parametrize("case", ["caseA", "caseB"])
def test_mirrored_and_free_of_crossings(case: str) -> None:
    """The recipe is symmetric in x."""
    valve = reference_valve(case).valve
    points = valve.surface.points
    mirrored = points * [-1.0, 1.0, 1.0]
    nearest = np.linalg.norm(points[:, None] - mirrored[None], axis=2).min(axis=1)
    assert nearest.max() < 1e-9
    assert len(crossing_triangles(valve.surface)) == 0
    assert len(valve.chordae) == 38


def test_crossings_of_the_finite_element_solutions(repository: Path) -> None:
    """Without contact their leaflets pass through each other; with it the mid-surfaces, 1 mm apart, do not."""
    folder = repository.parent / "shared" / "reference" / "leaflet-closure"
    if not folder.is_dir():
        pytest.skip(f"finite-element references not found ({folder})")
    between = {}
    for name in ("caseA_nocontact", "caseA", "caseB"):
        valve = reference_valve(name).valve
        with np.load(folder / name / "result.npz") as result:
            pairs = crossing_triangles(Surface(result["mid"], valve.surface.triangles))
        between[name] = int((valve.leaflet[pairs[:, 0]] != valve.leaflet[pairs[:, 1]]).sum())
    assert between["caseA_nocontact"] > 100
    assert between["caseA"] == between["caseB"] == 0
