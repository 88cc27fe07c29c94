"""Derivatives of the locked state against differences of whole solves."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from annulus.anatomy import Case, trigone_positions
from annulus.anatomy.measures import measure_annulus
from annulus.anatomy.parametric import preset
from annulus.errors import SolveError
from annulus.mechanics.network import (
    Cinch,
    CinchModel,
    CinchParameters,
    Landing,
    Sensitivities,
    SolverOptions,
    carried_annulus,
    sensitivities,
)

LENGTH = 60.0
SITES = ("device_length_mm", "distal_s_mm", "proximal_s_mm", "inner_wall_factor")
STEP = {"device_length_mm": 1e-3, "distal_s_mm": 1e-3, "proximal_s_mm": 1e-3, "inner_wall_factor": 1e-4}


@pytest.fixture(scope="module")
def case() -> Case:
    return preset("fmr")


@pytest.fixture(scope="module")
def model(case: Case) -> CinchModel:
    places, _ = trigone_positions(case.annulus)
    model = CinchModel.from_case(case, trigones=case.annulus.loop.at(places))
    return replace(model, options=SolverOptions(tolerance_n=1e-11))


@pytest.fixture(scope="module")
def landing(model: CinchModel) -> Landing:
    # Sites off the nodes: the path's length has a kink at each of them.
    spacing = model.strip.vein_spacing
    return Landing(55.4 * spacing, 8.3 * spacing)


def cinched(model: CinchModel, landing: Landing, length: float) -> Cinch:
    state = model.lock(landing, length)
    return Cinch(model, landing, length, model.slack_free_path(landing), 0.0, state, state)


@pytest.fixture(scope="module")
def exact(case: Case, model: CinchModel, landing: Landing) -> Sensitivities:
    return sensitivities(cinched(model, landing, LENGTH), case.annulus)


def results(case: Case, model: CinchModel, landing: Landing, length: float) -> dict[str, float]:
    return dict(sensitivities(cinched(model, landing, length), case.annulus).values)


def changed(model: CinchModel, landing: Landing, name: str, by: float) -> tuple[CinchModel, Landing, float]:
    if name == "device_length_mm":
        return model, landing, LENGTH + by
    if name == "inner_wall_factor":
        return (
            replace(model, strip=replace(model.strip, inner_wall=model.strip.inner_wall * (1.0 + by))),
            landing,
            LENGTH,
        )
    if name in SITES:
        return model, replace(landing, **{name: getattr(landing, name) + by}), LENGTH
    value = getattr(model.parameters, name)
    return replace(model, parameters=replace(model.parameters, **{name: value + by})), landing, LENGTH


@pytest.mark.parametrize("name", [*(item.name for item in fields(CinchParameters)), *SITES])
def test_against_differences(case: Case, model: CinchModel, landing: Landing, exact: Sensitivities, name: str) -> None:
    """Central differences of re-solved states: error about step^2, so 1e-5 of the largest derivative's scale."""
    scale = getattr(model.parameters, name, 1.0) or 1.0
    step = STEP.get(name, 1e-4 * scale)
    up = results(case, *changed(model, landing, name, step))
    down = results(case, *changed(model, landing, name, -step))
    for result, value in exact.values.items():
        slope = (up[result] - down[result]) / (2.0 * step)
        got = exact.derivatives[result][name]
        assert got * scale == pytest.approx(slope * scale, rel=2e-5, abs=2e-7 * abs(value)), result


def test_values_are_the_measures(case: Case, model: CinchModel, landing: Landing, exact: Sensitivities) -> None:
    state = model.lock(landing, LENGTH)
    measures = measure_annulus(carried_annulus(case.annulus, state), minimal_surface=False)
    assert exact.values["ap_mm"] == pytest.approx(measures.ap_mm, rel=1e-4)
    assert exact.values["area_mm2"] == pytest.approx(measures.area_2d_mm2, rel=2e-3)
    assert exact.values["tension_n"] == state.tension_n


def test_scaling_all_stiffness_changes_force_alone(model: CinchModel, exact: Sensitivities) -> None:
    """Euler: AP is of degree 0 in all moduli and pressures together, the tension of degree 1."""
    names = [
        item.name
        for item in fields(CinchParameters)
        if item.name.endswith(("_n", "_nmm2", "_kpa", "_n_per_mm", "_mmhg"))
    ]
    total = {
        result: sum(exact.elasticity(result, name, getattr(model.parameters, name)) for name in names)
        for result in exact.values
    }
    assert total["ap_mm"] == pytest.approx(0.0, abs=1e-6)
    assert total["tension_n"] == pytest.approx(exact.values["tension_n"], rel=1e-6)


def test_slack_ribbon_is_told(case: Case, model: CinchModel, landing: Landing) -> None:
    slack = cinched(model, landing, model.slack_free_path(landing) + 1.0)
    with pytest.raises(SolveError, match="slack"):
        sensitivities(slack, case.annulus)


def test_shorter_device_means_smaller_ap(exact: Sensitivities) -> None:
    """About 1.15 percentage points of AP per millimetre in the prototype's heart [cinch-prototype]."""
    percent = 100.0 * exact.derivatives["ap_mm"]["device_length_mm"] / exact.values["ap_mm"]
    assert np.isfinite(percent)
    assert 0.7 < percent < 2.0
