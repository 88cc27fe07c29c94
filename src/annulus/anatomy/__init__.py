"""The heart as this package sees it: annulus, vessels, leaflets, the case, and measures of them."""

from annulus.anatomy._annulus import LANDMARKS, REQUIRED_LANDMARKS, Annulus
from annulus.anatomy._case import Case, Echo, LeafletHeights, Leaflets, Loading, Phase
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
    "LANDMARKS",
    "MEASURES",
    "REQUIRED_LANDMARKS",
    "Annulus",
    "AnnulusMeasures",
    "Artery",
    "Case",
    "CoronarySinus",
    "Echo",
    "LeafletHeights",
    "Leaflets",
    "Loading",
    "Measure",
    "Phase",
    "VesselPart",
    "measure_annulus",
    "measure_named",
    "measure_sequence",
]
