"""How sure the measures are: the same measures on geometries that the drawn one may have been in truth."""

from __future__ import annotations

import numpy as np

from annulus._arrays import whole_number
from annulus.anatomy import Case, MeasurementError
from annulus.anatomy.measures import gap_profile, measure_coronary_sinus
from annulus.errors import AnnulusError
from annulus.heart import Heart
from annulus.prediction import WIDE, Priors, Samples, check_level

__all__ = ["measure_samples"]


def measure_samples(
    case: Case, *, samples: int, seed: int = 0, level: float = 0.9, priors: Priors | None = None
) -> Samples:
    """Measures of annulus, coronary sinus and arteries over draws of contour, landmark and radius error.

    Parameters
    ----------
    case
        The heart as measured.
    samples, seed, level
        Draws, their seed, and the level of the intervals.
    priors
        Distributions of the errors other than the defaults.

    Returns
    -------
    Samples
        By the keys of the measures document, such as ``annulus.ap_mm``; arrays by station have none, but the vein's
        distance by annular angle does, as ``coronary_sinus.section_distance_mm[theta=180]``.

    Raises
    ------
    InputError
        Too few samples for the level.
    SolveError
        Too few draws can be measured.
    """
    whole_number("samples", samples)
    whole_number("seed", seed)
    check_level(samples, level)
    priors = priors or Priors()
    heart = Heart(case)
    exact = _numbers(heart)

    def rows(scale: float, n: int) -> list[dict[str, float] | str]:
        return [_drawn(heart, priors.draw(seed, index).with_error_times(scale).error) for index in range(n)]

    even = 2 * (samples // 2)
    return Samples.from_draws(rows(1.0, samples), [exact] * even, rows(WIDE, even), level=level, seed=seed)


def _drawn(heart: Heart, error: MeasurementError | None) -> dict[str, float] | str:
    try:
        return _numbers(heart.in_truth(error))
    except AnnulusError as failure:
        return f"{failure}"


def _numbers(heart: Heart) -> dict[str, float]:
    case = heart.case
    numbers = {f"annulus.{key}": value for key, value in heart.before_numbers.items()}
    if heart.before_film_mm2 is not None:
        numbers["annulus.area_3d_mm2"] = heart.before_film_mm2
    sinus = case.coronary_sinus
    if sinus is None:
        return numbers
    vein = measure_coronary_sinus(sinus, case.annulus)
    for key, value in vein.to_dict().items():
        if isinstance(value, float):
            numbers[f"coronary_sinus.{key}"] = value
    for end, value in enumerate(vein.annular_stretch_mm):
        numbers[f"coronary_sinus.annular_stretch_mm[{end}]"] = value
    for theta, distance in zip(vein.section_theta_deg, vein.section_distance_mm, strict=True):
        numbers[f"coronary_sinus.section_distance_mm[theta={theta:.0f}]"] = float(distance)
    for name, curve in (("radius_mm", sinus.curve.radius), ("mis_radius_mm", sinus.curve.mis_radius)):
        if curve is not None:
            numbers[f"coronary_sinus.{name}[0]"] = float(curve[0])
    gaps, distances = [], []
    for artery in case.arteries:
        profile = gap_profile(sinus, artery, case.annulus)
        distances.append(float(profile.axis_distance_mm.min()))
        if np.isfinite(profile.gap_mm).all():
            gaps.append(float(profile.gap_mm.min()))
    if distances:
        numbers["circumflex.min_axis_distance_mm"] = min(distances)
    if gaps:
        numbers["circumflex.min_gap_before_mm"] = min(gaps)
    for index, crossing in heart.crossings.items():
        name = f"circumflex.crossings[{index}]"
        values = {"cs_s_mm": crossing.cs_s_mm, "lcx_s_mm": crossing.lcx_s_mm, "theta_deg": crossing.theta_deg}
        values |= {"axis_distance_mm": crossing.axis_distance_mm}
        values |= {} if crossing.gap_mm is None else {"gap_before_mm": crossing.gap_mm}
        numbers |= {f"{name}.{key}": value for key, value in values.items()}
    return numbers
