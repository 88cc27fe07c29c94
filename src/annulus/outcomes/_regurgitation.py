"""What leaks through an orifice: orifice equation over systole, fraction, and the gradient of filling in diastole.

Inviscid and quasi-steady: the jet's speed is sqrt(2 dp / rho), its area the contraction coefficient times the orifice.
"""

from __future__ import annotations

import numpy as np

from annulus._arrays import values_array
from annulus._typing import ArrayLike
from annulus.errors import InputError
from annulus.sources import Parameter
from annulus.units import MMHG

__all__ = [
    "BLOOD_DENSITY",
    "CONTRACTION",
    "anatomic_orifice_mm2",
    "effective_orifice_mm2",
    "mean_gradient_mmhg",
    "regurgitant_fraction_percent",
    "regurgitant_volume_ml",
]

CONTRACTION = Parameter(
    "contraction_coefficient",
    float(np.pi / (np.pi + 2.0)),
    "",
    bounds=(0.5, 1.0),
    source="assumed",
    why="EROA / ROA as of a sharp plane slit by free-streamline theory, pi / (pi + 2); leaflets are not sharp plates",
)
"""EROA over anatomic orifice."""

BLOOD_DENSITY = Parameter(
    "blood_density",
    1060.0,
    "kg/m3",
    bounds=(1000.0, 1100.0),
    source="assumed",
    why="common value for whole blood; gives the simplified Bernoulli rule dp = 4 v2 within 1 percent",
)
"""Mass of blood per volume."""


def effective_orifice_mm2(roa_mm2: float, *, contraction: float = CONTRACTION.value) -> float:
    """Effective regurgitant orifice EROA [mm2]: contraction times the anatomic orifice."""
    return contraction * roa_mm2


def anatomic_orifice_mm2(eroa_mm2: float, *, contraction: float = CONTRACTION.value) -> float:
    """Anatomic orifice ROA [mm2] that has this effective one."""
    return eroa_mm2 / contraction


def _positive(name: str, value: float, *, zero: bool = False) -> None:
    if not (np.isfinite(value) and (value > 0.0 or (zero and value == 0.0))):
        raise InputError(f"{name} must be a number {'>=' if zero else '>'} 0; got {value}.")


def regurgitant_volume_ml(
    eroa_mm2: float, time_s: ArrayLike, gradient_mmhg: ArrayLike, *, density_kg_m3: float = BLOOD_DENSITY.value
) -> float:
    """Volume through an effective orifice [mL]: EROA times the integral of sqrt(2 dp / rho).

    Parameters
    ----------
    eroa_mm2
        Effective orifice, constant over systole [mm2].
    time_s, gradient_mmhg
        Ventricular minus atrial pressure [mmHg], linear between times [s], both shape (n,), n >= 2; two equal values
        for a constant gradient. The integral is exact for it.

    Raises
    ------
    InputError
        Negative orifice or gradient, times that do not increase.
    """
    _positive("eroa_mm2", eroa_mm2, zero=True)
    _positive("density_kg_m3", density_kg_m3)
    time = np.asarray(time_s, dtype=np.float64)
    time = values_array("time_s", time, length=time.size)
    root = values_array("gradient_mmhg", gradient_mmhg, length=time.size)
    if time.size < 2 or (np.diff(time) <= 0.0).any():
        raise InputError("time_s must be at least 2 increasing times.")
    if (root < 0.0).any():
        raise InputError(f"gradient_mmhg must be >= 0 in systole; got {root.min():g}.")
    root = np.sqrt(root)
    a, b = root[:-1], root[1:]
    # Integral of sqrt(p) for linear p; no division by the slope.
    mean = np.divide(2.0 / 3.0 * (a * a + a * b + b * b), a + b, out=np.zeros(len(a)), where=a + b > 0.0)
    speed = np.sqrt(2.0 * MMHG / (density_kg_m3 * 1e-12))  # mm/s at 1 mmHg; density in t/mm3
    return float(eroa_mm2 * speed * (np.diff(time) @ mean)) * 1e-3


def regurgitant_fraction_percent(
    regurgitant_ml: float, *, ejection_fraction_percent: float, end_diastolic_ml: float
) -> float:
    """Regurgitant share of the ventricle's total stroke volume EF x EDV [percent].

    Raises
    ------
    InputError
        A volume or fraction out of range, or more regurgitation than the ventricle ejects in all.
    """
    _positive("regurgitant_ml", regurgitant_ml, zero=True)
    _positive("end_diastolic_ml", end_diastolic_ml)
    if not 0.0 < ejection_fraction_percent <= 100.0:
        raise InputError(f"ejection_fraction_percent must lie in (0, 100]; got {ejection_fraction_percent:g}.")
    stroke = ejection_fraction_percent / 100.0 * end_diastolic_ml
    if regurgitant_ml > stroke:
        raise InputError(
            f"regurgitant volume must not exceed the total stroke volume {stroke:.1f} mL; got {regurgitant_ml:.1f} mL: "
            "orifice, pressures and volumes do not belong together."
        )
    return 100.0 * regurgitant_ml / stroke


def mean_gradient_mmhg(
    orifice_mm2: float,
    *,
    filling_ml: float,
    filling_s: float,
    contraction: float = CONTRACTION.value,
    density_kg_m3: float = BLOOD_DENSITY.value,
) -> float:
    """Gradient that drives a steady filling flow through the diastolic orifice [mmHg]: rho / 2 (Q / (c A))^2.

    Steady flow is a lower bound: the mean of the square is at least the square of the mean.

    Raises
    ------
    InputError
        A number that is not positive.
    """
    for name, value in (
        ("orifice_mm2", orifice_mm2),
        ("filling_ml", filling_ml),
        ("filling_s", filling_s),
        ("contraction", contraction),
        ("density_kg_m3", density_kg_m3),
    ):
        _positive(name, value)
    speed = filling_ml * 1e3 / filling_s / (contraction * orifice_mm2)
    return 0.5 * density_kg_m3 * 1e-12 * speed**2 / MMHG
