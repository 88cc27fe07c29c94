"""A closure called converged stays where it is: the full tangent, and the way off a saddle."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import eigvals

from annulus.anatomy.valve import Valve
from annulus.kernels.sheets import sheet_energy
from annulus.mechanics import Status
from annulus.mechanics.valve import ClosureOptions, LeafletMaterial, _closure, _stability, close_valve
from annulus.mechanics.valve._closing import Closing
from annulus.mechanics.valve._stability import full_tangent, steadied, way_off
from annulus.mechanics.valve._valve_sheet import valve_sheet
from annulus.verification._membranes import grid_triangles, one_sheet, strip_of
from annulus.verification._valve_plates import plates
from reference_valves import reference_valve

MATERIAL = LeafletMaterial(bending_factor=1.0)
FLAT = ClosureOptions(multilevel=False, contact=False, loads=(1.0,))


def lowest(state: Closing, *, symmetric: bool) -> float:
    """Lowest real part of the tangent's eigenvalues over the vertices' areas, by LAPACK."""
    state._assemble(projected=False)
    tangent = full_tangent(state).toarray()
    if symmetric:
        tangent = 0.5 * (tangent + tangent.T)
    root = 1.0 / np.sqrt(np.repeat(state.model.area[state.order], 3))
    return float(np.real(eigvals(root[:, None] * tangent * root)).min())


def pressed_strip(pressure: float) -> Closing:
    """A strip of 15 x 4 mm clamped at one end, brought to rest under rising pressure [MPa]."""
    line = np.column_stack([np.linspace(0.0, 15.0, 13), np.zeros(13)])
    sheet = one_sheet(strip_of(line, 4.0, 3), grid_triangles(12, 3), np.arange(8))
    state = Closing(valve_sheet(sheet, MATERIAL), MATERIAL.law, 0.0)
    for share in (0.005, 0.015, 0.05, 0.1, 0.25, 0.5, 1.0):
        state.pressure = share * pressure
        assert state.newton(tolerance_n=1e-7, limit=200)
    return state


def compressed() -> tuple[Valve, np.ndarray]:
    """Flat plates, and their hinge shortened along the valve by 3 %, within their plane."""
    valve = plates(lambda x: np.full_like(x, 3.0), n_columns=11, n_rows=5)
    return valve, valve.surface.points[valve.hinge] * [0.97, 1.0, 1.0]


def test_full_tangent_is_the_forces_derivative() -> None:
    """Central differences of all forces, contact and chordae included; it is not symmetric."""
    sheets = valve_sheet(reference_valve("caseB", n_columns=24, n_rows=4).valve, MATERIAL)
    state = Closing(sheets, MATERIAL.law, 0.9)
    state.pressure = 0.0133
    state.newton(tolerance_n=1e-6, limit=200)
    state._assemble(projected=False)
    assert state.outside == 0
    tangent, start, h = full_tangent(state), state.x.copy(), 1e-6
    for seed in range(3):
        step = np.zeros_like(start)
        step[state.order] = np.random.default_rng(seed).normal(size=(len(state.order), 3))
        forces = []
        for side in (1.0, -1.0):
            state.x = start + side * h * step
            forces.append(state.gradient()[state.order].ravel())
        change = (forces[0] - forces[1]) / (2.0 * h)
        np.testing.assert_allclose(
            tangent @ step[state.order].ravel(), change, rtol=1e-5, atol=1e-6 * np.abs(change).max()
        )
    assert abs(tangent - tangent.T).max() > 1e-3 * abs(tangent).max()


def test_what_pressure_holds_is_a_rest() -> None:
    """Of a strip the symmetric part is not positive; with the other part of the pressure nothing gives way."""
    state = pressed_strip(2e-4)
    assert lowest(state, symmetric=True) < 0.0 < lowest(state, symmetric=False)
    before = state.x.copy()
    assert way_off(state) is None
    assert steadied(state, tolerance_n=1e-7, limit=10) is Status.CONVERGED
    np.testing.assert_array_equal(state.x, before)


def test_flat_plates_in_compression_are_no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Newton's method alone ends on the flat saddle; brought off it, the sheets buckle and store less energy."""
    valve, hinge = compressed()
    ends: list[Closing] = []

    def kept(state: Closing, **options: float) -> Status:
        ends.append(state)
        flat.append((sheet_energy(state.sheet, state.law, state.x), float(np.ptp(state.x[:, 2]))))
        assert lowest(state, symmetric=False) < 0.0
        assert way_off(state) is not None
        return steadied(state, **options)

    flat: list[tuple[float, float]] = []
    monkeypatch.setattr(_closure, "steadied", kept)
    solution = close_valve(valve, pressure_mmhg=1e-6, hinge=hinge, options=FLAT)
    assert solution.status is Status.CONVERGED
    ((energy, height),) = flat
    assert height < 1e-4 and np.ptp(solution.points[:, 2]) > 1.0
    (state,) = ends
    assert sheet_energy(state.sheet, state.law, state.x) < 0.8 * energy
    assert lowest(state, symmetric=False) > 0.0


def test_a_saddle_that_cannot_be_left_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_stability, "_SADDLES", 0)
    valve, hinge = compressed()
    solution = close_valve(valve, pressure_mmhg=1e-6, hinge=hinge, options=FLAT)
    assert solution.status is Status.SADDLE and not solution.converged
    assert "ridge" in solution.status.advice
