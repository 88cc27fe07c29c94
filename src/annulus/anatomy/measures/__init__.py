"""Measures of the annulus, the coronary sinus and the arteries beside it: one phase, no device."""

from annulus.anatomy.measures._annulus import AnnulusMeasures, measure_annulus, measure_sequence
from annulus.anatomy.measures._case import MEASURES_SCHEMA, Measures, measure
from annulus.anatomy.measures._circumflex import (
    ArteryMeasures,
    CircumflexMeasures,
    Crossing,
    measure_circumflex,
    vessel_crossings,
)
from annulus.anatomy.measures._coronary_sinus import (
    CoronarySinusMeasures,
    check_coronary_sinus,
    measure_coronary_sinus,
)
from annulus.anatomy.measures._gap import GapProfile, gap_profile
from annulus.anatomy.measures._registry import MEASURES, Measure, measure_named

__all__ = [
    "MEASURES",
    "MEASURES_SCHEMA",
    "AnnulusMeasures",
    "ArteryMeasures",
    "CircumflexMeasures",
    "CoronarySinusMeasures",
    "Crossing",
    "GapProfile",
    "Measure",
    "Measures",
    "check_coronary_sinus",
    "gap_profile",
    "measure",
    "measure_annulus",
    "measure_circumflex",
    "measure_coronary_sinus",
    "measure_named",
    "measure_sequence",
    "vessel_crossings",
]
