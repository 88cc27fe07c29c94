"""Inside the closure: work is what the forces do, the projected tangent is positive, edges and chordae are found."""

from __future__ import annotations

import numpy as np
import pytest

from annulus.kernels.pressure import pressure_skew, pressure_terms
from annulus.kernels.sheets import sheet_energy, sheet_terms
from annulus.mechanics.valve import LeafletMaterial
from annulus.mechanics.valve._closing import Closing
from annulus.mechanics.valve._valve_sheet import ValveSheet, valve_sheet
from annulus.verification._valve_plates import plates
from reference_valves import reference_valve
from sheet_samples import dense, room


def model(case: str = "caseA") -> ValveSheet:
    return valve_sheet(reference_valve(case, n_columns=24, n_rows=4).valve, LeafletMaterial())


def tangent(sheets: ValveSheet, x: np.ndarray, *, projected: bool) -> np.ndarray:
    """Symmetric tangent of all vertices, chordae as they are."""
    n = len(x)
    matrix = room(n)
    sheet = sheets.sheet._replace(number=np.arange(n))
    sheet_terms(
        sheet, LeafletMaterial().law, np.zeros(len(sheet.shell.triangles)), x, np.zeros_like(x), matrix, projected
    )
    return dense(matrix)[: 3 * n, : 3 * n]


def test_areas_thickness_and_edges() -> None:
    """Plates: 40 x 15 mm each; each edge inside has two triangles, and the valve is a ring."""
    valve = plates(np.zeros_like, n_columns=9, n_rows=4)
    sheets = valve_sheet(valve, LeafletMaterial())
    assert sheets.area.sum() == pytest.approx(2.0 * 40.0 * 15.0, rel=1e-12)
    # The plates share their corners: the second plate's own are vertices of no triangle.
    used = np.unique(valve.surface.triangles)
    np.testing.assert_allclose(sheets.thickness[used], 1.0, rtol=1e-12)
    n, m = len(used), len(valve.surface.triangles)
    assert len(sheets.sheet.shell.edges) == 3 * m - len(sheets.edges)
    assert n - len(sheets.edges) + m == 0
    np.testing.assert_allclose(sheets.sheet.shell.rest, 0.0, atol=1e-12)
    assert (sheets.fixed[valve.hinge] == 1).all() and sheets.fixed[used].sum() == len(valve.hinge)


def test_rest_is_free_of_stress() -> None:
    state = Closing(model(), LeafletMaterial().law, 0.0)
    sheet = state.sheet
    span = np.linalg.norm(np.einsum("ck,ckd->cd", sheet.chorda_weights, state.x[sheet.chordae]), axis=1)
    assert (span <= sheet.chorda_length).all()
    np.testing.assert_allclose(state.gradient(), 0.0, atol=1e-12)


def test_work_is_the_sum_of_force_times_way() -> None:
    """Energy with contact minus work of the pressure, along a step, against the gradient in the middle."""
    state = Closing(model(), LeafletMaterial().law, 0.9)
    state.pressure = 0.0133
    state.newton(tolerance_n=1e-9, limit=40)
    assert state.pairs.found.min() < state.pairs.reach.max()
    start = state.x.copy()
    step = np.zeros_like(start)
    step[state.free] = np.random.default_rng(2).normal(size=(len(state.free), 3))
    h = 1e-5
    state.x = start + 0.5 * h * step
    slope = float(np.sum(state.gradient() * step))
    state.x = start
    assert state._work(step, h, state._assemble(False)[1]) / h == pytest.approx(slope, rel=1e-4)


def test_projected_tangent_is_positive_where_the_exact_one_is_not() -> None:
    sheets = model("caseB")
    crumpled = 0.9 * sheets.rest + np.random.default_rng(3).normal(0.0, 0.2, sheets.rest.shape)
    exact = tangent(sheets, crumpled, projected=False)
    projected = tangent(sheets, crumpled, projected=True)
    scale = np.abs(exact).max()
    assert np.linalg.eigvalsh(exact).min() < -1e-3 * scale
    assert np.linalg.eigvalsh(projected).min() > -1e-12 * scale


def test_both_parts_of_the_pressure_make_its_tangent() -> None:
    """Symmetric part in the matrix and antisymmetric product, together against differences of the forces."""
    sheets = model()
    x, n = sheets.rest + np.random.default_rng(4).normal(0.0, 0.3, sheets.rest.shape), len(sheets.rest)
    triangles = sheets.sheet.shell.triangles
    step = np.random.default_rng(5).normal(size=x.shape)
    load = np.ones(len(triangles))

    def push(y: np.ndarray) -> np.ndarray:
        force = np.zeros((n, 3))
        pressure_terms(triangles, load, y, np.arange(n), force, room(0))
        return force

    skew = np.empty_like(x)
    pressure_skew(triangles, load, x, step, skew)
    matrix = room(n)
    pressure_terms(triangles, load, x, np.arange(n), np.zeros_like(x), matrix)
    symmetric = dense(matrix)[: 3 * n, : 3 * n]
    found = (symmetric @ step.ravel()).reshape(-1, 3) + skew
    # The forces are quadratic, so that central differences are exact.
    np.testing.assert_allclose(found, 0.5 * (push(x + step) - push(x - step)), atol=1e-9)
    # Inside, the antisymmetric parts of neighbours cancel.
    valve = reference_valve("caseA", n_columns=24, n_rows=4).valve
    inner = np.setdiff1d(np.arange(n), np.r_[valve.free_edge, valve.hinge])
    inside = np.zeros_like(x)
    inside[inner] = step[inner]
    pressure_skew(triangles, load, x, inside, skew)
    np.testing.assert_allclose(skew[inner], 0.0, atol=1e-12)


def test_displace_stops_before_the_sheets_meet() -> None:
    """Posterior leaflet driven through the anterior one: only part of the way is taken."""
    valve = reference_valve("caseB", n_columns=24, n_rows=4).valve
    state = Closing(valve_sheet(valve, LeafletMaterial()), LeafletMaterial().law, 0.9)
    step = np.zeros_like(state.x)
    step[12 * 5 + 1 : 12 * 5 + 5] = [0.0, 40.0, 0.0]
    total = sum(state.displace(step) for _ in range(200))
    assert 0.0 < total < 1.0


def test_displace_stops_before_a_layer_turns_inside_out() -> None:
    """Free edge drawn past the row above it: where a triangle has no area the energy is infinite."""
    valve = reference_valve("caseB", n_columns=24, n_rows=4).valve
    state = Closing(valve_sheet(valve, LeafletMaterial()), LeafletMaterial().law, 0.0)
    step = np.zeros_like(state.x)
    own = 12 * 5 + 4
    step[own] = 2.5 * (state.x[own - 1] - state.x[own])
    total = sum(state.displace(step) for _ in range(60))
    assert 0.0 < total < 1.0
    assert np.isfinite(sheet_energy(state.sheet, state.law, state.x))


def test_newton_ends_where_nothing_moves() -> None:
    """A line search that never goes on: five tries instead of all two hundred."""
    valve = reference_valve("caseB", n_columns=24, n_rows=4).valve
    state = Closing(valve_sheet(valve, LeafletMaterial()), LeafletMaterial().law, 0.9)
    state.pressure = 0.01
    state._search = lambda *arguments: 0.0
    assert not state.newton(tolerance_n=1e-6, limit=200)
    assert state.iterations == 5
