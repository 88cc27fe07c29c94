"""Measures of the annulus, the coronary sinus and the arteries beside it: one phase, no device."""

from annulus.anatomy.measures._annulus import (
    AnnulusMeasures,
    annulus_numbers,
    measure_annulus,
    measure_sequence,
    stand_ins,
)
from annulus.anatomy.measures._case import MEASURES_SCHEMA, Measures, measure
from annulus.anatomy.measures._circumflex import (
    ArteryMeasures,
    CircumflexMeasures,
    Crossing,
    between_length,
    crossing_places,
    measure_circumflex,
    vessel_crossings,
)
from annulus.anatomy.measures._coronary_sinus import CoronarySinusMeasures, check_coronary_sinus, measure_coronary_sinus
from annulus.anatomy.measures._gap import GapProfile, gap_profile
from annulus.anatomy.measures._registry import MEASURES, measure_named

__all__ = [
    "MEASURES",
    "MEASURES_SCHEMA",
    "AnnulusMeasures",
    "ArteryMeasures",
    "CircumflexMeasures",
    "CoronarySinusMeasures",
    "Crossing",
    "GapProfile",
    "Measures",
    "annulus_numbers",
    "between_length",
    "check_coronary_sinus",
    "crossing_places",
    "gap_profile",
    "measure",
    "measure_annulus",
    "measure_circumflex",
    "measure_coronary_sinus",
    "measure_named",
    "measure_sequence",
    "stand_ins",
    "vessel_crossings",
]
