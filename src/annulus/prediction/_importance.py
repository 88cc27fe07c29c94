"""Which of the uncertain numbers matter: exact derivatives for a first look, Sobol indices for the whole.

First-order index: share of a prediction's variance that would go if this number alone were known. Total index: share
that would stay if all others were known; the two differ by what the number does together with others. Estimated on a
Sobol sequence by Saltelli's first-order and Jansen's total estimator [saltelli2010, jansen1999], as SALib has them
[herman-usher2017]. Stiffnesses enter with the centre and spread of the calibration's posterior, one by one: their
mutual correlations, at most 0.26 (of the logarithms), are left out here and only here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from types import MappingProxyType

import numpy as np
from scipy.special import ndtri

from annulus._typing import FloatArray
from annulus.errors import AnnulusError, DependencyError, InputError, SolveError
from annulus.mechanics.network import CINCH_PRIORS, Cinch, CinchParameters, Landing, calibration, sensitivities
from annulus.prediction._predict import Prediction
from annulus.prediction._priors import COMPRESSION_PRIORS, GEOMETRY_PRIORS, SEEDED, VALVE_FIELD, Priors
from annulus.prediction._worlds import Question, in_processes
from annulus.sources import Distribution, Parameter

__all__ = ["OUTPUTS", "Importance", "Share", "cinch_of", "first_look", "importance", "input_groups"]

OUTPUTS = (
    "annulus.change_percent.ap_mm",
    "annulus.change_percent.area_2d_mm2",
    "therapy.locked_tension_n",
    "therapy.plication_mm",
    "circumflex.min_gap_after_mm",
    "circumflex.diameter_stenosis_percent",
    "coaptation.after.tent.coapt_height_mm",
    "regurgitation.after.eroa_mm2",
)
"""Predictions whose variance is shared out."""

_MAX_FAILURES = 0.05
_SEED_BITS = 2.0**40
_PARAMETER_OF_SITE = MappingProxyType({"distal_slip_mm": "distal_s_mm", "proximal_slip_mm": "proximal_s_mm"})


@dataclass(frozen=True, slots=True)
class Share:
    """First-order and total index of one number, each with the half-width of its 95 % bootstrap interval."""

    name: str
    first_order: float
    first_order_error: float
    total: float
    total_error: float


@dataclass(frozen=True, eq=False)
class Importance:
    """Sobol indices.

    Parameters
    ----------
    shares
        Prediction (key of the result file) to the shares of all numbers, the largest total first.
    base, n_evaluations, n_failed, seed
        Length of the Sobol sequence; predictions made, and those without equilibrium, which the mean stands in for.
    """

    shares: Mapping[str, tuple[Share, ...]]
    base: int
    n_evaluations: int
    n_failed: int
    seed: int

    def sentence(self, key: str, *, at_least: float = 0.05) -> str:
        """The leading first-order shares in words, such as "46 % strap_vector_n_per_mm, 21 % inner_wall_factor"."""
        rows = sorted(self.shares[key], key=lambda row: -row.first_order)
        told = [f"{100.0 * row.first_order:.0f} % {row.name}" for row in rows if row.first_order >= at_least]
        rest = 1.0 - sum(row.first_order for row in self.shares[key])
        return f"{key}: {', '.join(told)}; {100.0 * max(rest, 0.0):.0f} % several together"

    def to_dict(self) -> dict[str, object]:
        """Object ``importance`` of the result file."""
        return {
            "method": "Sobol indices: Saltelli first order, Jansen total",
            "base": self.base,
            "n_evaluations": self.n_evaluations,
            "n_failed": self.n_failed,
            "seed": self.seed,
            "by_key": {key: [asdict(row) for row in rows] for key, rows in self.shares.items()},
        }


def first_look(prediction: Prediction, *, priors: Priors | None = None) -> dict[str, dict[str, float]]:
    """Standard deviation that each number alone gives a result, by the exact derivatives of the locked state.

    Parameters
    ----------
    prediction
        Of a therapy whose last state is held by a ribbon.
    priors
        Distributions other than the defaults.

    Returns
    -------
    dict
        Result (``ap_mm`` [mm], ``area_mm2`` [mm2], ``tension_n`` [N]) to number to standard deviation, the largest
        first. Errors of contours and vessels have no derivative and are not among them.

    Raises
    ------
    SolveError
        The locked state has no derivatives.
    """
    priors = priors or Priors()
    cinch = cinch_of(prediction)
    derivatives = sensitivities(cinch, prediction.heart.case.annulus).derivatives
    out: dict[str, dict[str, float]] = {}
    for name, slopes in derivatives.items():
        effects = {}
        for row in _rows(priors, None):
            slope = slopes.get(_PARAMETER_OF_SITE.get(row.name, row.name))
            if slope is not None:
                value = getattr(cinch.model.parameters, row.name, row.value)
                effects[row.name] = abs(slope) * _standard_deviation(row, value)
        out[name] = dict(sorted(effects.items(), key=lambda item: -item[1]))
    return out


def cinch_of(prediction: Prediction) -> Cinch:
    """Traction and lock of a prediction as the network's own pair.

    Raises
    ------
    InputError
        Its last two states are not a pulled and a locked ribbon.
    """
    pulled, locked = (prediction.states[0], prediction.after) if len(prediction.states) == 2 else (None, None)
    if pulled is None or locked is None or locked.model is None or locked.ribbon is None:
        raise InputError(f"{prediction.therapy.name} is no ribbon that is pulled and locked.")
    ribbon, equilibria = locked.ribbon, (pulled.equilibrium, locked.equilibrium)
    if ribbon.proximal_s_mm is None or equilibria[0] is None or equilibria[1] is None:
        raise InputError(f"{prediction.therapy.name} is no ribbon that is pulled and locked.")
    landing = Landing(ribbon.distal_s_mm, ribbon.proximal_s_mm)
    path, arc = locked.model.slack_free_path(landing), locked.model.centreline_arc(landing)
    return Cinch(locked.model, landing, ribbon.length_mm, path, arc, equilibria[0], equilibria[1])


def importance(
    question: Question,
    *,
    base: int,
    seed: int = 0,
    priors: Priors | None = None,
    workers: int = 1,
    outputs: Sequence[str] = OUTPUTS,
    groups: Mapping[str, str] | None = None,
) -> Importance:
    """Sobol indices of the answers to a question, from base * (numbers + 2) predictions.

    Parameters
    ----------
    question
        What is asked.
    base, seed
        Length and seed of the Sobol sequence.
    priors
        Distributions other than the defaults.
    workers
        Processes.
    outputs
        Keys of the predictions whose variance is shared out.
    groups
        Number to the name of its group, for indices of groups: base * (groups + 2) predictions. A number without one
        stands alone. None for indices of the numbers.

    Raises
    ------
    InputError
        `base` is no power of two, or below 8.
    DependencyError
        SALib is not installed.
    SolveError
        More than one draw in twenty has no equilibrium.
    """
    if base < 8 or base & (base - 1):
        raise InputError(f"sobol base must be a power of two, at least 8; got {base}: take 64 or 128.")
    try:
        from SALib.analyze import sobol as analysis
        from SALib.sample import sobol as design
    except ImportError as error:
        raise DependencyError("Sobol indices need SALib: pip install 'annulus[uncertainty]'.") from error
    priors = priors or Priors()
    question = question.closing_fast(priors.means(base=question.parameters))
    every = _rows(priors, question.parameters)
    rows = [row for row in every if row.distribution is not Distribution.FIXED and _spread(row) > 0.0]
    fields = [name for name in SEEDED if priors.row(name).spread > 0.0]
    names = [row.name for row in rows] + fields
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    if groups is not None:
        problem["groups"] = [groups.get(name, name) for name in names]
        names = list(dict.fromkeys(problem["groups"]))
    points = design.sample(problem, base, calc_second_order=False, seed=seed)
    worlds = Priors({row.name: row for row in rows if row.name in CINCH_PRIORS} | dict(priors.replaced))
    found = in_processes(
        partial(_predicted, question, worlds, problem["names"], tuple(outputs)), list(points), workers=workers
    )
    table = np.array(found)
    failed = int(np.isnan(table).all(axis=1).sum())
    if failed > _MAX_FAILURES * len(table):
        raise SolveError(
            f"{failed} of {len(table)} draws have no equilibrium: indices would say nothing; plicate less."
        )
    shares = {}
    for key, column in zip(outputs, table.T, strict=True):
        known = np.isfinite(column)
        if known.mean() < 1.0 - _MAX_FAILURES or np.ptp(column[known]) <= 1e-9:
            continue
        filled = np.where(known, column, column[known].mean())
        values = analysis.analyze(problem, filled, calc_second_order=False, seed=seed)
        columns = (values["S1"], values["S1_conf"], values["ST"], values["ST_conf"])
        listed = [Share(name, *(float(part) for part in parts)) for name, *parts in zip(names, *columns, strict=True)]
        shares[key] = tuple(sorted(listed, key=lambda row: -row.total))
    return Importance(MappingProxyType(shares), base, len(table), failed, seed)


def input_groups() -> Mapping[str, str]:
    """Uncertain number to its group: ``tissue`` (stiffnesses; correlated in the calibration's posterior, drawn here one
    by one), ``measurement`` of the geometry, ``leaflets``, ``anchors`` and ribbon in the vein, ``closure``.
    """
    groups = dict.fromkeys(CINCH_PRIORS, "tissue")
    groups |= {name: "artery" for name in CINCH_PRIORS if name.startswith("artery_")}
    groups |= {name: "anchors" for name in CINCH_PRIORS if name.startswith(("ribbon_", "friction_"))}
    groups |= {name: "measurement" for name in GEOMETRY_PRIORS if name.endswith(("_error_mm", "radius_factor"))}
    groups |= dict.fromkeys(("inner_wall_factor", "distal_slip_mm", "proximal_slip_mm"), "anchors")
    # The tent's depth comes last: it is the leaflets', not the contour's.
    leaflets = ("leaflet_length_factor", "tenting_height_error_mm", VALVE_FIELD)
    return MappingProxyType(groups | dict.fromkeys(leaflets, "leaflets") | {"fast_closure_error": "closure"})


def _rows(priors: Priors, base: CinchParameters | None) -> list[Parameter]:
    """The scalar distributions; stiffnesses with centre and spread of the posterior unless the user replaced them.

    `base` moves the centres as the user's own stiffnesses lie to the calibrated ones.
    """
    default = CinchParameters()
    posterior = calibration()
    drawn = dict(zip(posterior.names, posterior.draws.T, strict=True))
    rows = []
    for name, row in CINCH_PRIORS.items():
        if name in drawn and name not in priors.replaced:
            is_normal = row.distribution is Distribution.NORMAL
            values = drawn[name] if is_normal else np.log(drawn[name])
            mean, spread = float(values.mean()), float(values.std(ddof=1))
            row = replace(row, value=mean if is_normal else float(np.exp(mean)), spread=spread)
        if base is not None:
            row = replace(row, value=row.value * getattr(base, name) / getattr(default, name))
        rows.append(priors.replaced.get(name, row))
    skipped = {*SEEDED, "trigone_error_mm"}
    return rows + [priors.row(name) for name in (*GEOMETRY_PRIORS, *COMPRESSION_PRIORS) if name not in skipped]


def _spread(row: Parameter) -> float:
    uniform = row.distribution in (Distribution.UNIFORM, Distribution.LOGUNIFORM)
    return row.bounds[1] - row.bounds[0] if uniform else row.spread


def _standard_deviation(row: Parameter, value: float) -> float:
    """Of the number about `value`, to first order in the spread."""
    low, high = row.bounds
    return {
        Distribution.FIXED: 0.0,
        Distribution.NORMAL: row.spread,
        Distribution.LOGNORMAL: row.spread * abs(value),
        Distribution.UNIFORM: (high - low) / 12.0**0.5,
        Distribution.LOGUNIFORM: abs(value) * float(np.log(high / low)) / 12.0**0.5 if low > 0.0 else 0.0,
    }[row.distribution]


def _predicted(
    question: Question, priors: Priors, names: Sequence[str], outputs: Sequence[str], point: FloatArray
) -> list[float]:
    shares = dict(zip(names, np.clip(point, 1e-12, 1.0 - 1e-12).tolist(), strict=True))
    seeds = {name: int(share * _SEED_BITS) for name, share in shares.items() if name in SEEDED}
    scores = {name: float(ndtri(share)) for name, share in shares.items() if name not in SEEDED}
    try:
        numbers = question.numbers(priors.world(scores, seeds))
    except AnnulusError:
        return [float("nan")] * len(outputs)
    return [numbers.get(key, float("nan")) for key in outputs]
