"""One beat of a case: the pressure that closes the valve, how long it leaks, and what fills the ventricle."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from annulus.anatomy import Case
from annulus.errors import InputError
from annulus.outcomes._regurgitation import BLOOD_DENSITY, CONTRACTION
from annulus.sources import Assumption

__all__ = ["Beat", "beat_of_case"]

_GRADIENT_MMHG = 105.0
_SYSTOLE_S = 0.30
_SYSTOLE_SHARE = 0.35
_CYCLE_S = 60.0 / 70.0
_FORWARD_ML = 70.0


@dataclass(frozen=True, slots=True)
class Beat:
    """What a heart beat does to the valve.

    Parameters
    ----------
    gradient_mmhg
        Ventricular minus atrial pressure in systole [mmHg], in (0, 300].
    systole_s, diastole_s
        How long the closed valve leaks and how long it fills [s].
    forward_ml
        What fills the ventricle beside the regurgitant volume [mL].
    ejection_fraction_percent, end_diastolic_ml
        EF [percent] and EDV [mL]; None where unknown.
    """

    gradient_mmhg: float = _GRADIENT_MMHG
    systole_s: float = _SYSTOLE_S
    diastole_s: float = _CYCLE_S - _SYSTOLE_S
    forward_ml: float = _FORWARD_ML
    ejection_fraction_percent: float | None = None
    end_diastolic_ml: float | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if value is not None and not (np.isfinite(value) and value > 0.0):
                raise InputError(f"beat {item.name} must be a positive number; got {value}.")
        if self.gradient_mmhg > 300.0:
            raise InputError(f"beat gradient_mmhg must lie in (0, 300]; got {self.gradient_mmhg:g}.")

    @property
    def stroke_ml(self) -> float | None:
        """Total stroke volume EF x EDV [mL]; None where one of them is unknown."""
        if self.ejection_fraction_percent is None or self.end_diastolic_ml is None:
            return None
        return self.ejection_fraction_percent / 100.0 * self.end_diastolic_ml

    def filling_ml(self, regurgitant_ml: float) -> float:
        """What crosses the open valve in a diastole [mL]: the stroke volume, else forward plus regurgitant volume."""
        stroke = self.stroke_ml
        return self.forward_ml + regurgitant_ml if stroke is None else stroke


def beat_of_case(case: Case) -> tuple[Beat, tuple[Assumption, ...]]:
    """Beat from a case's pressures, heart rate and volumes, and what was assumed for it.

    Raises
    ------
    InputError
        The atrial pressure of the case is not below the ventricular one.
    """
    lines = []
    gradient, loading = _GRADIENT_MMHG, case.loading
    if loading.lv_pressure_mmhg is not None and loading.la_pressure_mmhg is not None:
        gradient = loading.lv_pressure_mmhg - loading.la_pressure_mmhg
        if gradient <= 0.0:
            raise InputError(
                f"case {case.id!r} must have lv_pressure_mmhg above la_pressure_mmhg for the valve to close; got "
                f"{loading.lv_pressure_mmhg:g} and {loading.la_pressure_mmhg:g}."
            )
    else:
        why = "the case does not give both pressures: 120 mmHg in the ventricle, 15 mmHg in the atrium"
        lines.append(Assumption("systolic_gradient_mmhg", gradient, "mmHg", why, "assumed"))
    rate = case.echo.heart_rate_bpm
    if rate:
        systole, cycle = _SYSTOLE_SHARE * 60.0 / rate, 60.0 / rate
        why = f"the valve leaks for {_SYSTOLE_SHARE:g} of the cycle, at the one gradient throughout"
    else:
        systole, cycle = _SYSTOLE_S, _CYCLE_S
        why = (
            "the case gives no heart rate: 70 per minute; at the one gradient throughout, 0.3 s join the grading "
            "thresholds of 20 mm2 with 30 mL and of 40 mm2 with 60 mL"
        )
    lines.append(Assumption("systole_s", systole, "s", why, "assumed"))
    if case.echo.ejection_fraction_percent and case.echo.end_diastolic_volume_ml:
        ejection, volume = case.echo.ejection_fraction_percent, case.echo.end_diastolic_volume_ml
    else:
        ejection = volume = None
    lines += [CONTRACTION.to_assumption(), BLOOD_DENSITY.to_assumption()]
    beat = Beat(gradient, systole, cycle - systole, ejection_fraction_percent=ejection, end_diastolic_ml=volume)
    return beat, tuple(lines)
