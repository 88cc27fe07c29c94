"""Unit tests for annulus.anatomy._valve_levels: the coarser mesh of a valve and the way back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annulus.anatomy.parametric import preset
from annulus.anatomy.valve import coarser_valve, parametric_valve
from annulus.geometry import Surface
from reference_valves import reference_valve


def test_refined_points_lie_on_the_coarse_sheet() -> None:
    """Any shape of the coarse mesh keeps its area to rounding: no fine triangle leaves a coarse one."""
    valve = reference_valve("caseA", n_columns=40, n_rows=6).valve
    coarser = coarser_valve(valve)
    assert coarser is not None
    shape = coarser.valve.surface.points + np.random.default_rng(3).normal(0.0, 0.3, coarser.valve.surface.points.shape)
    fine = Surface(coarser.refined(shape), valve.surface.triangles)
    assert fine.area == pytest.approx(Surface(shape, coarser.valve.surface.triangles).area, rel=1e-12)
    np.testing.assert_allclose(coarser.refined(shape)[valve.hinge][::2], shape[coarser.valve.hinge])


def test_chordae_keep_their_slack() -> None:
    valve = reference_valve("caseB", n_columns=40, n_rows=6).valve
    coarser = coarser_valve(valve)
    assert coarser is not None
    slack = [
        v.chordae.length_mm - np.linalg.norm(v.chordae.ends(v.surface.points) - v.tips[v.chordae.tip], axis=1)
        for v in (valve, coarser.valve)
    ]
    np.testing.assert_allclose(slack[1], slack[0], atol=1e-12)


@pytest.mark.parametrize("tip_shift", [0.0, 3.0])
def test_chordae_stay_where_they_are_on_the_sheet(tip_shift: float) -> None:
    """Whatever the coarse shape, the refined one has them in the same places."""
    case = preset("fmr")
    assert case.leaflets is not None and case.leaflets.heights is not None
    tips = {name: np.asarray(place) + tip_shift for name, place in (case.papillary_tips or {}).items()}
    valve = parametric_valve(case.annulus, case.leaflets.heights, tips=tips, n_columns=40, n_rows=6)
    coarser = coarser_valve(valve)
    assert coarser is not None
    shape = coarser.valve.surface.points + np.random.default_rng(3).normal(0.0, 0.3, coarser.valve.surface.points.shape)
    np.testing.assert_allclose(
        valve.chordae.ends(coarser.refined(shape)), coarser.valve.chordae.ends(shape), atol=1e-12
    )


def test_other_meshes_have_none() -> None:
    assert coarser_valve(reference_valve("caseA", n_columns=24, n_rows=4).valve) is None
    assert coarser_valve(reference_valve("caseA", n_columns=40, n_rows=7).valve) is None
    valve = reference_valve("caseA", n_columns=40, n_rows=6).valve
    turned = replace(valve, hinge=np.roll(valve.hinge, 1))
    assert coarser_valve(turned) is None
