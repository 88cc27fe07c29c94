"""The recipe ``annulus.recipe/1``: which file is which structure, in TOML."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from annulus.io._case_model import EchoModel, LoadingModel, PartModel, PhaseName
from annulus.io._leaflet_model import ChordaeModel, HeightsModel, ThicknessModel
from annulus.io._schema import FileModel, Number, Point

__all__ = [
    "RECIPE_SCHEMA",
    "AnnulusRecipe",
    "AorticRecipe",
    "ArteryRecipe",
    "BranchRecipe",
    "FileRef",
    "LandmarkRecipe",
    "LeadRecipe",
    "LeafletSizesRecipe",
    "LeafletsRecipe",
    "OstiumRecipe",
    "PieceRecipe",
    "RadiusFrom",
    "Recipe",
    "VeinRecipe",
    "VesselRecipe",
]

RECIPE_SCHEMA = "annulus.recipe/1"
"""Name and version of the format."""

_AXES = r"^[LRAPSI]{3}$"


def _or(short: dict[str, Any]) -> Any:
    """JSON Schema of a model that a short spelling may stand for."""

    def extend(schema: dict[str, Any]) -> None:
        full = dict(schema)
        schema.clear()
        schema["anyOf"] = [short, full]

    return ConfigDict(json_schema_extra=extend)


class FileRef(FileModel):
    """One file, or one named node of it; as text: ``"heart.glb#mitral_valve"``."""

    model_config = _or({"type": "string", "description": "FILE or FILE#NODE"})

    file: str = Field(min_length=1, description="Path in the root folder.")
    node: str | None = Field(
        default=None,
        description="Name or number (from 0) of a node, object, solid, markup or line; phase or file name of a table.",
    )
    unit: Literal["um", "mm", "cm", "m"] | None = Field(default=None, description="Unit of this file.")
    coordinate_system: Annotated[str, Field(pattern=_AXES)] | None = Field(
        default=None, description="Where +x, +y, +z point in this file."
    )
    override: bool = Field(default=False, description="Believe the recipe even where the file states otherwise.")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: object) -> object:
        if isinstance(data, str):
            file, _, node = data.partition("#")
            return {"file": file, "node": node} if node else {"file": file}
        return data


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _not_empty(value: list[FileRef]) -> list[FileRef]:
    if not value:
        raise PydanticCustomError("no_files", "must name at least one file")
    return value


Files = Annotated[
    list[FileRef],
    BeforeValidator(_listed, json_schema_input_type=FileRef | list[FileRef]),
    AfterValidator(_not_empty),
]
"""One file, or a list of them that are one structure together."""


class LandmarkRecipe(FileModel):
    """A landmark: a point, or the place of the annulus next to a structure."""

    model_config = _or({"anyOf": [{"type": "string"}, {"type": "array"}], "description": "a FILE, or a point [mm]"})

    point_mm: Point | None = Field(default=None, description="The point [mm], LPS.")
    near: Files | None = Field(default=None, description="Structure: the annulus point nearest to its centroid.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: object) -> object:
        if isinstance(data, str):
            return {"near": data}
        if isinstance(data, list) and data and not isinstance(data[0], (str, dict)):
            return {"point_mm": data}
        return data

    @model_validator(mode="after")
    def _one_way(self) -> LandmarkRecipe:
        if (self.point_mm is None) == (self.near is None):
            raise PydanticCustomError("one_way", "must have either point_mm or near")
        return self


_GOES_WITH = {
    "surfaces": ("ring", "boundary", "interface"),
    "contour": ("contour",),
    "valve": ("contour",),
    "frame": ("contour",),
    "largest_gap": ("boundary", "interface"),
    "tolerance_mm": ("interface",),
}
"""Keys of the annulus that only some ways of finding it read."""


class AnnulusRecipe(FileModel):
    """Where the annulus comes from."""

    method: Literal["ring", "boundary", "interface", "contour"] = Field(
        alias="from",
        description="ring: tube along the annulus; boundary: open edge of leaflets or valve; interface: where the left "
        "atrium (surfaces) meets the left ventricle (against); contour: points in a file.",
    )
    surfaces: Files | None = Field(default=None, description="Meshes of ring, leaflets, valve, or left atrium.")
    against: Files | None = Field(default=None, description="interface only: meshes of the left ventricle.")
    contour: FileRef | None = Field(default=None, description="contour only: markups, table or line file.")
    largest_gap: Number = Field(
        default=0.1, gt=0.0, le=1.0, description="boundary, interface: longest stretch bridged, share of the turn."
    )
    tolerance_mm: Number = Field(default=1.0, gt=0.0, description="interface: what counts as touching [mm].")
    valve: str = Field(default="mitral", description="contour from a table: which valve.")
    frame: int | None = Field(default=None, description="contour from a table: which frame.")
    landmarks: dict[Literal["A", "P", "AL", "PM", "LT", "RT", "ALC", "PMC"], LandmarkRecipe] = {}
    landmarks_from: FileRef | None = Field(default=None, description="File with points labelled A, P, AL, PM, LT, ...")

    @model_validator(mode="after")
    def _fitting(self) -> AnnulusRecipe:
        needed = {"ring": "surfaces", "boundary": "surfaces", "interface": "surfaces", "contour": "contour"}[
            self.method
        ]
        if getattr(self, needed) is None:
            raise PydanticCustomError(
                "needs", "from = '{method}' needs the key {key}", {"method": self.method, "key": needed}
            )
        if (self.method == "interface") != (self.against is not None):
            raise PydanticCustomError("needs", "the key against goes with from = 'interface', and only with it")
        # What would be ignored is refused.
        for key, methods in _GOES_WITH.items():
            if key in self.model_fields_set and self.method not in methods:
                raise PydanticCustomError(
                    "needs",
                    "the key {key} goes with from = {methods}; got '{method}': leave it out",
                    {"key": key, "methods": " or ".join(f"'{one}'" for one in methods), "method": self.method},
                )
        return self


class PieceRecipe(FileModel):
    """A named stretch of a vessel."""

    name: str = Field(min_length=1)
    surfaces: Files


class OstiumRecipe(FileModel):
    """Which end of the vein is the ostium; without it the larger end is."""

    near: Files | None = Field(default=None, description="Structure at the ostium, such as the Thebesian valve.")
    near_point_mm: Point | None = Field(default=None, description="A point at the ostium [mm], LPS.")
    right_atrium: Files | None = Field(default=None, description="The end nearer to it is the ostium.")
    cut: bool = Field(
        default=False, description="right_atrium only: the vein begins where its axis is nearest to the right atrium."
    )

    @model_validator(mode="after")
    def _one_rule(self) -> OstiumRecipe:
        if sum(item is not None for item in (self.near, self.near_point_mm, self.right_atrium)) != 1:
            raise PydanticCustomError("one_rule", "must have exactly one of near, near_point_mm and right_atrium")
        if self.cut and self.right_atrium is None:
            raise PydanticCustomError("one_rule", "the key cut goes with right_atrium")
        return self


class RadiusFrom(FileModel):
    """Which values at the centreline's points are its radius; as text, their name."""

    model_config = _or({"type": "string", "description": "NAME of a measurement or array"})

    name: str = Field(min_length=1, description="Measurement of the markup, array or column of the file.")
    diameter: bool = Field(default=False, description="They are diameters.")
    inscribed: bool = Field(default=False, description="They are of the inscribed sphere, not area-equivalent.")
    unit: Literal["um", "mm", "cm", "m"] | None = Field(default=None, description="Theirs; the file's if left out.")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: object) -> object:
        return {"name": data} if isinstance(data, str) else data


