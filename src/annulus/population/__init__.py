"""Virtual patients: joint draws from published priors, made into hearts."""

from annulus.population._agreement import Agreement, DriverShift, driver_shifts, published_agreement
from annulus.population._copula import Copula
from annulus.population._echo import PATIENT_CLOSURE
from annulus.population._measured import COLUMNS, measured_row
from annulus.population._patient import ImpossibleHeartError, Rejection
from annulus.population._preset import (
    Correlation,
    PopulationPreset,
    PublishedRow,
    RatioPrior,
    Selection,
    Statistic,
    population_preset,
)
from annulus.population._sample import Patient, Population, sample_patient, sample_population

__all__ = [
    "COLUMNS",
    "PATIENT_CLOSURE",
    "Agreement",
    "Copula",
    "Correlation",
    "DriverShift",
    "ImpossibleHeartError",
    "Patient",
    "Population",
    "PopulationPreset",
    "PublishedRow",
    "RatioPrior",
    "Rejection",
    "Selection",
    "Statistic",
    "driver_shifts",
    "measured_row",
    "population_preset",
    "published_agreement",
    "sample_patient",
    "sample_population",
]
