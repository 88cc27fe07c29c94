"""The case file ``annulus.case/1``: its keys, their units, and nothing about meshes or checks of anatomy."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from annulus.io._leaflet_model import ChordaeModel, HeightsModel, ThicknessModel
from annulus.io._schema import FileModel, Number, Point

__all__ = [
    "CASE_SCHEMA",
    "AnnulusModel",
    "ArteryModel",
    "AssumptionModel",
    "BranchModel",
    "CaseModel",
    "CoronarySinusModel",
    "EchoModel",
    "LeadModel",
    "LeafletsModel",
    "LoadingModel",
    "LoopModel",
    "PartModel",
]

CASE_SCHEMA = "annulus.case/1"
"""Name and version of the format; a file of another version is refused."""

PhaseName = Literal["end-diastole", "mid-diastole", "mid-systole", "end-systole", "unknown"]
LandmarkName = Literal["A", "P", "AL", "PM", "LT", "RT", "ALC", "PMC"]
TipName = Literal["AL", "PM"]


def _relative(path: str) -> str:
    inside = not PurePosixPath(path).is_absolute() and ".." not in PurePosixPath(path).parts
    if not path or not inside or "\\" in path or ":" in path:
        raise PydanticCustomError(
            "mesh_path", "must be a path relative to the case file, with forward slashes and without '..'"
        )
    return path


MeshPath = Annotated[str, AfterValidator(_relative), Field(description="Mesh file, relative to the case file.")]


class AnnulusModel(FileModel):
    """Annulus loop and its landmarks."""

    points_mm: list[Point] = Field(description="Loop vertices [mm]; the first one is not repeated.")
    landmarks: dict[LandmarkName, Point] = Field(description="Landmark points [mm]; A, P, AL and PM are required.")
    landmark_sources: dict[LandmarkName, str] = Field(
        default={}, description="Where each landmark comes from: given, aortic valve, shape, ..."
    )


class PartModel(FileModel):
    """A named stretch of a vessel."""

    name: str
    from_mm: Number = Field(description="Arc length from the ostium [mm].")
    to_mm: Number = Field(description="Arc length from the ostium [mm].")


class _VesselModel(FileModel):
    points_mm: list[Point] = Field(description="Axis vertices [mm], proximal to distal.")
    radius_mm: list[Number] | None = Field(
        default=None, description="Area-equivalent radius sqrt(A/pi) at each vertex [mm]."
    )
    mis_radius_mm: list[Number] | None = Field(
        default=None, description="Radius of the maximum inscribed sphere at each vertex [mm]."
    )


class BranchModel(FileModel):
    """A side branch of the vein."""

    name: str
    at_mm: Number = Field(description="Arc length of its mouth from the ostium [mm].")
    diameter_mm: Number = Field(description="Diameter at its mouth [mm].")


class CoronarySinusModel(_VesselModel):
    """Coronary sinus and great cardiac vein; the first point is the ostium."""

    parts: list[PartModel] = []
    ostium_source: str = Field(default="given", description="How the ostium end was found.")
    branches: list[BranchModel] | None = Field(default=None, description="Side branches.")
    valves_mm: list[Number] | None = Field(default=None, description="Venous valves, arc lengths from the ostium [mm].")
    stents: list[PartModel] | None = Field(
        default=None, description="Stretches in or over which a stent lies, the vein's own or an artery's."
    )


class ArteryModel(_VesselModel):
    """An artery from its origin distally."""

    name: str = Field(description="lcx, om1, ...")


class LeadModel(FileModel):
    """A pacing or defibrillator lead."""

    name: str
    points_mm: list[Point] = Field(description="Its path [mm], from the vein's ostium or before.")
    diameter_mm: Number = Field(description="Diameter of the lead [mm].")


class LeafletsModel(FileModel):
    """Leaflets as meshes, as heights, or both; thickness and chordae where known."""

    anterior: MeshPath | None = None
    posterior: MeshPath | None = None
    heights: HeightsModel | None = None
    thickness: ThicknessModel | None = None
    chordae: ChordaeModel | None = None
    cleft_depth_mm: Number | None = Field(
        default=None, description="Depth of slits between the posterior scallops, from the free edge [mm]."
    )


class LoopModel(FileModel):
    """A closed curve."""

    points_mm: list[Point]


class LoadingModel(FileModel):
    """Pressures."""

    lv_pressure_mmhg: Number | None = None
    la_pressure_mmhg: Number | None = None


class EchoModel(FileModel):
    """Baseline echo."""

    eroa_mm2: Number | None = None
    regurgitant_volume_ml: Number | None = None
    vena_contracta_mm: Number | None = None
    tenting_height_mm: Number | None = None
    ejection_fraction_percent: Number | None = None
    heart_rate_bpm: Number | None = None
    end_diastolic_volume_ml: Number | None = None


class AssumptionModel(FileModel):
    """Something that was not measured in this heart."""

    name: str
    value: Number | str | None = None
    unit: str = ""
    why: str
    source: str = ""


class CaseModel(FileModel):
    """One heart in one phase; world coordinates LPS, millimetres."""

    schema_: Literal["annulus.case/1"] = Field(alias="schema")
    id: str = Field(min_length=1)
    coordinate_system: Literal["LPS"] = Field(description="Patient axes: x left, y posterior, z superior.")
    phase: PhaseName = "unknown"
    source: str = ""
    licence: str = ""
    annulus: AnnulusModel
    coronary_sinus: CoronarySinusModel | None = None
    arteries: list[ArteryModel] = []
    leads: list[LeadModel] | None = None
    leaflets: LeafletsModel | None = None
    papillary_tips: dict[TipName, Point] = {}
    aortic_annulus: LoopModel | None = None
    surfaces: dict[str, MeshPath] = {}
    loading: LoadingModel = LoadingModel()
    echo: EchoModel = EchoModel()
    assumptions: list[AssumptionModel] = []
