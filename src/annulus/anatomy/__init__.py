"""The heart as this package sees it: annulus, vessels, leaflets, the case."""

from annulus.anatomy._annulus import LANDMARKS, REQUIRED_LANDMARKS, Annulus
from annulus.anatomy._body_axes import body_axes_fault, typical_frame
from annulus.anatomy._case import Case, Echo, LeafletHeights, Leaflets, Loading, Phase
from annulus.anatomy._handedness import (
    HANDEDNESS_DOUBT,
    Handedness,
    handedness,
    handedness_assumptions,
    require_handedness,
)
from annulus.anatomy._landmarks import ANTERIOR_SHARE, annulus_from_loop, commissure_positions, trigone_positions
from annulus.anatomy._leaflet_parameters import ChordaeLengths, ChordaeParameters, LeafletThickness
from annulus.anatomy._measurement_error import ErrorFields, MeasurementError, slid, with_error
from annulus.anatomy._parts import parts_fault, require_parts
from annulus.anatomy._plausibility import ODD_SIZE, plausibility
from annulus.anatomy._vessels import Artery, CoronarySinus, Lead, VeinBranch, VesselPart

__all__ = [
    "ANTERIOR_SHARE",
    "HANDEDNESS_DOUBT",
    "LANDMARKS",
    "ODD_SIZE",
    "REQUIRED_LANDMARKS",
    "Annulus",
    "Artery",
    "Case",
    "ChordaeLengths",
    "ChordaeParameters",
    "CoronarySinus",
    "Echo",
    "ErrorFields",
    "Handedness",
    "Lead",
    "LeafletHeights",
    "LeafletThickness",
    "Leaflets",
    "Loading",
    "MeasurementError",
    "Phase",
    "VeinBranch",
    "VesselPart",
    "annulus_from_loop",
    "body_axes_fault",
    "commissure_positions",
    "handedness",
    "handedness_assumptions",
    "parts_fault",
    "plausibility",
    "require_handedness",
    "require_parts",
    "slid",
    "trigone_positions",
    "typical_frame",
    "with_error",
]
