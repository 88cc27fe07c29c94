"""The heart as this package sees it: annulus, vessels, leaflets, the case, and measures of them."""

from annulus.anatomy._annulus import LANDMARKS, REQUIRED_LANDMARKS, Annulus
from annulus.anatomy._case import Case, Echo, LeafletHeights, Leaflets, Loading, Phase
from annulus.anatomy._landmarks import ANTERIOR_SHARE, annulus_from_loop, trigone_positions
from annulus.anatomy._parametric_annulus import AnnulusParameters, parametric_annulus
from annulus.anatomy._parametric_case import PapillaryParameters, VentricleParameters, parametric_case
from annulus.anatomy._parametric_fourier import FourierLoop, PointFit, fit_to_points
from annulus.anatomy._parametric_leaflets import LeafletParameters, atrial_dome, parametric_leaflets
from annulus.anatomy._parametric_presets import Preset, preset, preset_parameters
from annulus.anatomy._parametric_vessels import (
    CircumflexParameters,
    CoronarySinusParameters,
    CrossingSide,
    Dominance,
    parametric_circumflex,
    parametric_coronary_sinus,
)
from annulus.anatomy._vessels import Artery, CoronarySinus, VesselPart
from annulus.anatomy.measures import (
    MEASURES,
    AnnulusMeasures,
    Measure,
    measure_annulus,
    measure_named,
    measure_sequence,
)

__all__ = [
    "ANTERIOR_SHARE",
    "LANDMARKS",
    "MEASURES",
    "REQUIRED_LANDMARKS",
    "Annulus",
    "AnnulusMeasures",
    "AnnulusParameters",
    "Artery",
    "Case",
    "CircumflexParameters",
    "CoronarySinus",
    "CoronarySinusParameters",
    "CrossingSide",
    "Dominance",
    "Echo",
    "FourierLoop",
    "LeafletHeights",
    "LeafletParameters",
    "Leaflets",
    "Loading",
    "Measure",
    "PapillaryParameters",
    "Phase",
    "PointFit",
    "Preset",
    "VentricleParameters",
    "VesselPart",
    "annulus_from_loop",
    "atrial_dome",
    "fit_to_points",
    "measure_annulus",
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
]
