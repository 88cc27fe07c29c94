"""Result files: ``annulus.result/1`` and ``annulus.measures/1``, as published in ``docs/schemas``.

Absent means not computed. The top level is closed; objects of measures may grow, each new key naming its unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from annulus.errors import FileError
from annulus.io._case_model import AssumptionModel, CaseModel, PartModel, PhaseName
from annulus.io._recipe_model import Recipe
from annulus.io._schema import FileModel, Number, schema_text, validated

__all__ = ["SCHEMAS", "MeasuresModel", "ResultModel", "SequenceModel", "schema_files", "validate_result"]


class _Open(BaseModel):
    """Known keys are typed; others may stand beside them."""

    model_config = ConfigDict(frozen=True, extra="allow")


class CaseKey(FileModel):
    """Which geometry a result belongs to."""

    id: str
    digest: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 over the geometry and loading.")
    phase: PhaseName


class AnnulusValues(_Open):
    """Measures of the annulus, defined in ``docs/measures.md``."""

    ap_mm: Number | None = None
    alpm_mm: Number | None = None
    cw_mm: Number | None = None
    it_mm: Number | None = None
    perimeter_3d_mm: Number | None = None
    perimeter_2d_mm: Number | None = None
    perimeter_d_mm: Number | None = None
    area_2d_mm2: Number | None = None
    area_3d_mm2: Number | None = None
    area_d_mm2: Number | None = None
    height_mm: Number | None = None
    ahcwr: Number | None = None
    npa_deg: Number | None = None
    sphericity_ap_alpm: Number | None = None
    landmark_sources: dict[str, str] | None = None


class AnnulusStates(FileModel):
    """Annulus before, under traction, and locked (after)."""

    before: AnnulusValues
    traction: AnnulusValues | None = None
    after: AnnulusValues | None = None
    change_percent: dict[str, Number] | None = Field(default=None, description="Before to after [%].")


class CoronarySinusValues(_Open):
    """Measures of the coronary sinus; lists run along the vein or over theta."""

    length_mm: Number | None = None
    parts: list[_PartValues] | None = None
    radius_mm: list[Number | None] | None = None
    annulus_distance_mm: list[Number | None] | None = None
    plane_angle_deg: Number | None = None
    height_above_plane_mm: list[Number | None] | None = None


class _PartValues(PartModel):
    length_mm: Number | None = None


class CrossingValues(_Open):
    """A place where artery and vein cross."""

    artery: str
    cs_s_mm: Number
    lcx_s_mm: Number | None = None
    theta_deg: Number | None = None
    side_deg: Number | None = None
    inside_span: bool | None = None
    gap_before_mm: Number | None = Field(default=None, description="Wall to wall; negative where walls overlap.")
    gap_after_mm: Number | None = None


class RiskValues(_Open):
    """Class and probability of harm to the circumflex."""

    probability: Number | None = Field(default=None, ge=0.0, le=1.0)


class CircumflexValues(_Open):
    """Circumflex beside the vein."""

    crossings: list[CrossingValues]
    min_gap_before_mm: Number | None = None
    min_gap_after_mm: Number | None = None
    peak_contact_pressure_mmhg: Number | None = None
    lumen_area_reduction_percent: Number | None = None
    risk: RiskValues | None = None


class LandingValues(FileModel):
    """Ends of the ribbon on the vein."""

    distal_s_mm: Number
    proximal_s_mm: Number


class TherapyValues(_Open):
    """What was done."""

    kind: str
    device: str | None = None
    landing: LandingValues | None = None
    traction_n: Number | None = None
    locked_tension_n: Number | None = None
    plication_mm: Number | None = None
    centreline_arc_mm: Number | None = None
    slack_free_path_mm: Number | None = None
    device_length_mm: Number | None = None


class JetValues(_Open):
    """One hole of the closed valve."""

    section: str = Field(description="A1-P1, A2-P2 or A3-P3.")
    place: Number | None = Field(default=None, description="From the anterolateral (0) to the posteromedial side (1).")
    area_mm2: Number | None = None
    width_mm: Number | None = None
    centre_mm: tuple[Number, Number, Number] | None = None


class RegurgitationValues(_Open):
    """Orifice and flow."""

    roa_mm2: Number | None = Field(default=None, description="Anatomic orifice of the closed valve.")
    eroa_mm2: Number | None = Field(default=None, description="Effective orifice: contraction times ROA.")
    regurgitant_volume_ml: Number | None = None
    regurgitant_fraction_percent: Number | None = None
    vena_contracta_mm: Number | None = None
    vena_contracta_area_mm2: Number | None = None
    n_jets: int | None = None
    jets: list[JetValues] | None = None
    grade: str | int | None = None
    grade_by: str | None = Field(default=None, description="Which measure `grade` is that of.")
    grades: dict[str, str] | None = None
    scheme: str | None = None


class FitValues(_Open):
    """Fit of the valve to the baseline echo: an ensemble of slacks and tips that match it."""

    targets: dict[str, Number]
    error: dict[str, Number] | None = Field(default=None, description="Standard deviation of each target.")
    residual: dict[str, Number] | None = Field(default=None, description="Members' mean minus target.")
    reached: bool
    sentence: str
    n_members: int
    effective_size: Number | None = None
    central: dict[str, Number] | None = Field(default=None, description="The member that is closed, mm.")
    closed: dict[str, Number] | None = Field(default=None, description="What it gives where a target was set.")
    level: Number | None = None
    before: dict[str, tuple[Number, Number]] | None = Field(default=None, description="Members' interval, by measure.")
    after: dict[str, tuple[Number, Number]] | None = None


class FillingValues(_Open):
    """The open valve in diastole."""

    diastolic_orifice_mm2: Number | None = None
    n_orifices: int | None = None
    mean_gradient_mmhg: Number | None = None


class FillingStates(FileModel):
    """Filling before and after."""

    before: FillingValues | None = None
    after: FillingValues | None = None


class RegurgitationStates(FileModel):
    """Regurgitation before and after."""

    before: RegurgitationValues | None = None
    after: RegurgitationValues | None = None


class CoaptationStates(FileModel):
    """Coaptation before and after."""

    before: dict[str, JsonValue] | None = None
    after: dict[str, JsonValue] | None = None


class SafetyValues(_Open):
    """One row of the safety panel."""

    event: str
    status: str
    indicator: str | None = None
    value: Number | str | None = None
    unit: str | None = None
    basis: str | None = None


class IntervalValues(FileModel):
    """Intervals of predicted numbers by their key."""

    level: Number = Field(gt=0.0, lt=1.0)
    by_key: dict[str, tuple[Number, Number]]
    standard_error: dict[str, tuple[Number, Number]] | None = Field(
        default=None, description="Of the two ends, by their key: how well the samples fix them."
    )
    bias_removed: dict[str, Number] | None = Field(
        default=None, description="What was taken off all draws because error of measurement only adds, by key."
    )
    share_of_draws: dict[str, Number] | None = Field(
        default=None, description="Share of the draws that have this number, where not all do."
    )
    n_samples: int | None = None
    seed: int | None = None
    failures: dict[str, int] | None = Field(default=None, description="Why a draw gave no prediction, and how often.")


class SolverValues(_Open):
    """How the solve went."""

    status: str
    iterations: int | None = None
    residual: Number | None = None


class ResultModel(FileModel):
    """One prediction; a key that is absent was not computed."""

    schema_: Literal["annulus.result/1"] = Field(alias="schema")
    case: CaseKey
    therapy: TherapyValues
    annulus: AnnulusStates
    coronary_sinus: CoronarySinusValues | None = None
    coaptation: CoaptationStates | None = None
    regurgitation: RegurgitationStates | None = None
    fit: FitValues | None = None
    filling: FillingStates | None = Field(default=None, description="Stenosis check of a clip or ring.")
    circumflex: CircumflexValues | None = None
    safety: list[SafetyValues] | None = None
    intervals: IntervalValues | None = None
    importance: dict[str, JsonValue] | None = Field(
        default=None, description="Sobol indices of each uncertain number for each prediction, by its key."
    )
    flags: list[str] | None = Field(default=None, description="Sentences on what does not sit as it should.")
    assumptions: list[AssumptionModel]
    solver: SolverValues
    provenance: dict[str, JsonValue]
    shapes: dict[str, JsonValue] | None = Field(
        default=None, description="Curves and closed leaflets of the states [mm], for pictures."
    )


class MeasuresModel(FileModel):
    """Measures of one case."""

    schema_: Literal["annulus.measures/1"] = Field(alias="schema")
    case: CaseKey
    annulus: AnnulusValues
    coronary_sinus: CoronarySinusValues | None = None
    circumflex: CircumflexValues | None = None
    intervals: IntervalValues | None = None
    assumptions: list[AssumptionModel]


class SequenceModel(FileModel):
    """Measures of the frames of one heartbeat."""

    schema_: Literal["annulus.sequence/1"] = Field(alias="schema")
    source: str
    valve: str
    frames: list[int]
    annulus: dict[str, list[Number | None]] = Field(description="Measure to its value in each frame.")
    assumptions: list[AssumptionModel]


SCHEMAS: Mapping[str, type[BaseModel]] = {
    "annulus.case/1": CaseModel,
    "annulus.recipe/1": Recipe,
    "annulus.result/1": ResultModel,
    "annulus.measures/1": MeasuresModel,
    "annulus.sequence/1": SequenceModel,
}
"""Name of each file format to its model."""


def schema_files() -> dict[str, str]:
    """File name to text of every published JSON Schema, as they stand in ``docs/schemas``."""
    return {
        f"{name.replace('/', '-')}.json": schema_text(model, identifier=name, title=name)
        for name, model in SCHEMAS.items()
    }


def validate_result(document: Mapping[str, Any], *, name: str = "result") -> None:
    """Check a result, measures or sequence document against its published schema.

    Parameters
    ----------
    document
        What `to_dict` gave, or what stood in a file.
    name
        What the error calls it: the file's path.

    Raises
    ------
    FileError
        An unknown schema, or the first thing that is wrong.
    """
    schema = document.get("schema")
    known = [key for key in SCHEMAS if key not in ("annulus.case/1", "annulus.recipe/1")]
    if schema not in known:
        raise FileError(name, "schema", f"must be one of {', '.join(known)}; got {schema!r}: give a result file.")
    validated(SCHEMAS[str(schema)], document, file=name)
