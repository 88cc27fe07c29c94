"""The cinch model of the shipped heart: its derivatives, its invariance, and its way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Case, trigone_positions
from annulus.anatomy.measures import measure_annulus
from annulus.anatomy.parametric import preset
from annulus.kernels.banded import Matrix, matrix_product
from annulus.kernels.cables import cable_length
from annulus.kernels.laws import CableLaw
from annulus.kernels.network import energy
from annulus.kernels.newton import tangent
from annulus.mechanics.network import (
    Attachments,
    Cinch,
    CinchModel,
    Equilibrium,
    Landing,
    Rod,
    carried_annulus,
)
from annulus.mechanics.network._numbering import empty_like
from annulus.verification._case import VerificationCase

__all__ = ["STATES", "model_cases", "shipped_model"]

STATES = ("random", "slack", "nearly folded")
"""Where derivatives are checked: nodes moved at random by 0.3 mm under a taut ribbon; the same with the ribbon slack;
two neighbours of annulus and vein brought to a hundredth of their distance."""

RIBBON_MM = 60.0
PLICATION_MM = 10.0
DISTAL_MM = 90.0


@cache
def _shipped_case() -> Case:
    return preset("fmr")


def shipped_model() -> tuple[Case, CinchModel, Landing]:
    """The shipped heart with functional regurgitation, its model, and a landing that plicates 10 mm."""
    case = _shipped_case()
    places, _ = trigone_positions(case.annulus)
    model = CinchModel.from_case(case, trigones=case.annulus.loop.at(places))
    landing = Landing(DISTAL_MM, model.proximal_end(DISTAL_MM, RIBBON_MM + PLICATION_MM))
    return case, model, landing


def _state(model: CinchModel, landing: Landing, kind: str, rng: np.random.Generator) -> tuple[FloatArray, CableLaw]:
    strip = model.strip
    x = strip.reference + rng.normal(0.0, 0.3, strip.reference.shape)
    cable = strip.cable(landing.distal_s_mm, landing.proximal_s_mm)
    length = float(cable_length(cable, x))
    if kind == "nearly folded":
        na = len(strip.annulus)
        for first in (na // 2, na + len(strip.vein) // 2):
            p, q = strip.numbering[first], strip.numbering[first + 1]
            x[q] = x[p] + 0.01 * (x[q] - x[p])
    return x, CableLaw(0.3, 40.0, length + 2.0 if kind == "slack" else length - 2.0)


def derivative_errors(kind: str, seed: int) -> Mapping[str, float]:
    """Relative differences of gradient and Hessian, along a random direction, from central differences."""
    _, model, landing = shipped_model()
    rng = np.random.default_rng(seed)
    rod = Rod(100.0, landing.distal_s_mm, landing.proximal_s_mm)
    network = replace(model, attachments=Attachments(rods=(rod,))).network
    cable = model.strip.cable(landing.distal_s_mm, landing.proximal_s_mm)
    x, law = _state(model, landing, kind, rng)
    direction = rng.normal(size=x.shape)
    direction /= np.linalg.norm(direction)
    work = np.zeros((2, *x.shape))

    def linearised(at: FloatArray) -> tuple[FloatArray, FloatArray, Matrix, float]:
        gradient, along = np.zeros_like(x), np.zeros_like(x)
        hessian = empty_like(network.constant)
        _, _, stiffness = tangent(network, cable, law, at, gradient, along, hessian, work)
        return gradient, along, hessian, stiffness

    def value(at: FloatArray) -> float:
        length = float(cable_length(cable, at))
        over = max(0.0, length - law.length)
        return float(energy(network, at, work)) + law.tension * length + 0.5 * law.stiffness * over**2

    gradient, along, hessian, stiffness = linearised(x)
    product = np.zeros_like(x)
    matrix_product(hessian, direction.reshape(-1), product.reshape(-1))
    product += stiffness * along * np.sum(along * direction)

    def central(step: float) -> tuple[float, FloatArray]:
        ahead, behind = x + step * direction, x - step * direction
        slope = (value(ahead) - value(behind)) / (2.0 * step)
        return slope, (linearised(ahead)[0] - linearised(behind)[0]) / (2.0 * step)

    # Richardson: the differences' own error is then of fourth order.
    (coarse, wide), (fine, narrow) = central(2.0e-3 * _reach(kind)), central(1.0e-3 * _reach(kind))
    slope, curve = (4.0 * fine - coarse) / 3.0, (4.0 * narrow - wide) / 3.0
    return {
        "gradient": abs(slope - float(np.sum(gradient * direction))) / float(np.linalg.norm(gradient)),
        "hessian": float(np.linalg.norm(curve - product) / np.linalg.norm(product)),
    }


def _reach(kind: str) -> float:
    # Energies of folded edges change over their own short length.
    return 0.02 if kind == "nearly folded" else 1.0


def _worst_derivatives(n: int, kind: str) -> dict[str, float]:
    rows = [derivative_errors(kind, seed) for seed in range(n)]
    return {name: max(row[name] for row in rows) for name in rows[0]}


def _ap_mm(case: Case, state: Equilibrium) -> float:
    return measure_annulus(carried_annulus(case.annulus, state), minimal_surface=False).ap_mm


def _moved_heart(n: int) -> dict[str, float]:
    """Largest distance [mm] between the moved solution and the solution of the moved heart, and their tensions'."""
    _, model, landing = shipped_model()
    rng = np.random.default_rng(n)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    turn *= np.sign(np.linalg.det(turn))
    shift = rng.normal(0.0, 100.0, 3)
    strip = model.strip
    elsewhere = replace(
        strip,
        annulus=strip.annulus @ turn.T + shift,
        vein=strip.vein @ turn.T + shift,
        inner_wall=strip.inner_wall @ turn.T,
        artery=strip.artery @ turn.T + (shift if len(strip.artery) else 0.0),
        normal=turn @ strip.normal,
    )
    here = Cinch.by_plication(model, landing, RIBBON_MM).locked.checked()
    there = Cinch.by_plication(replace(model, strip=elsewhere), landing, RIBBON_MM).locked.checked()
    apart = there.positions - (here.positions @ turn.T + shift)
    return {"position": float(np.abs(apart).max()), "tension": abs(there.tension_n - here.tension_n)}


