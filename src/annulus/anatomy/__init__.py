"""The heart as this package sees it: annulus, vessels, leaflets, the case, and measures of them."""

from annulus.anatomy._annulus import LANDMARKS, REQUIRED_LANDMARKS, Annulus
from annulus.anatomy._case import Case, Echo, LeafletHeights, Leaflets, Loading, Phase
from annulus.anatomy._landmarks import ANTERIOR_SHARE, annulus_from_loop, commissure_positions, trigone_positions
from annulus.anatomy._parametric_annulus import AnnulusParameters, parametric_annulus
from annulus.anatomy._parametric_case import PapillaryParameters, VentricleParameters, parametric_case
from annulus.anatomy._parametric_circumflex import CircumflexParameters, CrossingSide, Dominance, parametric_circumflex
from annulus.anatomy._parametric_fit import AnnulusFit, fit_annulus
from annulus.anatomy._parametric_fourier import FourierLoop, PointFit, fit_to_points
from annulus.anatomy._parametric_leaflets import LeafletParameters, atrial_dome, leaflet_heights, parametric_leaflets
from annulus.anatomy._parametric_presets import Preset, preset, preset_parameters
from annulus.anatomy._parametric_sinus import CoronarySinusParameters, parametric_coronary_sinus
from annulus.anatomy._parametric_valve import parametric_valve
from annulus.anatomy._valve import ANTERIOR, CHORD_GROUPS, NO_CHORDAE, POSTERIOR, Chordae, Valve
from annulus.anatomy._valve_grid import valve_grid
from annulus.anatomy._valve_levels import CoarserValve, coarser_valve
from annulus.anatomy._valve_of_case import valve_of_case
from annulus.anatomy._valve_parameters import ChordaeParameters, ChordLengths, LeafletThickness
from annulus.anatomy._valve_stations import hinge_positions, station_deg
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
    "NO_CHORDAE",
    "POSTERIOR",
    "REQUIRED_LANDMARKS",
    "Annulus",
    "AnnulusFit",
    "AnnulusMeasures",
    "AnnulusParameters",
    "Artery",
    "ArteryMeasures",
    "Case",
    "ChordLengths",
    "Chordae",
    "ChordaeParameters",
    "CircumflexMeasures",
    "CircumflexParameters",
    "CoarserValve",
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
    "LeafletThickness",
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
    "coarser_valve",
    "commissure_positions",
    "fit_annulus",
    "fit_to_points",
    "gap_profile",
    "hinge_positions",
    "leaflet_heights",
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
    "parametric_valve",
    "preset",
    "preset_parameters",
    "station_deg",
    "trigone_positions",
    "valve_grid",
    "valve_of_case",
    "vessel_crossings",
]
