"""What a prediction rests on besides the case: every uncertain number as a named distribution, in one place.

Stiffnesses, the ostium's support and friction come from the joint posterior of the calibration, ribbon and artery from
`CINCH_PRIORS`, errors of measurement and of implantation from `GEOMETRY_PRIORS`, what is not known of anchors and of
arteries under load from `COMPRESSION_PRIORS`. A user may replace any of them.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType

import numpy as np
from scipy.special import ndtr

from annulus.anatomy import MeasurementError
from annulus.errors import InputError
from annulus.mechanics.network import CINCH_PRIORS, CinchParameters, calibration
from annulus.prediction._prior_rows import COMPRESSION_PRIORS, GEOMETRY_PRIORS
from annulus.prediction._world import World
from annulus.sources import Assumption, Distribution, Parameter

__all__ = [
    "COMPRESSION_PRIORS",
    "ERROR_FIELDS",
    "GEOMETRY_PRIORS",
    "NOT_MODELLED",
    "SEEDED",
    "Priors",
    "checked_prior",
    "describe",
]

_NORMAL, _LOGNORMAL, _UNIFORM = Distribution.NORMAL, Distribution.LOGNORMAL, Distribution.UNIFORM

ERROR_FIELDS = ("annulus_contour_error_mm", "landmark_error_mm", "vein_axis_error_mm", "artery_axis_error_mm")
"""Errors that are whole fields or sets of shifts: their `spread` is used, a seed each gives the realisation.
``trigone_error_mm`` shares the seed of the landmarks."""

VALVE_FIELD = "valve_scatter"
"""As these for the valve: its `spread` is used, a seed gives slack and tips."""

SEEDED = (*ERROR_FIELDS, VALVE_FIELD)
"""All numbers that a seed stands for."""

_BAND = ("artery_wall_mmhg", "artery_load_factor")
"""What a point prediction integrates over, besides ``artery_load_share``."""

_MEASURED = ("vein_radius_factor", "artery_radius_factor")
_SEEDED = (*ERROR_FIELDS, "trigone_error_mm")

NOT_MODELLED = (
    Assumption(
        "annulus_prestress_n",
        "not modelled",
        "N",
        "the annulus is taken as free of prestress; the prototype saw AP change by several percentage points with it, "
        "and no datum gives its size, so no interval holds it",
        "cinch-prototype",
    ),
)
"""What may matter and is in no interval."""


@dataclass(frozen=True, eq=False)
class Priors:
    """All distributions; `replaced` holds those that the user gave, by name.

    Raises
    ------
    InputError
        An unknown name (the nearest one is suggested), or a distribution that contradicts itself.
    """

    replaced: Mapping[str, Parameter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = {**CINCH_PRIORS, **GEOMETRY_PRIORS, **COMPRESSION_PRIORS}
        for name, row in self.replaced.items():
            if name not in known:
                close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
                advice = f"did you mean {close[0]!r}?" if close else f"use one of {', '.join(known)}."
                raise InputError(f"unknown prior {name!r}: {advice}")
            checked_prior(row, known[name])
        object.__setattr__(self, "replaced", MappingProxyType(dict(self.replaced)))

    def __reduce__(self) -> tuple[type[Priors], tuple[dict[str, Parameter]]]:
        return type(self), (dict(self.replaced),)

    def row(self, name: str) -> Parameter:
        """The distribution in use under a name."""
        found = self.replaced.get(name) or GEOMETRY_PRIORS.get(name) or COMPRESSION_PRIORS.get(name)
        return found or CINCH_PRIORS[name]

    def means(self, *, base: CinchParameters | None = None) -> World:
        """The world of means, in which the point prediction is made: all at their centres, nothing measured wrong.

        `base` replaces the calibrated stiffnesses; a distribution that the user gave comes before both.
        """
        world = self.world({}, {}, base=base)
        error = world.error
        if error is not None and (error.vein_radius_factor, error.artery_radius_factor) == (1.0, 1.0):
            error = None
        return replace(world, error=error)

    def draw(self, seed: int, index: int, *, base: CinchParameters | None = None) -> World:
        """Draw number `index` of a run: it depends on seed and index only, so devices share it.

        Draws 2 j and 2 j + 1 carry the same measurement error with opposite signs. `base` replaces the calibrated
        stiffnesses: then only what the posterior says relative to its centre varies.
        """
        own = np.random.default_rng([seed, index])
        shared = np.random.default_rng([seed, index // 2, 1])
        sign = 1.0 if index % 2 == 0 else -1.0
        posterior = calibration()
        stiffness = posterior.draws[int(own.integers(len(posterior.draws)))]
        scores = dict(zip(CINCH_PRIORS, own.normal(size=len(CINCH_PRIORS)).tolist(), strict=True))
        scores |= dict(zip(GEOMETRY_PRIORS, own.normal(size=len(GEOMETRY_PRIORS)).tolist(), strict=True))
        pressed = np.random.default_rng([seed, index, 2])
        scores |= dict(zip(COMPRESSION_PRIORS, pressed.normal(size=len(COMPRESSION_PRIORS)).tolist(), strict=True))
        scores |= dict(zip(_MEASURED, (sign * shared.normal(size=len(_MEASURED))).tolist(), strict=True))
        seeds: dict[str, int] = dict(
            zip(ERROR_FIELDS, shared.integers(2**62, size=len(ERROR_FIELDS)).tolist(), strict=True)
        )
        seeds[VALVE_FIELD] = int(own.integers(2**62))
        drawn = dict(zip(posterior.names, stiffness.tolist(), strict=True))
        if base is not None:
            centre = CinchParameters()
            drawn = {name: value * getattr(base, name) / getattr(centre, name) for name, value in drawn.items()}
        return self.world(scores, seeds, sign=sign, stiffness=drawn, base=base)

    def world(
        self,
        scores: Mapping[str, float],
        seeds: Mapping[str, int],
        *,
        sign: float = 1.0,
        stiffness: Mapping[str, float] | None = None,
        base: CinchParameters | None = None,
    ) -> World:
        """The draw at standard-normal scores, by name; `stiffness` holds the values that come from the posterior.

        A name without a score takes its central value; one that the user replaced ignores the posterior.
        """
        centre = base or CinchParameters()
        mechanical = {name: getattr(centre, name) for name in CINCH_PRIORS}
        given = stiffness or {}
        for name in mechanical:
            if name not in scores and name in self.replaced:
                mechanical[name] = self.row(name).value
            elif name in given and name not in self.replaced:
                mechanical[name] = _within(given[name], CINCH_PRIORS[name])
            elif name in scores and (base is None or name in self.replaced):
                mechanical[name] = _value(self.row(name), scores[name])
            elif name in scores:
                mechanical[name] = _value(_about(self.row(name), mechanical[name]), scores[name])
        geometry = {
            name: _value(self.row(name), scores[name]) if name in scores else self.row(name).value
            for name in GEOMETRY_PRIORS
            if name not in _SEEDED and name != VALVE_FIELD
        }
        geometry |= {
            name: _value(self.row(name), scores[name]) if name in scores else self.row(name).value
            for name in COMPRESSION_PRIORS
        }
        share = self.row("artery_load_share")
        is_open = share.distribution is _UNIFORM and share.name not in scores
        wall, load = (0.0 if name in scores else self.row(name).spread for name in _BAND)
        scatter = self.row(VALVE_FIELD).spread
        spread = {name: self.row(name).spread if name in seeds else 0.0 for name in ERROR_FIELDS}
        error = MeasurementError(
            contour_mm=spread["annulus_contour_error_mm"],
            vein_mm=spread["vein_axis_error_mm"],
            artery_mm=spread["artery_axis_error_mm"],
            correlation_mm=geometry["error_correlation_mm"],
            landmark_mm=spread["landmark_error_mm"],
            trigone_mm=self.row("trigone_error_mm").spread if "landmark_error_mm" in seeds else 0.0,
            vein_radius_factor=geometry["vein_radius_factor"],
            artery_radius_factor=geometry["artery_radius_factor"],
            seeds=tuple(int(seeds.get(name, 0)) for name in ERROR_FIELDS),  # type: ignore[arg-type]
            sign=sign,
        )
        return World(
            CinchParameters(**mechanical),
            error,
            valve_seed=int(seeds[VALVE_FIELD]) if VALVE_FIELD in seeds and scatter > 0.0 else None,
            valve_scatter=scatter,
            artery_wall_spread=wall,
            artery_load_spread=load,
            artery_share_range=share.bounds if is_open else None,
            **{item.name: geometry[item.name] for item in fields(World) if item.name in geometry},
        )

    def assumptions(self) -> tuple[Assumption, ...]:
        """One line for each distribution of `GEOMETRY_PRIORS` and `COMPRESSION_PRIORS` and each replaced one, then what
        is not modelled.
        """
        return (*self._lines([*GEOMETRY_PRIORS, *COMPRESSION_PRIORS, *self.replaced]), *NOT_MODELLED)

    def compression_assumptions(self) -> tuple[Assumption, ...]:
        """One line for each distribution of `COMPRESSION_PRIORS`, which the point's probability rests on."""
        return self._lines(list(COMPRESSION_PRIORS))

    def measurement_assumptions(self) -> tuple[Assumption, ...]:
        """One line for each distribution that moves the measures of a case."""
        return self._lines([*_SEEDED, "error_correlation_mm", *_MEASURED])

    def _lines(self, names: list[str]) -> tuple[Assumption, ...]:
        rows = (self.row(name) for name in dict.fromkeys(names))
        return tuple(Assumption(f"prior of {row.name}", describe(row), row.unit, row.why, row.source) for row in rows)


