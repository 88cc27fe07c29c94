"""Inside the closure: the work is what the forces do, the projected tangent is positive, hinges and cords are found."""

from __future__ import annotations

import numpy as np
import pytest

from annulus.kernels.membrane import membrane_terms, pressure_skew
from annulus.mechanics import LeafletMaterial
from annulus.mechanics._closing import Closing
from annulus.mechanics._valve_sheet import ValveSheet, valve_sheet
from reference_valves import reference_valve
from valve_plates import plates


def model(case: str = "caseA") -> ValveSheet:
    return valve_sheet(reference_valve(case, n_columns=24, n_rows=4).valve, LeafletMaterial())


def tangent(sheets: ValveSheet, x: np.ndarray, *, pressure: float, projected: bool) -> np.ndarray:
    """Dense membrane tangent of all vertices."""
    n = len(x)
    band = np.zeros((3 * n, 3 * n))
    law = LeafletMaterial().law
    membrane_terms(sheets.sheet.membrane, law, pressure, x, np.arange(n), np.zeros_like(x), band, projected)
    lower = np.zeros((3 * n, 3 * n))
    for j in range(3 * n):
        lower[j:, j] = band[j, : 3 * n - j]
    return lower + np.tril(lower, -1).T


def test_areas_thickness_and_hinges() -> None:
    """Plates: 40 x 15 mm each; each edge inside has two triangles, and the valve is a ring."""
    valve = plates(np.zeros_like, n_columns=9, n_rows=4)
    sheets = valve_sheet(valve, LeafletMaterial())
    assert sheets.area.sum() == pytest.approx(2.0 * 40.0 * 15.0, rel=1e-12)
    # The plates share their corners: the second plate's own are vertices of no triangle.
    used = np.unique(valve.surface.triangles)
    np.testing.assert_allclose(sheets.thickness[used], 1.0, rtol=1e-12)
    n, m = len(used), len(valve.surface.triangles)
    assert len(sheets.sheet.hinges) == 3 * m - len(sheets.edges)
    assert n - len(sheets.edges) + m == 0
    np.testing.assert_allclose(sheets.sheet.hinge_rest, 0.0, atol=1e-12)
    assert (sheets.fixed[valve.hinge] == 1).all() and sheets.fixed[used].sum() == len(valve.hinge)


def test_rest_is_free_of_stress() -> None:
    state = Closing(model(), LeafletMaterial().law, 0.0)
    cords = state.sheet.cords
    slack = np.linalg.norm(state.x[cords[:, 0]] - state.x[cords[:, 1]], axis=1) <= state.sheet.cord_length
    assert slack.all()
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
    assert state._work(step, h, state._assemble(False)[1]) / h == pytest.approx(slope, rel=1e-5)


def test_projected_tangent_is_positive_and_exact_where_nothing_is_compressed() -> None:
    sheets = model("caseB")
    rest = sheets.rest
    stretched = tangent(sheets, 1.1 * rest, pressure=0.0, projected=True)
    scale = np.abs(stretched).max()
    np.testing.assert_allclose(
        stretched, tangent(sheets, 1.1 * rest, pressure=0.0, projected=False), atol=1e-12 * scale
    )
    crumpled = 0.9 * rest + np.random.default_rng(3).normal(0.0, 0.2, rest.shape)
    exact = tangent(sheets, crumpled, pressure=0.0, projected=False)
    projected = tangent(sheets, crumpled, pressure=0.0, projected=True)
    scale = np.abs(exact).max()
    assert np.linalg.eigvalsh(exact).min() < -1e-3 * scale
    assert np.linalg.eigvalsh(projected).min() > -1e-12 * scale
    assert np.linalg.eigvalsh(projected - exact).min() > -1e-12 * scale


def test_both_parts_of_the_pressure_make_its_tangent() -> None:
    """Symmetric part in the band and antisymmetric product, together against differences of the forces."""
    sheets = model()
    x, n = sheets.rest + np.random.default_rng(4).normal(0.0, 0.3, sheets.rest.shape), len(sheets.rest)
    triangles, law = sheets.sheet.membrane.triangles, LeafletMaterial().law
    step = np.random.default_rng(5).normal(size=x.shape)

    def push(y: np.ndarray) -> np.ndarray:
        both = np.zeros((2, n, 3))
        for force, pressure in zip(both, (0.0, 1.0), strict=True):
            none = np.empty((0, 0))
            membrane_terms(sheets.sheet.membrane, law, pressure, y, np.arange(n), force, none, False)
        return both[1] - both[0]

    skew = np.empty_like(x)
    pressure_skew(triangles, x, step, skew)
    symmetric = tangent(sheets, x, pressure=1.0, projected=False) - tangent(sheets, x, pressure=0.0, projected=False)
    found = (symmetric @ step.ravel()).reshape(-1, 3) + skew
    # The forces are quadratic, so that central differences are exact.
    np.testing.assert_allclose(found, 0.5 * (push(x + step) - push(x - step)), atol=1e-9)
    # Inside, the antisymmetric parts of neighbours cancel.
    valve = reference_valve("caseA", n_columns=24, n_rows=4).valve
    inner = np.setdiff1d(np.arange(n), np.r_[valve.free_edge, valve.hinge])
    inside = np.zeros_like(x)
    inside[inner] = step[inner]
    pressure_skew(triangles, x, inside, skew)
    np.testing.assert_allclose(skew[inner], 0.0, atol=1e-12)


def test_displace_stops_before_the_sheets_meet() -> None:
    """Posterior leaflet driven through the anterior one: only part of the way is taken."""
    valve = reference_valve("caseB", n_columns=24, n_rows=4).valve
    state = Closing(valve_sheet(valve, LeafletMaterial()), LeafletMaterial().law, 0.9)
    step = np.zeros_like(state.x)
    step[12 * 5 + 1 : 12 * 5 + 5] = [0.0, 40.0, 0.0]
    total = sum(state.displace(step) for _ in range(200))
    assert 0.0 < total < 1.0
