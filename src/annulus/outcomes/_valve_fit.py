"""Fit of a valve to its baseline echo: chordae, papillary tips and leaflet heights, as an ensemble.

One orifice and one depth do not determine ten numbers. So the fit keeps many combinations that match, each as likely as
prior and measurement say, and a prediction runs over all of them. One member, the closest, is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

import numpy as np

from annulus._arrays import locked
from annulus._typing import ArrayLike, FloatArray
from annulus.anatomy import Case
from annulus.anatomy.valve import Valve, valve_of_case
from annulus.errors import InputError
from annulus.mechanics.valve import close_valve, fast_closure_error
from annulus.outcomes._beat import Beat, beat_of_case
from annulus.outcomes._closure_measures import closure_measures
from annulus.outcomes._fit_search import Found, importance_search
from annulus.outcomes._orifice import anatomic_orifice
from annulus.outcomes._regurgitation import CONTRACTION, anatomic_orifice_mm2, regurgitant_volume_ml
from annulus.outcomes._valve_member import FIT_PRIORS, FIT_SPREADS, ValveMember, valve_member
from annulus.sources import Assumption

__all__ = ["ValveFit", "fit_valve"]

_POLISHES = 2
"""How often full closures correct the fast one."""

_FEW = 5
"""From this many full closures on their scatter replaces the fast closure's error in general."""

_ORIFICE_SHARE, _ORIFICE_MM2 = 0.2, 3.0
_TENTING_MM = 1.0
"""Errors of measurement (standard deviation): orifice 20 % or 3 mm2, coaptation depth 1 mm; assumed."""

_MENDS, _NEAR, _NEAR_DRAWS = 6, 0.5, 300
"""Steps by full closures from the closest member to the targets; each looks this far about it (share of the priors)."""

_CLOSE = 0.5
"""Such steps end within this share of the errors of measurement."""

_TIGHT = 0.25
"""Share of the errors of measurement that counts as much as one standard deviation of a prior where one is chosen."""


