"""Stages that contradict themselves are refused, not passed over in silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from annulus import Case, Therapy, simulate
from annulus.anatomy.parametric import preset
from annulus.errors import InputError
from annulus.heart import Heart
from annulus.mechanics.network import LineLoad, Reshape, Ribbon, StiffEdges, TensionLoop, Traction
from annulus.therapies import Load, Site, Stage


@dataclass(frozen=True, eq=False)
class Given(Therapy):
    """A therapy of the given stages."""

    given: Sequence[Stage]

    kind: ClassVar[str] = "given"

    @property
    def name(self) -> str:
        return "given"

    def stages(self, heart: Heart, site: Site, load: Load) -> Sequence[Stage]:
        return self.given


@pytest.fixture(scope="module")
def case() -> Case:
    return preset("fmr")


RIBBON, PULL = Ribbon(90.0, 20.0, 60.0), Traction(90.0, 1.0)
LOOP = TensionLoop(1.0, 90.0, 0.0, np.zeros(3), np.ones(3))


@pytest.mark.parametrize(
    ("stages", "sentence"),
    [
        ((), "at least one Stage"),
        ("locked", "at least one Stage"),
        ((Stage("one", (RIBBON,)), Stage("one", (RIBBON,))), "names of their own"),
        ((Stage("after", (RIBBON,)),), "names of their own"),
        ((Stage("one", (3,)),), "must have actions"),  # type: ignore[arg-type]
        ((Stage("one", (PULL, RIBBON)),), "pulls and locks at once"),
        ((Stage("one", (LOOP, RIBBON)),), "a loop and a ribbon"),
    ],
)
def test_refused(case: Case, stages: Sequence[Stage], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        simulate(case, Given(stages), closure="none")


def test_a_shape_that_is_given_and_a_load_are_refused(case: Case) -> None:
    stages = (Stage("one", (Reshape(case.annulus), RIBBON)),)
    with pytest.raises(InputError, match="gives the annulus its shape"):
        simulate(case, Given(stages), closure="none")


def test_edges_are_stiff_not_pushing() -> None:
    with pytest.raises(InputError, match="stiffness factor of an edge must be > 0; got -1"):
        StiffEdges(np.array([1.0, -1.0]))


def test_a_purse_string_narrows_the_annulus(case: Case) -> None:
    """A taut line around a ring presses on it by tension over radius."""
    points = Heart(case).strip.annulus
    inwards = points.mean(axis=0) - points
    load = LineLoad("annulus", inwards / (inwards**2).sum(axis=1, keepdims=True))
    change = simulate(case, Given((Stage("drawn", (load,)),)), closure="none")["annulus.change_percent.perimeter_3d_mm"]
    assert -20.0 < change < -2.0
