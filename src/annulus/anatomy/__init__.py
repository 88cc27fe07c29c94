"""The heart as this package sees it: annulus, vessels, leaflets, the case, and measures of them."""

from annulus.anatomy._annulus import LANDMARKS, REQUIRED_LANDMARKS, Annulus
from annulus.anatomy._case import Case, Echo, LeafletHeights, Leaflets, Loading, Phase
from annulus.anatomy._landmarks import ANTERIOR_SHARE, annulus_from_loop, trigone_positions
from annulus.anatomy._parametric_annulus import AnnulusParameters, parametric_annulus
from annulus.anatomy._parametric_case import PapillaryParameters, VentricleParameters, parametric_case
from annulus.anatomy._parametric_circumflex import CircumflexParameters, CrossingSide, Dominance, parametric_circumflex
from annulus.anatomy._parametric_fit import AnnulusFit, fit_annulus
from annulus.anatomy._parametric_fourier import FourierLoop, PointFit, fit_to_points
from annulus.anatomy._parametric_leaflets import LeafletParameters, atrial_dome, parametric_leaflets
from annulus.anatomy._parametric_presets import Preset, preset, preset_parameters
from annulus.anatomy._parametric_sinus import CoronarySinusParameters, parametric_coronary_sinus
from annulus.anatomy._valve import ANTERIOR, CHORD_GROUPS, POSTERIOR, Chordae, Valve
from annulus.anatomy._vessels import Artery, CoronarySinus, VesselPart
from annulus.anatomy.measures import (
    MEASURES,
    MEASURES_SCHEMA,
    AnnulusMeasures,
    ArteryMeasures,
    CircumflexMeasures,
    CoronarySinusMeasures,
    Crossing,
    GapProfile,
    Measure,
    Measures,
    check_coronary_sinus,
    gap_profile,
    measure,
    measure_annulus,
    measure_circumflex,
    measure_coronary_sinus,
    measure_named,
    measure_sequence,
    vessel_crossings,
)

__all__ = [
    "ANTERIOR",
    "ANTERIOR_SHARE",
    "CHORD_GROUPS",
    "LANDMARKS",
    "MEASURES",
    "MEASURES_SCHEMA",
    "POSTERIOR",
    "REQUIRED_LANDMARKS",
    "Annulus",
    "AnnulusFit",
    "AnnulusMeasures",
    "AnnulusParameters",
    "Artery",
    "ArteryMeasures",
    "Case",
    "Chordae",
    "CircumflexMeasures",
    "CircumflexParameters",
    "CoronarySinus",
    "CoronarySinusMeasures",
    "CoronarySinusParameters",
    "Crossing",
    "CrossingSide",
    "Dominance",
    "Echo",
    "FourierLoop",
    "GapProfile",
    "LeafletHeights",
    "LeafletParameters",
    "Leaflets",
    "Loading",
    "Measure",
    "Measures",
    "PapillaryParameters",
    "Phase",
    "PointFit",
    "Preset",
    "Valve",
    "VentricleParameters",
    "VesselPart",
    "annulus_from_loop",
    "atrial_dome",
    "check_coronary_sinus",
    "fit_annulus",
    "fit_to_points",
    "gap_profile",
    "measure",
    "measure_annulus",
    "measure_circumflex",
    "measure_coronary_sinus",
    "measure_named",
    "measure_sequence",
    "parametric_annulus",
    "parametric_case",
    "parametric_circumflex",
    "parametric_coronary_sinus",
    "parametric_leaflets",
    "preset",
    "preset_parameters",
    "trigone_positions",
    "vessel_crossings",
]
