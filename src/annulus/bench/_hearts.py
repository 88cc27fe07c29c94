"""What is timed: the FMR preset cinched by 10 mm, and its valve."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from annulus.anatomy import Case, trigone_positions
from annulus.anatomy.parametric import preset
from annulus.anatomy.valve import Valve, valve_of_case
from annulus.bench._cinch_problem import CinchProblem
from annulus.mechanics.network import CinchModel, Landing, Resolution

__all__ = [
    "DISTAL_MM",
    "PLICATION_MM",
    "RIBBON_MM",
    "bare_case",
    "cinch_landing",
    "cinch_model",
    "cinch_problem",
    "fmr_case",
    "fmr_valve",
]

RIBBON_MM = 60.0
DISTAL_MM = 90.0
PLICATION_MM = 10.0


@cache
def fmr_case() -> Case:
    """The FMR preset."""
    return preset("fmr")


@cache
def bare_case() -> Case:
    """The same without its artery, whose nodes would come on top of those counted."""
    return replace(fmr_case(), arteries=())


def cinch_model(case: Case, resolution: Resolution) -> CinchModel:
    """The cinching model of a case."""
    places, _ = trigone_positions(case.annulus)
    return CinchModel.from_case(case, trigones=case.annulus.loop.at(places), resolution=resolution)


def cinch_landing(model: CinchModel) -> Landing:
    """Where the ribbon's ends come to lie."""
    return Landing(DISTAL_MM, model.proximal_end(DISTAL_MM, RIBBON_MM + PLICATION_MM))


@cache
def cinch_problem(resolution: Resolution) -> CinchProblem:
    """The locked ribbon in the heart without its artery."""
    model = cinch_model(bare_case(), resolution)
    return CinchProblem(model, cinch_landing(model), RIBBON_MM)


@cache
def fmr_valve(columns: int, rows: int) -> Valve:
    """The FMR preset's valve on a mesh."""
    return valve_of_case(fmr_case(), n_columns=columns, n_rows=rows)[0]