def describe(row: Parameter) -> str:
    """A distribution in words."""
    low, high = row.bounds
    return {
        Distribution.FIXED: f"fixed at {row.value:g}",
        Distribution.NORMAL: f"normal, mean {row.value:g}, sd {row.spread:g}",
        Distribution.LOGNORMAL: f"lognormal, median {row.value:g}, sd of the logarithm {row.spread:g}",
        Distribution.UNIFORM: f"uniform, {low:g} to {high:g}",
        Distribution.LOGUNIFORM: f"loguniform, {low:g} to {high:g}",
    }[row.distribution]


def checked_prior(row: Parameter, default: Parameter) -> Parameter:
    """The row, if it does not contradict itself or the bounds of what it replaces.

    Raises
    ------
    InputError
        Another unit, a spread that is missing, or bounds that the quantity does not allow.
    """
    low, high = row.bounds
    allowed_low, allowed_high = default.bounds
    problem = ""
    if row.unit != default.unit:
        problem = f"must be in {default.unit}; got {row.unit}"
    elif row.distribution in (_NORMAL, _LOGNORMAL) and not (np.isfinite(row.spread) and row.spread >= 0.0):
        problem = f"needs a spread >= 0; got {row.spread:g}"
    elif row.distribution in (_LOGNORMAL, Distribution.LOGUNIFORM) and not (row.value > 0.0):
        problem = f"is {row.distribution.value}, so its value must be positive; got {row.value:g}"
    elif row.distribution in (_UNIFORM, Distribution.LOGUNIFORM) and not (
        np.isfinite([low, high]).all() and low < high
    ):
        problem = f"is {row.distribution.value}, so it needs finite low < high; got {low:g} and {high:g}"
    elif row.distribution is Distribution.LOGUNIFORM and not low > 0.0:
        problem = f"is loguniform, so low must be positive; got {low:g}"
    elif not allowed_low <= row.value <= allowed_high:
        problem = f"must lie in [{allowed_low:g}, {allowed_high:g}] {default.unit}; got {row.value:g}"
    elif row.name == "artery_load_share" and row.distribution not in (_UNIFORM, Distribution.FIXED):
        problem = f"must be uniform or fixed, as what is integrated over at a point is; got {describe(row)}"
    elif row.name in _BAND and row.distribution not in (_LOGNORMAL, Distribution.FIXED):
        problem = f"must be lognormal or fixed, as what is integrated over at a point is; got {describe(row)}"
    elif row.name in (*_SEEDED, VALVE_FIELD) and (row.distribution is not _NORMAL or row.value != 0.0):
        problem = f"is an error, so it must be normal about 0; got {describe(row)}"
    if problem:
        raise InputError(f"prior {row.name} {problem}: correct it.")
    return row


def _about(row: Parameter, value: float) -> Parameter:
    """The same spread about another central value."""
    return replace(row, value=value) if row.distribution in (_NORMAL, _LOGNORMAL) else row


def _within(value: float, row: Parameter) -> float:
    return float(min(max(value, row.bounds[0]), row.bounds[1]))


def _value(row: Parameter, score: float) -> float:
    low, high = row.bounds
    match row.distribution:
        case Distribution.NORMAL:
            value = row.value + row.spread * score
        case Distribution.LOGNORMAL:
            value = row.value * float(np.exp(row.spread * score))
        case Distribution.UNIFORM:
            value = low + (high - low) * float(ndtr(score))
        case Distribution.LOGUNIFORM:
            value = float(low * (high / low) ** ndtr(score))
        case _:
            value = row.value
    return float(min(max(value, low), high))
