"""Fit of a valve to its baseline echo: slack of the chordae and place of the papillary tips, as an ensemble.

One orifice and one tenting height do not determine nine numbers. So the fit keeps many combinations that match, each as
likely as prior and measurement say, and a prediction runs over all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from annulus._arrays import locked
from annulus._typing import ArrayLike, FloatArray
from annulus.anatomy import Case
from annulus.anatomy.valve import CHORDAE_GROUPS, Valve, valve_of_case
from annulus.errors import InputError
from annulus.mechanics.valve import FastClosure, close_valve, fast_closure, fast_closure_error
from annulus.outcomes._beat import Beat, beat_of_case
from annulus.outcomes._closure_measures import closure_measures
from annulus.outcomes._fit_search import Found, importance_search
from annulus.outcomes._orifice import anatomic_orifice
from annulus.outcomes._regurgitation import CONTRACTION, anatomic_orifice_mm2, regurgitant_volume_ml
from annulus.sources import Assumption, Distribution, Parameter

__all__ = ["FIT_PRIORS", "ValveFit", "ValveMember", "chordae_and_tips", "fit_valve"]


def _prior(name: str, spread: float, why: str) -> Parameter:
    return Parameter(name, 0.0, "mm", Distribution.NORMAL, spread, source="assumed", why=why)


FIT_PRIORS = (
    _prior("marginal_slack_mm", 1.5, "added to the slack lengths of the chordae to the free edge"),
    _prior("basal_slack_mm", 1.5, "added to those of the basal chordae"),
    _prior("strut_slack_mm", 1.5, "added to those of the strut chordae"),
    *(
        _prior(f"{side}_{way}_mm", 3.0, "displacement of a papillary tip: images show it to some millimetres only")
        for side in ("al", "pm")
        for way in ("outwards", "posterior", "apical")
    ),
)
"""What is fitted, before the echo is known; nobody has measured these spreads."""

_SPREADS = np.array([item.spread for item in FIT_PRIORS])

_POLISHES = 2
"""How often full closures correct the fast one."""

_FEW = 5
"""From this many full closures on their scatter replaces the fast closure's error in general."""

_ORIFICE_SHARE, _ORIFICE_MM2 = 0.2, 3.0
_TENTING_MM = 1.0
"""Errors of measurement (standard deviation): orifice 20 % or 3 mm2, tenting height 1 mm; assumed."""


@dataclass(frozen=True, slots=True)
class ValveMember:
    """One combination that matches the baseline: what to add to slack lengths and tips, for the full closure too."""

    slack_mm: tuple[float, float, float]
    tips: FloatArray
    chordae_length_mm: FloatArray

    def valve(self, valve: Valve) -> Valve:
        """The valve with this member's chordae; its tips go to `close_valve` as ``tips=``."""
        return replace(valve, chordae=valve.chordae.with_lengths(self.chordae_length_mm))


@dataclass(frozen=True, eq=False)
class ValveFit:
    """Combinations of slack and tips that match a baseline echo, equally likely.

    Parameters
    ----------
    valve, pressure_mmhg
        What was fitted, and under which pressure.
    names
        Fitted numbers, as in `FIT_PRIORS`.
    members
        Values, shape (m, n) [mm].
    targets
        Measured values by key of the closure's measures, and `error`, their standard deviations with that of the model.
    baseline
        What each member gives for each target, shape (m,).
    offset
        Added to the fast closure's values: mean of full minus fast closure over some members; 0 without `polish`.
    reached
        Every target is met by some drawn combination within one standard deviation.
    effective_size
        Effective number of independent draws behind the members.
    sentence
        How well the baseline was matched.
    assumptions
        What the fit rests on.
    closest
        Of the members closed fully the one nearest to the targets; None without `polish`.
    """

    valve: Valve
    pressure_mmhg: float
    names: tuple[str, ...]
    members: FloatArray
    targets: Mapping[str, float]
    error: Mapping[str, float]
    baseline: Mapping[str, FloatArray]
    offset: Mapping[str, float]
    reached: bool
    effective_size: float
    sentence: str
    assumptions: tuple[Assumption, ...]
    closest: int | None = None

    def residual(self) -> Mapping[str, float]:
        """Mean of the members minus target, by target."""
        return MappingProxyType({key: float(self.baseline[key].mean()) - want for key, want in self.targets.items()})

    def member(self, number: int) -> ValveMember:
        """One member, for `close_valve`."""
        theta = self.members[number]
        lengths, tips = chordae_and_tips(self.valve, theta)
        return ValveMember((float(theta[0]), float(theta[1]), float(theta[2])), locked(tips), locked(lengths))

    def predict(
        self, *, hinge: ArrayLike | None = None, tips_moved: ArrayLike | None = None, pressure_mmhg: float | None = None
    ) -> Mapping[str, FloatArray]:
        """Measures of every member after a therapy, shape (m,) each.

        Parameters
        ----------
        hinge
            Where the hinge ends [mm], shape (k, 3).
        tips_moved
            Displacement that the therapy gives the tips [mm], shape (2, 3), on top of the member's own.
        pressure_mmhg
            Another pressure than at baseline.
        """
        pressure = self.pressure_mmhg if pressure_mmhg is None else pressure_mmhg
        shift = np.zeros((2, 3)) if tips_moved is None else np.asarray(tips_moved, dtype=np.float64)
        rows = []
        for theta in self.members:
            lengths, tips = chordae_and_tips(self.valve, theta)
            closed = fast_closure(
                self.valve, pressure_mmhg=pressure, hinge=hinge, tips=tips + shift, chordae_length_mm=lengths
            )
            rows.append(closed.measures)
        table = {key: np.array([row[key] for row in rows]) for key in rows[0]}
        for key, value in self.offset.items():
            moved = table[key] + value
            table[key] = np.maximum(moved, 0.0) if key == "roa_mm2" else moved
        return MappingProxyType({key: locked(values) for key, values in table.items()})


