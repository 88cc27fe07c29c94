"""The heart as this package sees it: annulus, vessels, leaflets, the case, and measures of them."""

from annulus.anatomy._annulus import LANDMARKS, REQUIRED_LANDMARKS, Annulus
from annulus.anatomy._case import Case, Echo, LeafletHeights, Leaflets, Loading, Phase
from annulus.anatomy._vessels import Artery, CoronarySinus, VesselPart

__all__ = [
    "LANDMARKS",
    "REQUIRED_LANDMARKS",
    "Annulus",
    "Artery",
    "Case",
    "CoronarySinus",
    "Echo",
    "LeafletHeights",
    "Leaflets",
    "Loading",
    "Phase",
    "VesselPart",
]