Station = tuple[Number, Number]
"""Arc length from the ostium or origin [mm], and the radius there [mm]."""


class VesselRecipe(FileModel):
    """A vessel: pieces of its wall in order, or a finished centreline with its radius."""

    pieces: list[PieceRecipe] | None = Field(default=None, min_length=1, description="Walls, proximal to distal.")
    centreline: FileRef | None = Field(default=None, description="Curve file (markups, VTP) instead of pieces.")
    reverse: bool = Field(default=False, description="Turn the found direction round.")
    end_near_mm: Point | None = Field(
        default=None, description="Point near the wanted far end [mm], picks a branch, or a line of the centreline."
    )
    radius_mm: Number | list[Station] | None = Field(
        default=None,
        description="centreline only: one radius, or [[station, radius], ...] from its first end [mm].",
    )
    radius_from: RadiusFrom | None = Field(default=None, description="centreline only: values of the file.")

    @model_validator(mode="after")
    def _one_source(self) -> VesselRecipe:
        if (self.pieces is None) == (self.centreline is None):
            raise PydanticCustomError("one_source", "must have either pieces or centreline")
        given = [key for key in ("radius_mm", "radius_from") if getattr(self, key) is not None]
        if given and self.centreline is None:
            raise PydanticCustomError("one_source", "the key {key} goes with centreline; pieces have their own radius",
                                      {"key": given[0]})  # fmt: skip
        if len(given) > 1:
            raise PydanticCustomError("one_source", "must have either radius_mm or radius_from, not both")
        stations = self.radius_mm if isinstance(self.radius_mm, list) else []
        if isinstance(self.radius_mm, list) and not stations:
            raise PydanticCustomError("stations", "radius_mm must have at least one [station, radius]")
        if any(b[0] <= a[0] for a, b in pairwise(stations)):
            raise PydanticCustomError("stations", "stations of radius_mm must rise")
        return self


