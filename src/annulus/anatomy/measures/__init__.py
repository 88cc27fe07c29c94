"""Measures of the annulus, the coronary sinus and the arteries beside it: one phase, no device."""

from annulus.anatomy.measures._annulus import AnnulusMeasures, measure_annulus, measure_sequence
from annulus.anatomy.measures._registry import MEASURES, Measure, measure_named

__all__ = ["MEASURES", "AnnulusMeasures", "Measure", "measure_annulus", "measure_named", "measure_sequence"]
