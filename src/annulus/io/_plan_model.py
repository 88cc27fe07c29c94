"""Plan, comparison and evaluation files: ``annulus.plan/1``, ``annulus.comparison/1``, ``annulus.evaluation/1``.

Values stand under their key in a result (``docs/quantities.md``): the catalogue says what each is. Absent means not
computed.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from annulus.io._case_model import AssumptionModel, PhaseName
from annulus.io._schema import FileModel, Number

__all__ = ["ComparisonModel", "EvaluationModel", "PlanModel"]

_Interval = tuple[Number, Number]


class PlannedCase(FileModel):
    """Which geometry a plan belongs to."""

    id: str
    digest: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 over the geometry and loading.")
    phase: PhaseName


class CompressionModel(FileModel):
    """Probability that an artery is compressed, over worlds."""

    probability: Number = Field(ge=0.0, le=1.0)
    low: Number = Field(description="95 % Wilson interval: what so few worlds leave open.")
    high: Number
    n_worlds: int
    basis: str = Field(description="What is meant by compressed.")


class ChangeModel(FileModel):
    """Change from before to after, world by world."""

    median: Number
    interval: _Interval | tuple[()] = Field(description="Empty where a world does not know the number.")


class CandidateModel(FileModel):
    """One size at one site under one load."""

    device: str
    distal_s_mm: Number
    proximal_s_mm: Number
    plication_mm: Number
    oversize: _Interval = Field(description="Distal and proximal anchor over vein diameter.")
    values: dict[str, Number] = Field(description="Point prediction, by key of the result.")
    n_worlds: int | None = None
    medians: dict[str, Number] | None = None
    intervals: dict[str, _Interval] | None = None
    changes: dict[str, ChangeModel] | None = Field(default=None, description="By the key of the value after.")
    compression: CompressionModel | None = None
    problem: str | None = Field(default=None, description="Which rule it breaks.")


class SizeModel(FileModel):
    """What becomes of one size."""

    device: str
    status: Literal["recommended", "runner_up", "fits", "unfit"]
    reason: str
    candidate: CandidateModel | None = None


class PlannedModel(FileModel):
    """Plan of one heart."""

    case: PlannedCase
    other_phases: list[PhaseName] = Field(description="Other phases in which the best were checked.")
    verdict: Literal["recommended", "none suits"]
    line: str = Field(description="The answer in a line.")
    notes: list[str] = Field(description="What must be said before everything else.")
    before: dict[str, Number]
    recommended: CandidateModel | None = None
    runner_up: CandidateModel | None = None
    best: list[CandidateModel] = Field(description="Predicted in many worlds, in order.")
    front: list[CandidateModel] = Field(description="None beats them in EROA, AP and risk together; the safest first.")
    sizes: list[SizeModel]
    n_screened: int
    n_out: int = Field(description="Of these out by a rule in the point prediction.")


class PlanModel(FileModel):
    """Which size, where, how hard, for one heart or several."""

    schema_: Literal["annulus.plan/1"] = Field(alias="schema")
    devices: list[str]
    rules: dict[str, JsonValue]
    search: dict[str, JsonValue]
    cases: list[PlannedModel]
    failures: dict[str, str] = Field(description="Id of a case to why it has no plan.")
    assumptions: list[AssumptionModel]
    provenance: dict[str, JsonValue]


class ComparedModel(FileModel):
    """One therapy among those compared."""

    therapy: str
    line: str
    values: dict[str, Number | str] = Field(description="By key of the result.")
    intervals: dict[str, _Interval]
    flags: list[str]
    safety: list[dict[str, JsonValue]] | None = None
    n_worlds: int | None = None
    failure: str | None = Field(default=None, description="Why it could not be done in this heart.")


class DifferenceModel(FileModel):
    """One number of one therapy less that of another, in equal worlds."""

    therapy: str
    less: str
    key: str
    value: Number
    interval: _Interval | None = None
    n_worlds: int | None = None


class ComparisonModel(FileModel):
    """Therapies side by side in one heart and equal worlds."""

    schema_: Literal["annulus.comparison/1"] = Field(alias="schema")
    case: PlannedCase
    closure: str
    level: Number
    seed: int
    therapies: list[ComparedModel]
    differences: list[DifferenceModel]
    notes: list[str]
    assumptions: list[AssumptionModel]
    provenance: dict[str, JsonValue]


class ErrorModel(FileModel):
    """One measure: predicted from PRE, measured on POST."""

    key: str
    before: Number | None = None
    predicted: Number
    measured: Number
    error: Number = Field(description="Predicted less measured.")
    interval: _Interval | None = Field(default=None, description="In which the measured value should lie.")
    inside: bool | None = None


class PairModel(FileModel):
    """One heart before and after an implant."""

    pre: PlannedCase
    post: PlannedCase
    device: str
    line: str
    errors: list[ErrorModel]
    flags: list[str]


class SummaryModel(FileModel):
    """One measure over all pairs."""

    key: str
    n: int
    bias: Number
    sd: Number | None = None
    rms: Number
    n_inside: int | None = None
    n_with_interval: int | None = None
    coverage_interval: _Interval | None = Field(default=None, description="95 % Wilson interval of the share inside.")


class EvaluationModel(FileModel):
    """Predictions beside measured outcomes."""

    schema_: Literal["annulus.evaluation/1"] = Field(alias="schema")
    level: Number
    samples: int
    seed: int
    pairs: list[PairModel]
    failures: dict[str, str]
    summary: list[SummaryModel]
    assumptions: list[AssumptionModel]
    provenance: dict[str, JsonValue]
