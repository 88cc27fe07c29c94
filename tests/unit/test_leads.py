"""Leads in the vein: which are jailed by what, what lumen is left, and what the order of implantation does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annulus import simulate
from annulus.anatomy import Case, Lead
from annulus.anatomy.parametric import preset
from annulus.errors import InputError
from annulus.geometry import Curve
from annulus.io import validate_result
from annulus.prediction import Result
from annulus.therapies import ALL_THERAPIES


def with_lead(to_mm: float = 60.0, diameter_mm: float = 2.0) -> Case:
    """The FMR preset with a lead along the vein's axis from the ostium."""
    case = preset("fmr")
    assert case.coronary_sinus is not None
    path = case.coronary_sinus.curve.at(np.linspace(0.0, to_mm, 50))
    return replace(case, leads=(Lead("lv lead", Curve(path), diameter_mm),))


def row_of(result: Result) -> dict[str, object]:
    (row,) = result.to_dict()["leads"]["in_vein"]  # type: ignore[index, call-overload]
    return row


def test_without_leads_nothing_is_told() -> None:
    result = simulate(preset("fmr"), "carillon-9-18-60", closure="none")
    assert "leads" not in result.to_dict()
    assert not any("lead" in line.name for line in result.assumptions)


def test_a_lead_that_leaves_before_the_distal_anchor() -> None:
    """Landing 10 to 86 mm: the lead, 0 to 60 mm, lies beside the proximal anchor (10 mm long) and 50 mm of ribbon."""
    result = simulate(with_lead(60.0), "carillon-9-18-60", closure="none")
    row = row_of(result)
    assert row["jailed_by"] == "proximal anchor and ribbon"
    assert row["jailed_length_mm"] == pytest.approx(60.0, abs=0.2)
    assert "residual_lumen_distal_percent" not in row and "passage_distal_mm" not in row
    assert row["lead_first"] == "jailed between proximal anchor and the wall"
    assert row["device_first"] == "it must pass through the proximal anchor"
    assert any("lies beside the proximal anchor and ribbon along 60 mm" in flag for flag in result.flags)
    assert {"lead_ribbon_profile_mm", "lead_anchor_wires", "lead_order"} <= {line.name for line in result.assumptions}
    validate_result(result.to_dict())


def test_a_lead_through_both_anchors() -> None:
    row = row_of(simulate(with_lead(120.0), "carillon-9-18-60", closure="none"))
    assert row["jailed_by"] == "distal anchor and proximal anchor and ribbon"
    # The vein widens to the distal anchor's 9 mm but for its ends: the opening is that less a wire on both sides.
    assert 6.0 < row["passage_distal_mm"] <= 8.0  # type: ignore[operator]


def test_residual_lumen_is_the_areas_left() -> None:
    """Section of the vein less those of a lead of 2.4 mm and a ribbon of 1 mm, where the stretch is narrowest."""
    case = with_lead(60.0, 2.4)
    result = simulate(case, "carillon-9-18-60", closure="none")
    vein = case.coronary_sinus
    assert vein is not None
    radius = vein.curve.radius_at(np.linspace(10.0, 60.0, 501)).min()
    expected = 100.0 * (1.0 - (1.2**2 + 0.5**2) / radius**2)
    assert row_of(result)["residual_lumen_ribbon_percent"] == pytest.approx(expected, abs=0.5)
    thick = simulate(with_lead(60.0, 5.0), "carillon-9-18-60", closure="none")
    assert any(flag.endswith("of the vein's lumen along the ribbon.") for flag in thick.flags)


def test_a_lead_too_thick_for_the_anchor() -> None:
    """A double anchor of 7 mm has an opening of at most 6 mm, too little for a lead of 6 mm."""
    result = simulate(with_lead(120.0, 6.0), "double-anchor-7-18-60", closure="none")
    assert row_of(result)["device_first"] == "it does not pass the distal anchor"


def test_a_lead_elsewhere_is_said_to_be_elsewhere() -> None:
    case = with_lead()
    away = Lead("rv lead", case.leads[0].curve.transformed(np.eye(3), (0.0, 0.0, 60.0)), 2.0)
    result = simulate(replace(case, leads=(away,)), "carillon-9-18-60", closure="none")
    assert "leads" not in result.to_dict()
    assert any("rv lead does not lie in the vein" in flag for flag in result.flags)


@pytest.mark.parametrize("kind", [kind for kind in ALL_THERAPIES if kind.closure != "full"], ids=lambda kind: kind.kind)
def test_every_therapy_tells_of_leads(kind: type) -> None:
    result = simulate(with_lead(70.0), kind.catalogue()[0], closure="none")  # type: ignore[attr-defined]
    row = row_of(result)
    in_vein = "vein_radius" in kind.needs  # type: ignore[attr-defined]
    assert (row["jailed_by"] != "nothing") == in_vein
    validate_result(result.to_dict())


@pytest.mark.parametrize(("diameter", "told"), [(0.0, r"diameter in \(0, 10\] mm"), (12.0, "got 12")])
def test_impossible_leads(diameter: float, told: str) -> None:
    with pytest.raises(InputError, match=told):
        with_lead(60.0, diameter)


def test_leads_have_names_of_their_own() -> None:
    case = with_lead()
    with pytest.raises(InputError, match="leads must have different names"):
        replace(case, leads=case.leads * 2)