def fit_valve(
    case: Case,
    *,
    beat: Beat | None = None,
    n_members: int = 100,
    polish: int = 0,
    seed: int = 0,
    contraction: float = CONTRACTION.value,
    n_columns: int = 48,
    n_rows: int = 6,
) -> ValveFit:
    """Fit slack and tips of a case's valve to its baseline echo.

    The search is by importance sampling in rounds with the fast closure. With `polish` that many members are closed
    fully after it; the mean difference becomes an offset of the fast closure, and the search is made again. That is
    done twice, for the difference depends on where one looks; at last as many of the final members are closed fully,
    and the one nearest to the baseline is `closest`.

    Parameters
    ----------
    case
        With ``echo.eroa_mm2`` or ``echo.regurgitant_volume_ml``, or ``echo.tenting_height_mm``, or several.
    beat
        Pressure and time; None for those of `beat_of_case`.
    n_members
        Members kept.
    polish
        Members closed fully, 0 for none.
    seed
        Of the draws.
    contraction
        EROA over anatomic orifice [1].
    n_columns, n_rows
        Mesh of the valve. The orifice shrinks with the mesh: take the one that is closed fully afterwards.

    Raises
    ------
    InputError
        The case has none of these values, or no valve can be made of it.
    """
    valve, lines = valve_of_case(case, n_columns=n_columns, n_rows=n_rows)
    if beat is None:
        beat, line = beat_of_case(case)
        lines = (*lines, *line)
    pressure_mmhg = beat.gradient_mmhg
    targets, measured = _targets(case, beat, contraction)
    error = {key: float(np.hypot(value, fast_closure_error(key, targets[key]))) for key, value in measured.items()}
    why = "error of measurement (orifice 20 % or 3 mm2, tenting 1 mm: assumed) and of the fast closure, in quadrature"
    more = [Assumption(f"fit_error.{key}", value, "", why, "assumed") for key, value in error.items()]
    more += [item.to_assumption() for item in FIT_PRIORS]
    generator = np.random.default_rng(seed)
    count = 0

    def close(theta: FloatArray) -> FastClosure:
        lengths, tips = chordae_and_tips(valve, theta)
        return fast_closure(valve, pressure_mmhg=pressure_mmhg, tips=tips, chordae_length_mm=lengths)

    def search(error: Mapping[str, float], offset: Mapping[str, float]) -> Found:
        return importance_search(close, _SPREADS, targets, error, offset, n_members=n_members, generator=generator)

    offset = dict.fromkeys(targets, 0.0)
    found = search(error, offset)
    tried: list[tuple[FloatArray, FloatArray]] = []

    def close_fully() -> FloatArray:
        rows = _closed(valve, pressure_mmhg, found.members[:polish], targets)
        tried.extend(zip(found.members[:polish], rows, strict=True))
        return rows

    for _ in range(_POLISHES if polish > 0 else 0):
        fast = found.values[:polish] - np.array([offset[key] for key in targets])
        offset, scatter, count = _offset(close_fully() - fast, targets)
        if count >= _FEW:
            error = {key: float(np.hypot(measured[key], scatter[key])) for key in targets}
        found = search(error, offset)
    members, values, closest = found.members, found.values, None
    if polish > 0:
        why = f"mean of full minus fast closure over {count} members, added to the fast closure"
        more += [Assumption(f"fit_offset.{key}", value, "", why, "rule") for key, value in offset.items()]
        n = len(close_fully())
        want, sd = (np.array([each[key] for key in targets]) for each in (targets, measured))
        misfit = np.array([(((row - want) / sd) ** 2).sum() for _, row in tried])
        if np.isfinite(misfit).any():
            # One of an earlier search takes the place of one of the last; one of the last is there already.
            best = int(np.nanargmin(misfit))
            closest = best % n
            members, values = members.copy(), values.copy()
            members[closest] = tried[best][0]
            told = close(members[closest]).measures
            shifted = {key: told[key] + offset[key] for key in targets}
            values[closest] = [max(value, 0.0) if key == "roa_mm2" else value for key, value in shifted.items()]
    baseline = {key: locked(np.ascontiguousarray(values[:, k])) for k, key in enumerate(targets)}
    return ValveFit(
        valve=valve,
        pressure_mmhg=pressure_mmhg,
        names=tuple(item.name for item in FIT_PRIORS),
        members=locked(members),
        targets=MappingProxyType(targets),
        error=MappingProxyType(error),
        baseline=MappingProxyType(baseline),
        offset=MappingProxyType(offset),
        reached=found.reached,
        effective_size=found.effective_size,
        sentence=_sentence(found, targets, error),
        closest=closest,
        assumptions=(*lines, *more),
    )


