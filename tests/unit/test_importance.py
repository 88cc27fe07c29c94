"""Which numbers matter: Sobol indices against closed forms, the first look against the draws, the command line."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from annulus import simulate
from annulus.anatomy.parametric import preset
from annulus.cli import main
from annulus.errors import InputError
from annulus.io import validate_result
from annulus.mechanics.network import CinchParameters, Landing, calibration
from annulus.prediction import Importance, Share, World, first_look, importance


@dataclass(frozen=True)
class Formula:
    """A stand-in for a question whose variance is known: a product and a sum of independent numbers."""

    parameters: CinchParameters | None = None

    def closing_fast(self, world: World) -> Formula:
        return self

    def numbers(self, world: World) -> dict[str, float]:
        p = world.parameters
        normal = (p.friction_coefficient - 0.2) / 0.05
        other = (p.artery_pressure_mmhg - 100.0) / 10.0
        return {"sum": 2.0 * normal + other, "product": normal * other + normal, "flat": 1.0}


def test_posterior_is_nearly_uncorrelated() -> None:
    """What the indices leave out, as their module says it: at most 0.26 between logarithms."""
    correlation = np.corrcoef(np.log(calibration().draws).T)
    assert np.abs(correlation - np.eye(len(correlation))).max() < 0.26


def test_indices_of_a_sum_and_a_product() -> None:
    """Var(2 a + b) = 4 + 1; Var(a b + a) = 1 + 1: a alone explains half of it, b nothing alone but half in all."""
    found = importance(Formula(), base=512, seed=2, outputs=("sum", "product", "flat"))  # type: ignore[arg-type]
    assert set(found.shares) == {"sum", "product"}
    by_name = {key: {row.name: row for row in rows} for key, rows in found.shares.items()}
    assert {"ostium_factor", "ostium_width_mm", "inner_wall_factor"} <= by_name["sum"].keys()
    a, b = "friction_coefficient", "artery_pressure_mmhg"
    assert by_name["sum"][a].first_order == pytest.approx(0.8, abs=0.03)
    assert by_name["sum"][b].total == pytest.approx(0.2, abs=0.03)
    assert by_name["product"][a].first_order == pytest.approx(0.5, abs=0.06)
    assert by_name["product"][a].total == pytest.approx(1.0, abs=0.1)
    assert by_name["product"][b].first_order == pytest.approx(0.0, abs=0.06)
    assert by_name["product"][b].total == pytest.approx(0.5, abs=0.08)
    assert by_name["sum"]["foundation_kpa"].total == pytest.approx(0.0, abs=1e-9)


def test_sentence_names_the_leading_numbers() -> None:
    """Largest first, those below 5 % left out; what no number explains alone is several together."""
    shares = (Share("b", 0.2, 0.1, 0.6, 0.1), Share("a", 0.5, 0.1, 0.55, 0.1), Share("c", 0.04, 0.1, 0.1, 0.1))
    found = Importance({"ap": shares}, 64, 320, 0, 0)
    assert found.sentence("ap") == "ap: 50 % a, 20 % b; 26 % several together"


def test_first_look_is_derivative_times_spread() -> None:
    """AP by the strap, against two solves one tenth of a spread apart."""
    case, name = preset("fmr"), "strap_vector_n_per_mm"
    result = simulate(case, "carillon-9-18-60", distal_at_mm=95, plication_mm=10)
    effect = first_look(result.prediction)["ap_mm"][name]
    column = calibration().draws[:, calibration().names.index(name)]
    spread = float(np.std(np.log(column), ddof=1))
    parameters, site = result.prediction.world.parameters, result.prediction.site
    ends = [
        simulate(
            case,
            "carillon-9-18-60",
            landing=Landing(site.distal_s_mm, site.proximal_s_mm),
            parameters=replace(parameters, **{name: getattr(parameters, name) * np.exp(0.05 * sign * spread)}),
        ).after.ap_mm
        for sign in (1.0, -1.0)
    ]
    assert effect == pytest.approx(abs(ends[0] - ends[1]) / 0.1, rel=0.01)
    assert first_look(result.prediction)["ap_mm"]["distal_slip_mm"] == pytest.approx(
        result["therapy.ap_loss_per_distal_slip"] * 2.0 / 12.0**0.5
    )


def test_base_must_be_a_power_of_two() -> None:
    with pytest.raises(InputError, match="must be a power of two, at least 8; got 100"):
        importance(Formula(), base=100)  # type: ignore[arg-type]


@pytest.mark.slow
def test_command_line(capsys: pytest.CaptureFixture[str], repository: Path) -> None:
    case = str(repository / "data" / "meshes" / "fmr" / "case.json")
    words = ["simulate", case, "--device", "carillon-9-18-60", "--distal-at-mm", "95", "--sobol", "8", "--json", "-"]
    with pytest.raises(SystemExit) as leave:
        main(words)
    assert leave.value.code == 0
    document = json.loads(capsys.readouterr().out)
    validate_result(document)
    assert document["importance"]["by_key"]["annulus.change_percent.ap_mm"][0]["total"] > 0.0
