"""The solid shell of `reference_shell` is that of the finite-element solution; what its raised chordae and its clamped
annulus are worth.

Expected: positions, tensions and reaction of FEBio 4.11 for "caseA_nocontact" (``shared/reference/leaflet-closure``).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from annulus.anatomy.valve import ANTERIOR, POSTERIOR, Valve
from annulus.mechanics.valve import ClosureOptions, LeafletMaterial, close_valve
from closure_reference import surface_distance
from reference_shell import (
    PRESSURE_MPA,
    _assemble,
    chorda_tensions,
    out_of_balance,
    published_faces,
    relax,
    solid_shell,
)
from reference_valves import reference_valve


@pytest.fixture(scope="module")
def valve() -> Valve:
    return reference_valve("caseA").valve


@pytest.fixture(scope="module")
def published(repository: Path) -> dict[str, np.ndarray]:
    file = repository.parent / "shared" / "reference" / "leaflet-closure" / "caseA_nocontact" / "result.npz"
    if not file.is_file():
        pytest.skip(f"finite-element references not found ({file})")
    with np.load(file) as data:
        return dict(data)


def _middle(faces: np.ndarray) -> np.ndarray:
    return 0.5 * (faces[: len(faces) // 2] + faces[len(faces) // 2 :])


def _rms(apart: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.sum(apart**2, axis=1))))


def test_tangent_is_the_derivative_of_the_force(valve: Valve) -> None:
    """Central differences, at a state where chordae are taut and everything is strained."""
    shell = solid_shell(valve)
    rng = np.random.default_rng(3)
    state = shell.faces * [1.1, 1.15, 1.2] + [0.0, 0.0, 8.0] + rng.normal(scale=0.02, size=shell.faces.shape)
    way = rng.normal(size=state.shape)
    for changed in (shell, shell.with_chordae_at_middle()):
        tangent = _assemble(changed, state, PRESSURE_MPA, tangent=True)[1]
        assert chorda_tensions(changed, state).max() > 0.0
        ends = [out_of_balance(changed, state + step * way) for step in (1e-6, -1e-6)]
        np.testing.assert_allclose((tangent @ way.ravel()).reshape(-1, 3), (ends[0] - ends[1]) / 2e-6, atol=2e-6)


def test_published_positions_are_in_equilibrium(valve: Valve, published: dict[str, np.ndarray]) -> None:
    """Nodal forces of the pressure are about 0.03 N; what is left over is the rounding of the positions."""
    shell = solid_shell(valve)
    faces = published_faces(valve, published["top"], published["bottom"])
    free = np.delete(np.arange(len(faces)), np.concatenate([valve.hinge, valve.hinge + len(faces) // 2]))
    assert np.linalg.norm(out_of_balance(shell, faces)[free], axis=1).max() < 1e-5
    np.testing.assert_allclose(chorda_tensions(shell, faces), published["chordal_tension"], atol=1e-6)
    held = out_of_balance(shell, faces)[np.concatenate([valve.hinge, valve.hinge + len(faces) // 2])]
    assert np.linalg.norm(held.sum(axis=0)) == pytest.approx(5.8201, abs=0.001)


@pytest.fixture(scope="module")
def lowered(valve: Valve, published: dict[str, np.ndarray]) -> np.ndarray:
    """Faces of the shell at rest with its chordae on the mid-surface."""
    start = published_faces(valve, published["top"], published["bottom"])
    return relax(solid_shell(valve).with_chordae_at_middle(), start)


@pytest.mark.slow
def test_what_raised_chordae_are_worth(valve: Valve, published: dict[str, np.ndarray], lowered: np.ndarray) -> None:
    """Chordae on the mid-surface instead of the atrial face: more than the tolerance of 0.3 mm and 3 % of tension."""
    start = published_faces(valve, published["top"], published["bottom"])
    # Found with a separate compiled version of the same equations, at rest: 0.508 mm, 8.129 N.
    assert _rms(_middle(lowered) - _middle(start)) == pytest.approx(0.508, abs=0.002)
    assert chorda_tensions(solid_shell(valve).with_chordae_at_middle(), lowered).sum() == pytest.approx(
        8.129, abs=0.002
    )


@pytest.mark.slow
def test_closure_agrees_but_for_chordae_and_clamp(valve: Valve, lowered: np.ndarray) -> None:
    """With chordae on the mid-surface in both models and the first row next to the annulus where the shell has it, all
    that the references' README accepts is met: 0.3 mm rms, lengths 2 %, chordal sum 3 %, reaction of the annulus 5 %.

    The shell's faces are held at the annulus; a hinge to a row of held triangles, which stay unstretched, is several
    times softer (`docs/closure_theory.md`).
    """
    theirs, shell = _middle(lowered), solid_shell(valve).with_chordae_at_middle()
    held = np.concatenate([valve.hinge, valve.hinge + 1])
    options = ClosureOptions(contact=False, multilevel=False, max_iterations=1000)
    law = LeafletMaterial(bending_factor=1.0)
    closed = close_valve(replace(valve, hinge=held), hinge=theirs[held], material=law, options=options)
    assert closed.converged
    for leaflet in (ANTERIOR, POSTERIOR):
        assert surface_distance(valve, closed.points, theirs, leaflet) < 0.3
    for column in (0, 40):
        ours, other = (
            np.linalg.norm(np.diff(part.reshape(80, 11, 3)[column], axis=0), axis=1).sum()
            for part in (closed.points, theirs)
        )
        assert ours == pytest.approx(other, rel=0.02)
    assert closed.chordae_tension_n.sum() == pytest.approx(chorda_tensions(shell, lowered).sum(), rel=0.03)
    annulus = np.concatenate([valve.hinge, valve.hinge + len(theirs)])
    reaction = np.linalg.norm(out_of_balance(shell, lowered)[annulus].sum(axis=0))
    assert np.linalg.norm(closed.hinge_force_n.sum(axis=0)) == pytest.approx(reaction, rel=0.05)
