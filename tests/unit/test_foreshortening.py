"""Foreshortening bridge: a ribbon that is taut when implanted and shortens by its dose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import annulus
from annulus.anatomy import Case
from annulus.anatomy.parametric import preset
from annulus.errors import InputError
from annulus.io import validate_result
from annulus.mechanics.network import Landing
from annulus.prediction import predict
from annulus.therapies.foreshortening import ForeshorteningBridge


@pytest.fixture(scope="module")
def case() -> Case:
    return preset("fmr")


def test_a_shorter_bridge_shortens_the_annulus_from_front_to_back(case: Case) -> None:
    """What such devices are made for: the more they shorten, the shorter AP; the width hardly changes."""
    results = [annulus.simulate(case, f"foreshortening-{mm}", closure="none") for mm in (2, 5, 10, 15)]
    shortened = np.array([-result.change_percent["ap_mm"] for result in results])
    assert (np.diff(shortened) > 0.0).all() and shortened[0] > 0.0
    assert all(abs(r.change_percent["alpm_mm"]) < 0.5 * s for r, s in zip(results, shortened, strict=True))
    validate_result(results[0].to_dict())


def test_does_what_a_double_anchor_of_its_length_does(case: Case) -> None:
    """The same ribbon at the same ends: only the way there differs, and the artery meets anchors of another width."""
    bridge = annulus.simulate(case, "foreshortening-10-70", closure="none")
    ends = Landing(*(bridge[f"therapy.foreshortening.{end}_s_mm"] for end in ("distal", "proximal")))
    other = annulus.simulate(case, "double-anchor-7-12-60", landing=ends, closure="none")
    assert other["therapy.slack_free_path_mm"] == pytest.approx(70.0, abs=1e-6)
    assert bridge.change_percent["ap_mm"] == pytest.approx(other.change_percent["ap_mm"], abs=0.3)


def test_slip_loses_some_of_it(case: Case) -> None:
    """The bridge keeps its length wherever its stents slip: 4 mm of slip leave less tension and less effect."""
    point = annulus.simulate(case, "foreshortening", closure="none").prediction
    slipped = predict(point.heart, point.therapy, point.site, point.load, replace(point.world, distal_slip_mm=4.0))
    for key in ("therapy.foreshortening.tension_n", "annulus.change_percent.ap_mm"):
        assert abs(slipped.numbers()[key]) < 0.9 * abs(point.numbers()[key])


def test_works_in_worlds(case: Case) -> None:
    result = annulus.simulate(case, "foreshortening", closure="none", samples=24, seed=3)
    low, high = result.interval("therapy.foreshortening.tension_n")  # type: ignore[misc]
    assert 0.0 < low < high


def test_names() -> None:
    assert annulus.therapy("foreshortening") == ForeshorteningBridge() == ForeshorteningBridge(10, 70)
    assert annulus.therapy("foreshortening-12-60").name == "foreshortening-12-60"


@pytest.mark.parametrize(
    ("name", "wish", "told"),
    [
        ("foreshortening-x", {}, "foreshortening-MM"),
        ("foreshortening-0", {}, "must be positive"),
        ("foreshortening-80", {}, "can shorten by less than its length"),
        ("foreshortening-10", {"traction_n": 1.0}, "traction_n is nothing that foreshortening-10 can be asked for"),
        ("foreshortening-10", {"distal_at_mm": 140.0}, "must lie at 0 to|must land at most"),
        ("foreshortening-10-150", {}, "must fit into the modelled vein"),
    ],
)
def test_impossible_wishes(case: Case, name: str, wish: dict[str, float], told: str) -> None:
    with pytest.raises(InputError, match=told):
        annulus.simulate(case, name, **wish)  # type: ignore[arg-type]