class BranchRecipe(FileModel):
    """A side branch of the vein."""

    name: str = Field(min_length=1)
    at_mm: Number | None = Field(default=None, description="Arc length of its mouth from the ostium [mm].")
    near_mm: Point | None = Field(default=None, description="A point at its mouth instead [mm], LPS.")
    diameter_mm: Number = Field(gt=0.0, description="Diameter at its mouth [mm].")

    @model_validator(mode="after")
    def _one_place(self) -> BranchRecipe:
        if (self.at_mm is None) == (self.near_mm is None):
            raise PydanticCustomError("one_place", "must have either at_mm or near_mm")
        return self


class LeadRecipe(FileModel):
    """A pacing or defibrillator lead."""

    name: str = Field(min_length=1)
    centreline: FileRef = Field(description="Its path, from the vein's ostium or before.")
    diameter_mm: Number = Field(gt=0.0, description="Diameter of the lead [mm].")


class VeinRecipe(VesselRecipe):
    """Coronary sinus and great cardiac vein."""

    ostium: OstiumRecipe | None = None
    branches: list[BranchRecipe] = Field(default=[], description="Side branches.")
    valves_mm: list[Number | Point] = Field(
        default=[], description="Venous valves: arc lengths from the ostium, or points [mm]."
    )
    stents: list[PartModel] = Field(default=[], description="Stretches in or over which a stent lies.")


class ArteryRecipe(VesselRecipe):
    """An artery."""

    name: str = Field(min_length=1, description="lcx, om1, ...")
    start_near_mm: Point | None = Field(default=None, description="Point near the origin [mm], LPS.")


class AorticRecipe(FileModel):
    """The aortic valve: it tells where the anterior side of the mitral annulus is."""

    surfaces: Files = Field(description="Cusps, valve or annulus.")
    annulus: Files | None = Field(default=None, description="Ring or arcs along the aortic annulus.")


class LeafletSizesRecipe(FileModel):
    """Leaflet heights by three numbers."""

    anterior_height_mm: Number = Field(description="Hinge to free edge at A [mm].")
    posterior_height_mm: Number = Field(description="Hinge to free edge at P [mm].")
    commissural_height_mm: Number = Field(description="Hinge to free edge at the commissures [mm].")
    scallop_depth_mm: Number = Field(default=0.0, description="Less posterior height between the scallops [mm].")


class LeafletsRecipe(FileModel):
    """Leaflet meshes or heights, thickness and chordae."""

    anterior: Files | None = None
    posterior: Files | None = None
    chordae_attached: bool = Field(default=False, description="The meshes hold chordae too: no free edge is known.")
    heights: HeightsModel | None = Field(default=None, description="Heights around the annulus.")
    sizes: LeafletSizesRecipe | None = Field(default=None, description="Heights at A, P and the commissures.")
    thickness: ThicknessModel | None = None
    chordae: ChordaeModel | None = None
    cleft_depth_mm: Number = Field(default=0.0, description="Depth of slits between the posterior scallops [mm].")

    @model_validator(mode="after")
    def _one_way(self) -> LeafletsRecipe:
        if self.heights is not None and self.sizes is not None:
            raise PydanticCustomError("one_way", "must have either heights or sizes, not both")
        return self


class Recipe(FileModel):
    """Which file is which structure."""

    schema_: Literal["annulus.recipe/1"] = Field(alias="schema")
    id: str = Field(min_length=1)
    source: str = ""
    licence: str = ""
    notes: str = ""
    phase: PhaseName = "unknown"
    unit: Literal["um", "mm", "cm", "m"] | None = Field(default=None, description="Unit of files that state none.")
    coordinate_system: Annotated[str, Field(pattern=_AXES)] | None = Field(
        default=None, description="Where +x, +y, +z point in files that do not say: LPS, RAS, LSA, ..."
    )
    oriented: bool = Field(default=True, description="False: the heart does not stand in a body's axes.")
    scale: Number | None = Field(default=None, gt=0.0, description="Enlarge the finished case.")
    annulus: AnnulusRecipe
    aortic_valve: AorticRecipe | None = None
    coronary_sinus: VeinRecipe | None = None
    arteries: list[ArteryRecipe] = []
    leads: list[LeadRecipe] = []
    leaflets: LeafletsRecipe | None = None
    papillary_muscles: dict[Literal["AL", "PM"], Files] = {}
    papillary_tips_mm: dict[Literal["AL", "PM"], Point] = {}
    surfaces: dict[str, Files] = {}
    loading: LoadingModel = LoadingModel()
    echo: EchoModel = EchoModel()
