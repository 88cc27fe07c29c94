"""What a closed valve lets back through in one beat, and its grade."""

from __future__ import annotations

from collections.abc import Set

from annulus.outcomes._beat import Beat
from annulus.outcomes._grading import grade
from annulus.outcomes._regurgitation import regurgitant_fraction_percent, regurgitant_volume_ml
from annulus.outcomes._valve_outcome import ValveOutcome

__all__ = ["leak"]


def leak(
    outcome: ValveOutcome, beat: Beat, *, scheme: str | None = None, conditions: Set[str] = frozenset()
) -> dict[str, object]:
    """Block ``regurgitation`` of the result file for one state; empty where the valve was not measured.

    ``grade`` is that of the EROA, else of the first measure that the scheme knows, which ``grade_by`` names; ``grades``
    has all. The regurgitant fraction is absent where EF or EDV is unknown, or where more leaks than the ventricle
    ejects: orifice, pressures and volumes then do not belong together.

    Raises
    ------
    InputError
        Unknown scheme or condition.
    """
    if scheme is not None:
        grade({}, scheme, conditions=conditions)
    if not outcome.measured:
        return {}
    eroa = outcome.measures["eroa_mm2"]
    times = (0.0, beat.systole_s)
    volume = regurgitant_volume_ml(eroa, times, (beat.gradient_mmhg, beat.gradient_mmhg))
    values: dict[str, object] = {key: outcome.measures[key] for key in _FLOW if key in outcome.measures}
    values["regurgitant_volume_ml"] = volume
    graded = {
        "eroa": eroa,
        "regurgitant_volume": volume,
        "vena_contracta": outcome.measures["vena_contracta_mm"],
        "vena_contracta_area": outcome.measures["vena_contracta_area_mm2"],
    }
    ejection, whole, stroke = beat.ejection_fraction_percent, beat.end_diastolic_ml, beat.stroke_ml
    if ejection is not None and whole is not None and stroke is not None and volume <= stroke:
        fraction = regurgitant_fraction_percent(volume, ejection_fraction_percent=ejection, end_diastolic_ml=whole)
        values["regurgitant_fraction_percent"] = graded["regurgitant_fraction"] = fraction
    values["n_jets"] = len(outcome.jets)
    values["jets"] = [
        {
            "section": jet.section,
            "place": jet.place,
            "area_mm2": jet.area_mm2,
            "width_mm": jet.width_mm,
            "centre_mm": list(jet.centre_mm),
        }
        for jet in outcome.jets
    ]
    if scheme is not None:
        grades = grade(graded, scheme, conditions=conditions)
        by = "eroa" if "eroa" in grades else next(iter(grades), None)
        values["scheme"] = scheme
        if by is not None:
            values |= {"grade": grades[by], "grade_by": by, "grades": grades}
    return values


_FLOW = ("roa_mm2", "roa_spread_mm2", "eroa_mm2", "vena_contracta_mm", "vena_contracta_area_mm2")