@dataclass(frozen=True, eq=False)
class ValveFit:
    """Combinations of `FIT_PRIORS` that match a baseline echo, equally likely.

    Parameters
    ----------
    valve, pressure_mmhg
        What was fitted, and under which pressure.
    names
        Fitted numbers, as in `FIT_PRIORS`.
    members
        Values, shape (m, n), in the units of `FIT_PRIORS`.
    targets
        Measured values by key of the closure's measures.
    measured, error
        Their standard deviations: of the measurement alone, and with that of the model.
    baseline
        What each member gives for each target, shape (m,).
    offset
        Added to the fast closure's values: mean of full minus fast closure over some members; 0 without `polish`.
    effective_size
        Effective number of independent draws behind the members.
    closest
        Number of the member that is nearest to all targets together: by full closures with `polish`.
    closed
        What it gives for each target, likewise.
    span
        Least and greatest value of each target over all that was tried.
    contraction
        EROA over anatomic orifice [1].
    assumptions
        What the fit rests on.
    """

    valve: Valve
    pressure_mmhg: float
    names: tuple[str, ...]
    members: FloatArray
    targets: Mapping[str, float]
    measured: Mapping[str, float]
    error: Mapping[str, float]
    baseline: Mapping[str, FloatArray]
    offset: Mapping[str, float]
    effective_size: float
    closest: int
    closed: Mapping[str, float]
    span: Mapping[str, tuple[float, float]]
    contraction: float
    assumptions: tuple[Assumption, ...]

    def __reduce__(self) -> tuple[type[ValveFit], tuple[object, ...]]:
        # Read-only maps do not travel to another process.
        values = (getattr(self, item.name) for item in fields(self))
        return type(self), tuple(dict(value) if isinstance(value, MappingProxyType) else value for value in values)

    @property
    def reached(self) -> bool:
        """The closest member meets every target within its error of measurement."""
        return not self.missed(self.closed)

    @property
    def sentence(self) -> str:
        """How well the closest member matches the baseline, and in what it misses it."""
        return self.missed(self.closed) or self._matched()

    def missed(self, closed: Mapping[str, float]) -> str:
        """Which targets a closed valve misses by more than the error of measurement, a sentence; empty for none.

        Parameters
        ----------
        closed
            Its measures.
        """
        parts = []
        for key, want in self.targets.items():
            got, sd = closed.get(key, np.nan), self.measured[key]
            if not abs(got - want) <= sd:
                name, unit, scale = self._words(key)
                low, high = (scale * end for end in self.span[key])
                has = f"{scale * got:.1f} {unit}" if np.isfinite(got) else "unknown"
                parts.append(
                    f"{name} {has} where the echo says {scale * want:.1f} ± {scale * sd:.1f} (all "
                    f"valves tried within the priors: {low:.1f} to {high:.1f})"
                )
        return f"baseline missed: the closed valve has {' and '.join(parts)}." if parts else ""

    def _matched(self) -> str:
        parts = []
        for key, want in self.targets.items():
            (name, unit, scale), own = self._words(key), self.baseline[key]
            parts.append(
                f"{name} {scale * self.closed[key]:.1f} {unit} for {scale * want:.1f} ± "
                f"{scale * self.measured[key]:.1f} (all members {scale * own.mean():.1f} ± {scale * own.std():.1f})"
            )
        return f"baseline matched by the closed valve: {'; '.join(parts)}."

    def _words(self, key: str) -> tuple[str, str, float]:
        """Name and unit of a target as the echo gives it, and that over the model's measure."""
        return ("EROA", "mm2", self.contraction) if key == "roa_mm2" else ("coaptation depth A2-P2", "mm", 1.0)

    def residual(self) -> Mapping[str, float]:
        """Mean of the members minus target, by target."""
        return MappingProxyType({key: float(self.baseline[key].mean()) - want for key, want in self.targets.items()})

    def member(self, number: int) -> ValveMember:
        """One member, to be closed."""
        return valve_member(self.valve, self.members[number])

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
        shift = 0.0 if tips_moved is None else tips_moved
        members = (valve_member(self.valve, theta) for theta in self.members)
        rows = [item.closed_fast(self.valve, pressure, hinge=hinge, tips_moved=shift).measures for item in members]
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
    """Fit chordae, tips and leaflet heights of a case's valve to its baseline echo.

    The search is by importance sampling in rounds with the fast closure. With `polish` that many members are closed
    fully after it; the mean difference becomes an offset of the fast closure, and the search is made again. That is
    done twice, for the difference depends on where one looks; at last as many of the final members are closed fully.
    `closest` is the one nearest to all targets together, of those closed fully where some are. Where it is not within
    half an error of measurement, up to six steps go on from it, each by a full closure.

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
    why = "error of measurement (orifice 20 % or 3 mm2, depth 1 mm: assumed) and of the fast closure, in quadrature"
    more = [Assumption(f"fit_error.{key}", value, "", why, "assumed") for key, value in error.items()]
    more += [item.to_assumption() for item in FIT_PRIORS]
    generator = np.random.default_rng(seed)
    want, sd = (np.array([each[key] for key in targets]) for each in (targets, measured))
    goal = _Goal(valve, pressure_mmhg, want, sd, tuple(targets))
    offset = dict.fromkeys(targets, 0.0)

    def search() -> Found:
        return importance_search(
            goal.fast, FIT_SPREADS, targets, error, offset, n_members=n_members, generator=generator
        )

    found = search()
    tried, given = found.draws, found.draw_values
    span = given
    if polish > 0:
        tried, given, count = np.empty((0, len(FIT_PRIORS))), np.empty((0, len(targets))), 0
        for last in [False] * _POLISHES + [True]:
            rows = np.array([goal.full(theta) for theta in found.members[:polish]])
            tried, given = np.vstack([tried, found.members[:polish]]), np.vstack([given, rows])
            if not last:
                shift = np.array([offset[key] for key in targets])
                offset, scatter, count = _offset(rows - (found.values[:polish] - shift), targets)
                if count >= _FEW:
                    error = {key: float(np.hypot(measured[key], scatter[key])) for key in targets}
                found = search()
        tried, given = _mended(goal, tried, given, generator)
        span = np.vstack([given, found.draw_values])
        why = f"mean of full minus fast closure over {count} members, added to the fast closure"
        more += [Assumption(f"fit_offset.{key}", value, "", why, "rule") for key, value in offset.items()]
    best = goal.best(tried, given)
    members, values = found.members.copy(), found.values.copy()
    # Where the closest is no member it takes the place of one.
    closest = int((members == tried[best]).all(axis=1).argmax())
    members[closest] = tried[best]
    told = goal.fast(tried[best]) + np.array([offset[key] for key in targets])
    values[closest] = [max(value, 0.0) if key == "roa_mm2" else value for key, value in zip(targets, told, strict=True)]
    ends = zip(np.nanmin(span, axis=0).tolist(), np.nanmax(span, axis=0).tolist(), strict=True)
    return ValveFit(
        valve=valve,
        pressure_mmhg=pressure_mmhg,
        names=tuple(item.name for item in FIT_PRIORS),
        members=locked(members),
        targets=MappingProxyType(targets),
        measured=MappingProxyType(measured),
        error=MappingProxyType(error),
        baseline=MappingProxyType({key: locked(np.ascontiguousarray(values[:, k])) for k, key in enumerate(targets)}),
        offset=MappingProxyType(offset),
        effective_size=found.effective_size,
        closest=closest,
        closed=MappingProxyType(dict(zip(targets, given[best].tolist(), strict=True))),
        span=MappingProxyType(dict(zip(targets, ends, strict=True))),
        contraction=contraction,
        assumptions=(*lines, *more),
    )


@dataclass(frozen=True, eq=False)
class _Goal:
    """What combinations (n,) of a valve give for the targets `keys`, and how far off `want` that is, shape (k,)."""

    valve: Valve
    pressure_mmhg: float
    want: FloatArray
    sd: FloatArray
    keys: tuple[str, ...]

    def fast(self, theta: FloatArray) -> FloatArray:
        measures = valve_member(self.valve, theta).closed_fast(self.valve, self.pressure_mmhg).measures
        return np.array([measures[key] for key in self.keys])

    def full(self, theta: FloatArray) -> FloatArray:
        """By the full closure; NaN where it did not come to rest."""
        member = valve_member(self.valve, theta)
        own = member.valve(self.valve)
        closed = close_valve(own, pressure_mmhg=self.pressure_mmhg, tips=member.tips)
        if not closed.converged:
            return np.full(len(self.keys), np.nan)
        measures = closure_measures(own, closed.points)
        measures["roa_mm2"] = anatomic_orifice(own, closed.points).area_mm2
        return np.array([measures[key] for key in self.keys])

    def miss(self, values: FloatArray) -> FloatArray:
        """Of each row (m, k) by how many errors of measurement the worst target is off, shape (m,); NaN is infinite."""
        return np.nan_to_num(np.abs(values - self.want) / self.sd, nan=np.inf).max(axis=1)

    def best(self, theta: FloatArray, values: FloatArray) -> int:
        """Number of the combination (m, n) that meets all targets best, of near equals the most plausible one."""
        miss = self.miss(values)
        cost = (miss / _TIGHT) ** 2 + ((theta / FIT_SPREADS) ** 2).sum(axis=1)
        return int(np.where(miss <= max(1.0, miss.min()), cost, np.inf).argmin())


def _mended(
    goal: _Goal, tried: FloatArray, given: FloatArray, generator: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """What was closed fully (m, n), (m, k), and what steps from the best of them towards the targets add to it.

    The fast closure, shifted to agree with the full one at the best, says where to go.
    """
    for _ in range(_MENDS):
        best = goal.best(tried, given)
        if not _CLOSE < goal.miss(given)[best] < np.inf:
            break
        near = tried[best] + _NEAR * FIT_SPREADS * generator.normal(size=(_NEAR_DRAWS, len(FIT_SPREADS)))
        told = np.array([goal.fast(theta) for theta in near]) + given[best] - goal.fast(tried[best])
        step = near[goal.best(near, told)]
        tried, given = np.vstack([tried, step]), np.vstack([given, goal.full(step)])
    return tried, given


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
