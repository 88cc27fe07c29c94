"""Cases in and out: ``case.json`` with its meshes beside it, bit for bit."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import (
    Annulus,
    Artery,
    Case,
    CoronarySinus,
    Echo,
    LeafletHeights,
    Leaflets,
    Loading,
    Phase,
    VesselPart,
)
from annulus.errors import FileError
from annulus.geometry import Curve, Loop, Surface
from annulus.io._case_model import (
    CASE_SCHEMA,
    AnnulusModel,
    ArteryModel,
    AssumptionModel,
    CaseModel,
    CoronarySinusModel,
    EchoModel,
    LeafletsModel,
    LoadingModel,
    LoopModel,
    PartModel,
)
from annulus.io._json import read_json
from annulus.io._leaflet_model import ChordaeModel, HeightsModel, ThicknessModel
from annulus.io._mesh_read import existing, read_mesh
from annulus.io._mesh_write import write_ply
from annulus.io._sanity import check_case, check_loop
from annulus.io._schema import Point, placed, validated
from annulus.sources import Assumption

__all__ = ["load_case", "save_case"]


def load_case(path: Path | str) -> Case:
    """The case in a ``case.json`` file, meshes included.

    Raises
    ------
    MissingFileError, FileError
        No such file, no JSON, another format or version, an unknown or missing key, a mesh that is not there, or
        anatomy that cannot be (see `annulus.io` on checks): the file, the place in it, the rule, what came, what to do.
    """
    file = existing(path)
    data = read_json(file)
    if not isinstance(data, dict) or data.get("schema") != CASE_SCHEMA:
        came = data.get("schema", "no schema key") if isinstance(data, dict) else type(data).__name__
        raise FileError(file, "schema", f'must be "{CASE_SCHEMA}"; got {came!r}: give a case file of this version.')
    case = _case(validated(CaseModel, data, file=file), file)
    check_case(case, file)
    return case


def save_case(case: Case, path: Path | str) -> None:
    """Write `case` as ``case.json``; its meshes go to the folder ``<stem>_meshes`` beside it as PLY."""
    file = Path(path)
    folder = file.with_name(f"{file.stem}_meshes")
    meshes: dict[str, Surface] = {f"surfaces/{name}": surface for name, surface in case.surfaces.items()}
    if case.leaflets is not None:
        for name in ("anterior", "posterior"):
            sheet = getattr(case.leaflets, name)
            if sheet is not None:
                meshes[f"leaflets/{name}"] = sheet
    paths = _mesh_names(meshes, folder.name)
    file.parent.mkdir(parents=True, exist_ok=True)
    if meshes:
        folder.mkdir(exist_ok=True)
    for key, surface in meshes.items():
        write_ply(surface, file.parent / paths[key])
    # Optional keys without a value are left out: absent means unknown.
    text = json.dumps(_model(case, paths).model_dump(by_alias=True, exclude_none=True, mode="json"), indent=1)
    file.write_text(_rows_on_one_line(text) + "\n", encoding="utf-8")


def _mesh_names(meshes: dict[str, Surface], folder: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for key in meshes:
        kind, name = key.split("/", 1)
        stem = re.sub(r"[^A-Za-z0-9_-]+", "_", name if kind == "surfaces" else f"leaflet_{name}")
        while f"{folder}/{stem}.ply" in names.values():
            stem += "_"
        names[key] = f"{folder}/{stem}.ply"
    return names


def _rows_on_one_line(text: str) -> str:
    """JSON text with every list of numbers on one line."""
    return re.sub(r"\[\s+([^\[\]{}\"]*?)\s+\]", lambda match: "[" + " ".join(match[1].split()) + "]", text)


def _rows(array: FloatArray) -> list[Point]:
    return [(row[0], row[1], row[2]) for row in array.tolist()]


def _values(array: FloatArray | None) -> list[float] | None:
    return None if array is None else array.tolist()


def _point(array: FloatArray) -> Point:
    return (float(array[0]), float(array[1]), float(array[2]))


def _model(case: Case, paths: dict[str, str]) -> CaseModel:
    vein, leaflets = case.coronary_sinus, case.leaflets
    heights = None if leaflets is None else leaflets.heights
    return CaseModel(
        schema=CASE_SCHEMA,
        id=case.id,
        coordinate_system="LPS",
        phase=case.phase.value,
        source=case.source,
        licence=case.licence,
        annulus=AnnulusModel.model_validate(
            {
                "points_mm": _rows(case.annulus.loop.points),
                "landmarks": {name: _point(point) for name, point in case.annulus.landmarks.items()},
                "landmark_sources": dict(case.annulus.landmark_sources),
            }
        ),
        coronary_sinus=None
        if vein is None
        else CoronarySinusModel(
            points_mm=_rows(vein.curve.points),
            radius_mm=_values(vein.curve.radius),
            mis_radius_mm=_values(vein.curve.mis_radius),
            parts=[PartModel(name=part.name, from_mm=part.from_mm, to_mm=part.to_mm) for part in vein.parts],
            ostium_source=vein.ostium_source,
        ),
        arteries=[
            ArteryModel(
                name=artery.name,
                points_mm=_rows(artery.curve.points),
                radius_mm=_values(artery.curve.radius),
                mis_radius_mm=_values(artery.curve.mis_radius),
            )
            for artery in case.arteries
        ],
        leaflets=None
        if leaflets is None
        else LeafletsModel(
            anterior=paths.get("leaflets/anterior"),
            posterior=paths.get("leaflets/posterior"),
            heights=None
            if heights is None
            else HeightsModel(theta_deg=heights.theta_deg.tolist(), height_mm=heights.height_mm.tolist()),
            thickness=None if leaflets.thickness is None else ThicknessModel.of(leaflets.thickness),
            chordae=None if leaflets.chordae is None else ChordaeModel.of(leaflets.chordae),
            cleft_depth_mm=leaflets.cleft_depth_mm or None,
        ),
        papillary_tips={name: _point(tip) for name, tip in case.papillary_tips.items()},  # type: ignore[misc]
        aortic_annulus=None if case.aortic_annulus is None else LoopModel(points_mm=_rows(case.aortic_annulus.points)),
        surfaces={name: paths[f"surfaces/{name}"] for name in case.surfaces},
        loading=LoadingModel.model_validate(_fields(case.loading)),
        echo=EchoModel.model_validate(_fields(case.echo)),
        assumptions=[AssumptionModel.model_validate(line.to_dict()) for line in case.assumptions],
    )


def _fields(record: Loading | Echo) -> dict[str, float | None]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _case(model: CaseModel, file: Path) -> Case:
    def mesh(relative: str | None, place: str) -> Surface | None:
        if relative is None:
            return None
        path = existing(file.parent / relative, place=place, named_in=file)
        # A file without a statement is what its case file says: LPS, mm. A contradiction is still refused.
        return read_mesh(path, unit="mm", coordinate_system="LPS")

    def curve(vessel: CoronarySinusModel | ArteryModel, place: str) -> Curve:
        for name in ("radius_mm", "mis_radius_mm"):
            values = getattr(vessel, name)
            if values is not None and len(values) != len(vessel.points_mm):
                raise FileError(
                    file,
                    f"{place}.{name}",
                    f"must have one value for each of {len(vessel.points_mm)} points; got {len(values)}: mend it.",
                )
        with placed(file, place):
            return Curve(np.array(vessel.points_mm), vessel.radius_mm, vessel.mis_radius_mm)  # type: ignore[arg-type]

    def loop(points: list[Point], place: str) -> Loop:
        with placed(file, place):
            return Loop(np.array(points, dtype=np.float64).reshape(-1, 3))

    ring = loop(model.annulus.points_mm, "annulus.points_mm")
    check_loop(ring, file, "annulus.points_mm")
    with placed(file, "annulus"):
        annulus = Annulus(
            ring,
            {name: np.array(point) for name, point in model.annulus.landmarks.items()},
            {str(name): text for name, text in model.annulus.landmark_sources.items()},
        )
    vein = None
    if model.coronary_sinus is not None:
        axis = curve(model.coronary_sinus, "coronary_sinus")
        parts = tuple(VesselPart(part.name, part.from_mm, part.to_mm) for part in model.coronary_sinus.parts)
        with placed(file, "coronary_sinus"):
            vein = CoronarySinus(axis, parts, model.coronary_sinus.ostium_source)
    leaflets = None
    if model.leaflets is not None:
        heights = model.leaflets.heights
        with placed(file, "leaflets"):
            leaflets = Leaflets(
                mesh(model.leaflets.anterior, "leaflets.anterior"),
                mesh(model.leaflets.posterior, "leaflets.posterior"),
                None if heights is None else LeafletHeights(np.array(heights.theta_deg), np.array(heights.height_mm)),
                None if model.leaflets.thickness is None else model.leaflets.thickness.to_thickness(),
                None if model.leaflets.chordae is None else model.leaflets.chordae.to_chordae(),
                model.leaflets.cleft_depth_mm or 0.0,
            )
    surfaces: dict[str, Surface] = {}
    for name, relative in model.surfaces.items():
        surface = mesh(relative, f"surfaces.{name}")
        if surface is not None:
            surfaces[name] = surface
    with placed(file, "loading"):
        loading = Loading(**model.loading.model_dump())
    with placed(file, "echo"):
        echo = Echo(**model.echo.model_dump())
    with placed(file, ""):
        return Case(
            id=model.id,
            annulus=annulus,
            coronary_sinus=vein,
            arteries=tuple(
                Artery(artery.name, curve(artery, f"arteries[{index}]")) for index, artery in enumerate(model.arteries)
            ),
            leaflets=leaflets,
            papillary_tips={str(name): np.array(tip) for name, tip in model.papillary_tips.items()},
            aortic_annulus=None
            if model.aortic_annulus is None
            else loop(model.aortic_annulus.points_mm, "aortic_annulus.points_mm"),
            surfaces=surfaces,
            loading=loading,
            echo=echo,
            phase=Phase(model.phase),
            source=model.source,
            licence=model.licence,
            assumptions=tuple(Assumption(**line.model_dump()) for line in model.assumptions),
        )
