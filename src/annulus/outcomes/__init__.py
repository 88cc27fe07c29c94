"""From solutions to answers: coaptation, regurgitation, circumflex."""

from annulus.outcomes._circumflex import circumflex_change
from annulus.outcomes._closure_measures import ClosureSection, closure_measures, closure_section
from annulus.outcomes._coaptation import Tent, tent_of_case
from annulus.outcomes._fast_closure import FastClosure, fast_closure, fast_closure_record
from annulus.outcomes._grading import grade, grading_schemes
from annulus.outcomes._orifice import Jet, Orifice, anatomic_orifice
from annulus.outcomes._regurgitation import (
    BLOOD_DENSITY,
    CONTRACTION,
    mean_gradient_mmhg,
    regurgitant_fraction_percent,
    regurgitant_volume_ml,
)
from annulus.outcomes._valve_fit import FIT_PRIORS, ValveFit, ValveMember, fit_valve

__all__ = [
    "BLOOD_DENSITY",
    "CONTRACTION",
    "FIT_PRIORS",
    "ClosureSection",
    "FastClosure",
    "Jet",
    "Orifice",
    "Tent",
    "ValveFit",
    "ValveMember",
    "anatomic_orifice",
    "circumflex_change",
    "closure_measures",
    "closure_section",
    "fast_closure",
    "fast_closure_record",
    "fit_valve",
    "grade",
    "grading_schemes",
    "mean_gradient_mmhg",
    "regurgitant_fraction_percent",
    "regurgitant_volume_ml",
    "tent_of_case",
]
