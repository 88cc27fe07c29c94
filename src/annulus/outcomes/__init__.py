"""From solutions to answers: coaptation, regurgitation, circumflex."""

from annulus.outcomes._beat import Beat, beat_of_case
from annulus.outcomes._closure_measures import ClosureSection, closure_measures, closure_section
from annulus.outcomes._coaptation import Tent, tent_of_case
from annulus.outcomes._compression import (
    ARTERY_WALL_MMHG,
    LOAD_SHARE,
    RISK_CLASSES,
    SIGNIFICANT_PERCENT,
    Compression,
    TubeLaw,
    compressions,
    risk_class,
)
from annulus.outcomes._grading import grade, grading_schemes
from annulus.outcomes._leaflet_draw import LeafletDraw
from annulus.outcomes._leak import leak
from annulus.outcomes._orifice import Orifice, anatomic_orifice
from annulus.outcomes._quantities import OUTCOME_QUANTITIES
from annulus.outcomes._regurgitation import (
    BLOOD_DENSITY,
    CONTRACTION,
    effective_orifice_mm2,
    mean_gradient_mmhg,
    regurgitant_fraction_percent,
    regurgitant_volume_ml,
)
from annulus.outcomes._tensions import HINGE_REGIONS, annular_tension, chordae_tension, hinge_regions
from annulus.outcomes._valve_fit import ValveFit, fit_valve
from annulus.outcomes._valve_member import FIT_PRIORS, FIT_SPREADS, ValveMember, valve_member
from annulus.outcomes._valve_outcome import (
    ClosureKind,
    ValveOutcome,
    closure_kind,
    fast_outcome,
    solved_outcome,
    valve_outcome,
)
from annulus.outcomes._vein_wall import (
    bending_diameter_mm,
    bending_strain_percent,
    wall_force_n,
    wall_pressure_mmhg,
    widest_oversize,
)

__all__ = [
    "ARTERY_WALL_MMHG",
    "BLOOD_DENSITY",
    "CONTRACTION",
    "FIT_PRIORS",
    "FIT_SPREADS",
    "HINGE_REGIONS",
    "LOAD_SHARE",
    "OUTCOME_QUANTITIES",
    "RISK_CLASSES",
    "SIGNIFICANT_PERCENT",
    "Beat",
    "ClosureKind",
    "ClosureSection",
    "Compression",
    "LeafletDraw",
    "Orifice",
    "Tent",
    "TubeLaw",
    "ValveFit",
    "ValveMember",
    "ValveOutcome",
    "anatomic_orifice",
    "annular_tension",
    "beat_of_case",
    "bending_diameter_mm",
    "bending_strain_percent",
    "chordae_tension",
    "closure_kind",
    "closure_measures",
    "closure_section",
    "compressions",
    "effective_orifice_mm2",
    "fast_outcome",
    "fit_valve",
    "grade",
    "grading_schemes",
    "hinge_regions",
    "leak",
    "mean_gradient_mmhg",
    "regurgitant_fraction_percent",
    "regurgitant_volume_ml",
    "risk_class",
    "solved_outcome",
    "tent_of_case",
    "valve_member",
    "valve_outcome",
    "wall_force_n",
    "wall_pressure_mmhg",
    "widest_oversize",
]
