"""What a virtual trial gives: tables of its patients, baseline, changes and power."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from annulus.sources import Assumption
from annulus.study._trial_design import TrialDesign

__all__ = ["LEVEL", "TRIAL_SCHEMA", "BaselineRow", "Flow", "OutcomeRow", "PowerRow", "TrialResult"]

TRIAL_SCHEMA = "annulus.trial/1"

LEVEL = 0.95
"""Of every interval."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Patients on their way.

    Parameters
    ----------
    screened, enrolled, implanted
        Virtual patients in the world of means.
    not_enrolled, failed
        Reason to number of patients.
    implanted_worlds
        Fewest and most implanted over the worlds; None without worlds.
    failed_worlds_percent
        Reason to mean share of the enrolled over the worlds [%].
    published_enrolled, published_implanted, published_percent
        Of the real trial; the last: reason to range in device trials [%].
    """

    screened: int
    enrolled: int
    implanted: int
    not_enrolled: Mapping[str, int]
    failed: Mapping[str, int]
    implanted_worlds: tuple[int, int] | None
    failed_worlds_percent: Mapping[str, float]
    published_enrolled: int | None
    published_implanted: int | None
    published_percent: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class BaselineRow:
    """Virtual against published patients before: `overlap` of both distributions [1], None without a published SD."""

    key: str
    unit: str
    n: int
    mean: float
    sd: float
    published_mean: float
    published_sd: float | None
    published_n: int | None
    overlap: float | None
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """Predicted against published change.

    Parameters
    ----------
    quantity, change
        What, and ``percent`` or ``absolute``.
    n, mean, sd
        Implanted patients, mean and standard deviation of their changes; with worlds the mean over all of them.
    low, high
        Interval of the mean, at `LEVEL`: patients' sampling and worlds.
    at_means
        Mean in the world of means.
    world_sd
        Standard deviation of the trial's mean between worlds; 0 without worlds.
    published_low, published_high, published_n, published_sd
        Published mean (both ends equal) or range of means.
    sd_stands_in
        No SD is published: the virtual one stands in for it.
    overlap_patients, overlap_means
        Overlap of the patients' changes, and of the two trials' means [1], at the published value nearest to the
        prediction.
    weight, stands_for
        Variance of the real mean over that of the virtual one [1]; how many real patients that would be.
    compatible
        Prediction and published value do not differ by more than chance and worlds allow, at `LEVEL`; if they do, the
        weight means nothing.
    """

    quantity: str
    change: str
    n: int
    mean: float
    sd: float
    low: float
    high: float
    at_means: float
    world_sd: float
    published_low: float
    published_high: float
    published_n: int
    published_sd: float | None
    sd_stands_in: bool
    overlap_patients: float
    overlap_means: float
    weight: float
    stands_for: float
    compatible: bool
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class PowerRow:
    """Power of a paired t test of the endpoint at `n` patients, without and with the error of reading [1]."""

    n: int
    power: float
    power_with_reading: float


@dataclass(frozen=True, eq=False)
class TrialResult:
    """A virtual trial.

    Parameters
    ----------
    design
        What was asked.
    seed, worlds
        Of the patients; number of worlds.
    flow, baseline, outcomes, power
        Tables.
    patients_for_90
        Patients that the endpoint needs for a power of 0.9, without and with the error of reading.
    assumptions
        What the trial's file assumes, and the sizing rule.
    """

    design: TrialDesign
    seed: int
    worlds: int
    flow: Flow
    baseline: tuple[BaselineRow, ...]
    outcomes: tuple[OutcomeRow, ...]
    power: tuple[PowerRow, ...]
    patients_for_90: tuple[int | None, int | None]
    assumptions: tuple[Assumption, ...]

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        model = self.design.model
        return {
            "schema": TRIAL_SCHEMA,
            "research_use_only": True,
            "trial": model.model_dump(mode="json", exclude_defaults=True),
            "seed": self.seed,
            "worlds": self.worlds,
            "level": LEVEL,
            "flow": asdict(self.flow),
            "baseline": [asdict(row) for row in self.baseline],
            "outcomes": [asdict(row) for row in self.outcomes],
            "power": [asdict(row) for row in self.power],
            "patients_for_90_percent_power": list(self.patients_for_90),
            "assumptions": [asdict(row) for row in self.assumptions],
            "outside": list(model.outside),
        }