def chordae_and_tips(valve: Valve, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Slack lengths (c,) and tips (2, 3) of a valve under a combination, in the order of `FIT_PRIORS` [mm]."""
    lengths = np.maximum(valve.chordae.length_mm + theta[valve.chordae.group], 1.0)
    local = valve.frame.to_local(valve.tips)
    moves = theta[len(CHORDAE_GROUPS) :].reshape(2, 3) * np.column_stack(
        [np.sign(local[:, 0]), np.full(2, -1.0), np.full(2, -1.0)]
    )
    return lengths, valve.tips + valve.frame.vectors_to_world(moves)


def _targets(case: Case, beat: Beat, contraction: float) -> tuple[dict[str, float], dict[str, float]]:
    echo = case.echo
    targets: dict[str, float] = {}
    eroa = echo.eroa_mm2
    if eroa is None and echo.regurgitant_volume_ml is not None:
        gradient = [beat.gradient_mmhg, beat.gradient_mmhg]
        eroa = echo.regurgitant_volume_ml / regurgitant_volume_ml(1.0, [0.0, beat.systole_s], gradient)
    error: dict[str, float] = {}
    if eroa is not None:
        targets["roa_mm2"] = anatomic_orifice_mm2(eroa, contraction=contraction)
        error["roa_mm2"] = max(_ORIFICE_SHARE * targets["roa_mm2"], _ORIFICE_MM2)
    if echo.tenting_height_mm is not None:
        targets["a2p2_coaptation_depth_mm"] = echo.tenting_height_mm
        error["a2p2_coaptation_depth_mm"] = _TENTING_MM
    if not targets:
        raise InputError(
            "a fit needs baseline echo: give echo.eroa_mm2 or echo.regurgitant_volume_ml, or echo.tenting_height_mm."
        )
    return targets, error


def _closed(valve: Valve, pressure: float, members: FloatArray, targets: Mapping[str, float]) -> FloatArray:
    """Targets' measures by the full closure, a row for each member; NaN where it did not come to rest."""
    rows = np.full((len(members), len(targets)), np.nan)
    for row, theta in zip(rows, members, strict=True):
        lengths, tips = chordae_and_tips(valve, theta)
        own = replace(valve, chordae=valve.chordae.with_lengths(lengths))
        closed = close_valve(own, pressure_mmhg=pressure, tips=tips)
        if closed.converged:
            measures = closure_measures(own, closed.points)
            measures["roa_mm2"] = anatomic_orifice(own, closed.points).area_mm2
            row[:] = [measures[key] for key in targets]
    return rows


def _offset(difference: FloatArray, targets: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float], int]:
    """Full minus fast closure (m, k): mean, what scatters about it, and how many members have one."""
    rows = difference[np.isfinite(difference).all(axis=1)]
    if len(rows) == 0:
        return dict.fromkeys(targets, 0.0), dict.fromkeys(targets, 0.0), 0
    scatter = np.std(rows, axis=0) * (1.0 + 1.0 / len(rows)) ** 0.5
    return (
        dict(zip(targets, np.mean(rows, axis=0).tolist(), strict=True)),
        dict(zip(targets, scatter.tolist(), strict=True)),
        len(rows),
    )


_WORDS = MappingProxyType(
    {"roa_mm2": ("orifice", "mm2"), "a2p2_coaptation_depth_mm": ("coaptation depth below the hinge line", "mm")}
)


def _sentence(found: Found, targets: Mapping[str, float], error: Mapping[str, float]) -> str:
    parts = []
    for k, (key, want) in enumerate(targets.items()):
        name, unit = _WORDS[key]
        if found.reached:
            own = found.values[:, k]
            parts.append(f"{name} {own.mean():.1f} ± {own.std():.1f} {unit} for {want:.1f} ± {error[key]:.1f}")
        else:
            parts.append(
                f"{name} {want:.1f} ± {error[key]:.1f} {unit}, the nearest combination gives {found.nearest[k]:.1f} "
                f"and all of them {found.low[k]:.1f} to {found.high[k]:.1f}"
            )
    if found.reached:
        return "baseline matched: " + "; ".join(parts) + "."
    return "baseline not reached within the priors of slack and tips: " + "; ".join(parts) + "."