def _there_and_back(n: int) -> dict[str, float]:
    """Largest distance [mm] from the start after cinching in n steps, and back to a slack ribbon."""
    _, model, landing = shipped_model()
    path = model.slack_free_path(landing)
    lengths = path - PLICATION_MM * np.append(np.linspace(0.0, 1.0, n), np.linspace(1.0, 0.0, n))
    lengths[-1] += 0.1
    start: FloatArray | None = None
    middle = model.lock(landing, path - PLICATION_MM).checked()
    along = 0.0
    for i, length in enumerate(lengths):
        state = model.lock(landing, float(length), start=start).checked()
        start = state.positions
        if i == n:
            along = float(np.abs(state.positions - middle.positions).max())
    unloaded = model.lock(landing, path + 0.1).checked()
    return {
        "start": float(np.abs(state.positions - unloaded.positions).max()),
        "cinched": along,
    }


def _stiffness_scale(n: int) -> dict[str, float]:
    """AP and tension over scale after locking, all stiffnesses scaled by n, over those unscaled."""
    case, model, landing = shipped_model()
    harder = replace(
        model.parameters,
        human_stiffness_factor=n * model.parameters.human_stiffness_factor,
        ribbon_axial_n_per_mm=n * model.parameters.ribbon_axial_n_per_mm,
        ribbon_bending_nmm2=n * model.parameters.ribbon_bending_nmm2,
        artery_axial_n=n * model.parameters.artery_axial_n,
        artery_bending_nmm2=n * model.parameters.artery_bending_nmm2,
        artery_bed_kpa=n * model.parameters.artery_bed_kpa,
        artery_pressure_mmhg=n * model.parameters.artery_pressure_mmhg,
    )
    one = Cinch.by_plication(model, landing, RIBBON_MM).locked.checked()
    two = Cinch.by_plication(replace(model, parameters=harder), landing, RIBBON_MM).locked.checked()
    return {"AP": _ap_mm(case, two) / _ap_mm(case, one), "tension": two.tension_n / (n * one.tension_n)}


def model_cases() -> tuple[VerificationCase, ...]:
    """Cases of the shipped heart."""
    derivatives = tuple(
        VerificationCase(
            f"derivatives-{kind.replace(' ', '-')}",
            f"gradient and Hessian of the shipped heart against central differences, {kind} states",
            "mechanics-notes",
            {"gradient": 0.0, "hessian": 0.0},
            lambda n, kind=kind: _worst_derivatives(n, kind),
            (5,),
            1.0e-7,
            scale=1.0,
            note="the refinement is the number of random states",
        )
        for kind in STATES
    )
    return (
        *derivatives,
        VerificationCase(
            "moved-heart",
            "turned and shifted heart: the solution moves with it (mm, N)",
            "mechanics-notes",
            {"position": 0.0, "tension": 0.0},
            _moved_heart,
            (1,),
            1.0e-6,
            scale=1.0,
        ),
        VerificationCase(
            "there-and-back",
            "cinched in steps and let go: back at the start, no hysteresis (mm)",
            "mechanics-notes",
            {"start": 0.0, "cinched": 0.0},
            _there_and_back,
            (10,),
            1.0e-6,
            scale=1.0,
        ),
        VerificationCase(
            "stiffness-scale",
            "all stiffnesses doubled: the same AP at twice the tension",
            "cinch-prototype",
            {"AP": 1.0, "tension": 1.0},
            _stiffness_scale,
            (2,),
            1.0e-8,
        ),
    )
