"""A therapy that the package does not know, written as a user would: it works in `simulate` as the shipped ones do."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np
import pytest

import annulus
from annulus.anatomy.parametric import preset
from annulus.errors import InputError
from annulus.heart import Heart, State
from annulus.io import validate_result
from annulus.mechanics.network import Place, StiffEdges, Tie
from annulus.prediction import Result, sample_worlds
from annulus.quantity import Quantity
from annulus.sources import Assumption
from annulus.therapies import Load, Site, Stage

STIFFNESS_N_PER_MM = 2.0


@dataclass(frozen=True)
class Snare(annulus.Therapy):
    """Snare: a shortened cord across the valve from A to P, over an annulus whose posterior part is stiffened."""

    shortened_mm: float
    factor: float = 3.0

    kind: ClassVar[str] = "snare"
    needs: ClassVar[tuple[str, ...]] = ("coronary_sinus",)
    quantities: ClassVar[tuple[Quantity, ...]] = (
        Quantity("cord_force", "therapy", "N", "Pull of the cord.", label="pull of the cord", digits=2),
        Quantity("cord_rest", "therapy", "mm", "Length of the slack cord.", costly=True),
    )

    @property
    def name(self) -> str:
        return f"snare-{self.shortened_mm:g}"

    def stages(self, heart: Heart, site: Site, load: Load) -> Sequence[Stage]:
        first, second = (Place(annulus_place=float(place)) for place in self._places(heart))
        strip = heart.strip
        behind = heart.case.annulus.frame.to_local(strip.annulus)[:, 1] < 0.0
        edges = StiffEdges(np.where(behind, self.factor, 1.0))
        return (Stage("snared", (edges, Tie(first, second, STIFFNESS_N_PER_MM, self._rest(heart)))),)

    def numbers(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        ends = self._ends(heart, states["snared"])
        return {"cord_force_n": STIFFNESS_N_PER_MM * (float(np.linalg.norm(ends[0] - ends[1])) - self._rest(heart))}

    def costly_numbers(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        return {"cord_rest_mm": self._rest(heart)}

    def summary(self, heart: Heart, site: Site, states: Mapping[str, State]) -> tuple[str, ...]:
        return (f"cord of {self._rest(heart):.1f} mm from A to P",)

    def assumptions(self) -> tuple[Assumption, ...]:
        return (Assumption("snare_factor", self.factor, "1", "stiffness of the belt over the tissue's", "assumed"),)

    def shapes(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        return {"cord": self._ends(heart, states["snared"])}

    def _places(self, heart: Heart) -> np.ndarray:
        marks = heart.case.annulus.landmarks
        places, _ = heart.strip.annulus_loop.closest(np.array([marks["A"], marks["P"]]))
        return places

    def _rest(self, heart: Heart) -> float:
        a, p = heart.strip.annulus_loop.at(self._places(heart))
        return float(np.linalg.norm(a - p)) - self.shortened_mm

    def _ends(self, heart: Heart, state: State) -> np.ndarray:
        places, nodes = self._places(heart), state.equilibrium.annulus
        low, share = np.floor(places).astype(int), (places % 1.0)[:, None]
        return nodes[low] * (1.0 - share) + nodes[(low + 1) % len(nodes)] * share


@dataclass(frozen=True)
class Least(annulus.Therapy):
    """No more than must be there."""

    @property
    def name(self) -> str:
        return "least"

    def stages(self, heart: Heart, site: Site, load: Load) -> Sequence[Stage]:
        return (Stage("done"),)


class Nothing(Least):
    """A therapy without a stage."""

    def stages(self, heart: Heart, site: Site, load: Load) -> Sequence[Stage]:
        return ()


class Demanding(Least):
    """A therapy that needs what no case has."""

    needs = ("pacemaker",)


@cache
def snared() -> Result:
    return annulus.simulate(preset("fmr"), Snare(6.0), samples=19, seed=3, workers=2)


def test_its_result_is_one_like_any_other() -> None:
    document = snared().to_dict()
    validate_result(document)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["therapy"].keys() == {"kind", "device", "cord_force_n", "cord_rest_mm"}
    assert (document["therapy"]["kind"], document["therapy"]["device"]) == ("snare", "snare-6")
    assert len(document["shapes"]["device_mm"]["cord"]) == 2
    assert document["solver"]["status"] == "converged"
    assert {"regurgitation", "circumflex", "intervals"} <= document.keys()
    assert str(snared()).startswith("fmr, snare-6: AP 34.0 -> ")
    assert snared().summary[0].startswith("AP 34.0 -> ")
    assert snared().summary[1].startswith("cord of 28.0 mm from A to P")
    assert "snare_factor" in {line.name for line in snared().assumptions}


def test_its_forces_balance() -> None:
    """The cord shortens AP by less than it is shortened: what is left is its stretch."""
    force = snared()["therapy.cord_force_n"]
    fallen = snared().before.ap_mm - snared().after.ap_mm
    assert 0.0 < fallen < 6.0
    # The nodes carry the annulus by cubic weights, the cord runs between points of its polygon.
    assert force / STIFFNESS_N_PER_MM == pytest.approx(6.0 - fallen, abs=0.02)


def test_its_numbers_have_rows_and_intervals() -> None:
    (row,) = [row for row in snared().rows() if row.quantity.id == "cord_force"]
    low, high = snared().interval("therapy.cord_force_n")
    assert row.label == "pull of the cord [N]" and row.interval == (low, high)
    assert row.text("") == f"{snared()['therapy.cord_force_n']:.2f}"
    assert 0.0 < low < high
    assert "pull of the cord" in snared()._repr_html_()
    # Costly ones only where they are asked for.
    assert snared().interval("therapy.cord_rest_mm") is None


def test_it_goes_to_other_processes_and_into_files() -> None:
    serial = sample_worlds(snared().question, samples=19, seed=3, workers=1)
    for key, values in serial.values.items():
        assert np.array_equal(values, snared().samples.values[key], equal_nan=True), key
    again = pickle.loads(pickle.dumps(snared()))
    assert again.to_dict() == snared().to_dict()


def test_what_it_does_not_take_is_refused_for_it() -> None:
    with pytest.raises(InputError, match="plication_mm is nothing that snare-6 can be asked for"):
        annulus.simulate(preset("fmr"), Snare(6.0), plication_mm=10.0)


def test_name_and_stages_are_enough() -> None:
    result = annulus.simulate(preset("fmr"), Least(), closure="none")
    document = result.to_dict()
    validate_result(document)
    assert document["therapy"] == {"kind": "own", "device": "least"}
    assert result.change_percent["ap_mm"] == 0.0


@pytest.mark.parametrize(
    ("therapy", "words"),
    [
        (Nothing(), "at least one Stage; got"),
        (Demanding(), "least needs 'pacemaker', which is no part of a case: one of coronary_sinus, "),
    ],
)
def test_what_is_wrong_in_it_is_told(therapy: annulus.Therapy, words: str) -> None:
    with pytest.raises(InputError, match=words):
        annulus.simulate(preset("fmr"), therapy)
