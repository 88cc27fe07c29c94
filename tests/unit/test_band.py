"""Direct band: anchors along the posterior annulus, the ties' law, the published direction of the effect."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import annulus
from annulus.anatomy import Case
from annulus.anatomy.parametric import preset
from annulus.errors import InputError
from annulus.heart import Heart
from annulus.io import validate_result
from annulus.therapies.band import DirectBand, _anchor_places


@pytest.fixture(scope="module")
def case() -> Case:
    return preset("fmr")


def test_a_contracted_band_shortens_the_annulus(case: Case) -> None:
    """Contraction reduces the septal-lateral diameter, the more the further [cardioband-2016]."""
    results = [annulus.simulate(case, f"band-{mm}", closure="none") for mm in (5, 10, 20, 30)]
    for key in ("ap_mm", "alpm_mm", "perimeter_3d_mm"):
        assert (np.diff([result.change_percent[key] for result in results]) < 0.0).all()
    assert all(result.change_percent["ap_mm"] < result.change_percent["alpm_mm"] < 0.0 for result in results)
    validate_result(results[-1].to_dict())


def test_anchors_lie_behind_the_trigones_8_mm_apart(case: Case) -> None:
    heart = Heart(case)
    places = _anchor_places(heart)
    points = heart.strip.annulus_loop.at(places)
    assert np.linalg.norm(np.diff(points, axis=0), axis=1) == pytest.approx(8.0, abs=0.6)
    local, trigones = (case.annulus.frame.to_local(rows) for rows in (points, heart.trigones[0]))
    assert (local[:, 1] < trigones[:, 1].max()).all()
    # Behind P is the middle of the band.
    assert np.abs(local[:, 1] - local[:, 1].min()).argmin() in (len(places) // 2 - 1, len(places) // 2)


def test_lengths_and_tension_belong_together(case: Case) -> None:
    """A softer band gives way, between nothing and all of the contraction; a tie pulls by stiffness times stretch."""
    soft, stiff = (annulus.simulate(case, DirectBand(10.0, k), closure="none") for k in (1.0, 100.0))
    taken = [r["therapy.band.length_before_mm"] - r["therapy.band.length_after_mm"] for r in (soft, stiff)]
    assert 0.0 < taken[0] < taken[1] < 10.0
    assert taken[1] == pytest.approx(10.0, abs=0.5)
    n = stiff["therapy.band.n_anchors"] - 1
    mean_n = 1.0 * (10.0 - taken[0]) / n
    assert mean_n < soft["therapy.band.max_tension_n"] < 2.0 * mean_n


def test_works_in_worlds_without_a_vein(case: Case) -> None:
    bare = replace(case, coronary_sinus=None, arteries=())
    result = annulus.simulate(bare, "band", closure="none", samples=24, seed=3)
    low, high = result.interval("annulus.after.ap_mm")  # type: ignore[misc]
    assert low < high < 33.0 and result.prediction.therapy.name == "band-20"


@pytest.mark.parametrize(
    ("name", "told"),
    [("band-x", "band-MM"), ("band-0", "must be positive"), ("band-60", "at most half of its length")],
)
def test_impossible_wishes(case: Case, name: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        annulus.simulate(case, name)
