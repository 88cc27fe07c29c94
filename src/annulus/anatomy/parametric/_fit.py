"""Annulus parameters from a redundant set of measures, by least squares with the residual reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from scipy.optimize import least_squares

from annulus._typing import FloatArray
from annulus.anatomy.measures import AnnulusMeasures, measure_annulus
from annulus.anatomy.parametric._annulus import AnnulusParameters, parametric_annulus
from annulus.errors import InputError

__all__ = ["AnnulusFit", "fit_annulus"]

_FREE = ("ap_mm", "alpm_mm", "height_mm", "it_mm")
_START = AnnulusParameters(ap_mm=32.0, alpm_mm=42.0, height_mm=6.0, it_mm=26.2)
_FITTED = (
    "ap_mm", "alpm_mm", "height_mm", "it_mm", "cw_mm", "perimeter_3d_mm", "perimeter_2d_mm", "area_2d_mm2",
    "area_3d_mm2", "npa_deg", "sphericity_ap_alpm", "ahcwr",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class AnnulusFit:
    """Parameters that come nearest to given measures.

    Parameters
    ----------
    parameters
        The fitted parameters.
    residuals
        Fitted minus given, in the unit of each measure.
    weighted
        The residuals over their tolerances, which the fit made least in square.
    undetermined
        Parameters that the given measures leave open; they keep their start value.
    """

    parameters: AnnulusParameters
    residuals: Mapping[str, float]
    weighted: Mapping[str, float]
    undetermined: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "residuals", MappingProxyType(dict(self.residuals)))
        object.__setattr__(self, "weighted", MappingProxyType(dict(self.weighted)))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.parameters, dict(self.residuals), dict(self.weighted), self.undetermined)


def fit_annulus(
    measures: Mapping[str, float],
    *,
    tolerances: Mapping[str, float] | None = None,
    start: AnnulusParameters | None = None,
) -> AnnulusFit:
    """Parameters whose annulus comes nearest to a set of measures that may contradict each other.

    Parameters
    ----------
    measures
        Key of a measure ("ap_mm", "perimeter_3d_mm", "area_2d_mm2", ...) to its value.
    tolerances
        Key to the size of residual that counts as one, such as the published standard deviation; 5 % of
        the value where not given.
    start
        Where the fit starts; shape parameters other than AP, ALPM, height and trigone distance stay as here.

    Raises
    ------
    InputError
        A key that cannot be fitted, a value or tolerance that is not positive, or no measure at all.
    """
    scale = dict(tolerances or {})
    for name in (*measures, *scale):
        if name not in _FITTED:
            raise InputError(f"measures to fit must be among {', '.join(_FITTED)}; got {name!r}.")
    for name, value in (*measures.items(), *scale.items()):
        if not (np.isfinite(value) and value > 0.0):
            raise InputError(f"{name} must be a positive number; got {value}.")
    if not measures:
        raise InputError("measures must name at least one measure to fit; got none.")
    begin = start or _START
    names = list(measures)
    given = np.array([measures[name] for name in names])
    size = np.array([scale.get(name, 0.05 * measures[name]) for name in names])
    centre = np.array([getattr(begin, name) for name in _FREE])

    # The unknowns are 1 + log(value / start): SciPy's difference step is relative to the unknown and would
    # vanish in rounding for one that ends near zero.
    def parameters(unknowns: FloatArray) -> AnnulusParameters:
        return replace(begin, **dict(zip(_FREE, (centre * np.exp(unknowns - 1.0)).tolist(), strict=True)))

    def residual(unknowns: FloatArray) -> FloatArray:
        try:
            found = _measured(parameters(unknowns), soap_film="area_3d_mm2" in measures)
        except InputError:
            # No such annulus: far away for the solver, which then takes a shorter step.
            return np.full(len(names) + len(_FREE), 1e3)
        misfit = (np.array([getattr(found, name) for name in names]) - given) / size
        # A faint pull to the start decides only what the measures leave open.
        return np.concatenate([misfit, 1e-7 * (unknowns - 1.0)])

    solution = least_squares(residual, np.ones(len(_FREE)), diff_step=1e-5, xtol=1e-12, ftol=1e-12, gtol=1e-12)
    weighted = solution.fun[: len(names)]
    influence = np.linalg.norm(solution.jac[: len(names)], axis=0)
    return AnnulusFit(
        parameters(solution.x),
        dict(zip(names, (weighted * size).tolist(), strict=True)),
        dict(zip(names, weighted.tolist(), strict=True)),
        tuple(name for name, effect in zip(_FREE, influence, strict=True) if effect < 1e-6),
    )


def _measured(parameters: AnnulusParameters, *, soap_film: bool) -> AnnulusMeasures:
    return measure_annulus(parametric_annulus(parameters), minimal_surface=soap_film)
