"""Cases out: ``case.json`` with its meshes beside it, bit for bit."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from annulus._typing import FloatArray
from annulus.anatomy import Case, Echo, Loading
from annulus.errors import FileError, InputError
from annulus.geometry import Surface
from annulus.io._atomic import is_stream, write_bytes, write_together
from annulus.io._case_model import (
    CASE_SCHEMA,
    AnnulusModel,
    ArteryModel,
    AssumptionModel,
    BranchModel,
    CaseModel,
    CoronarySinusModel,
    EchoModel,
    LeadModel,
    LeafletsModel,
    LoadingModel,
    LoopModel,
    PartModel,
)
from annulus.io._leaflet_model import ChordaeModel, HeightsModel, ThicknessModel
from annulus.io._schema import Point, validation_error
from annulus.io.exporters._ply import ply_bytes

__all__ = ["case_files", "save_case", "write_case"]

_DIGEST_LETTERS = 12
"""Of the SHA-256 of a mesh file, in its name."""

_NAME_LETTERS = 80
"""Of a surface's name, in the name of its file."""


def save_case(case: Case, path: Path | str) -> None:
    """Write `case` as ``case.json``; its meshes go to the folder ``<stem>_meshes`` beside it as PLY.

    What is in that folder is never written over: not the meshes that the case was made from, nor those of the case that
    is being replaced until the new one is in place. A mesh whose name is taken by another content gets a name with its
    digest; such files that only the replaced case named are removed at the end.

    Raises
    ------
    FileError
        It cannot be written; what was there before is as it was.
    """
    if not isinstance(case, Case):
        raise InputError(f"case must be a Case; got {case!r:.60}, a {type(case).__name__}: give one.")
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"path must be the path of a file; got {path!r:.60}, a {type(path).__name__}: give its name.")
    file = Path(path)
    if is_stream(file):
        files = case_files(case, file.name)
        if len(files) > 1:
            raise FileError(file, "", "a case with meshes needs a folder for them: name a file, no pipe or device.")
        write_bytes(files[file.name], file)
        return
    real = Path(os.path.realpath(file))
    files = {real.parent / name: data for name, data in case_files(case, real.name, home=real.parent).items()}
    stale = [mesh for mesh in _digest_meshes(real) if mesh not in files]
    *meshes, _ = files
    for mesh in meshes:
        if _holds(mesh, files[mesh]):
            del files[mesh]
    write_together(files)
    for mesh in stale:
        if not any(other != real and mesh.name.encode() in _content(other) for other in real.parent.glob("*.json")):
            with suppress(OSError):
                mesh.unlink()
                mesh.parent.rmdir()


write_case = save_case


def case_files(case: Case, name: str, *, home: Path | None = None) -> dict[str, bytes]:
    """Path relative to the case's folder to content of every file of a case; the case itself comes last.

    Parameters
    ----------
    case
        What is written.
    name
        Name of the case's own file.
    home
        Folder that the files go to, whose meshes keep their names and content; None for a new one.
    """
    folder = _mesh_folder(name)
    meshes: dict[str, Surface] = {f"surfaces/{key}": surface for key, surface in case.surfaces.items()}
    if case.leaflets is not None:
        for side in ("anterior", "posterior"):
            sheet = getattr(case.leaflets, side)
            if sheet is not None:
                meshes[f"leaflets/{side}"] = sheet
    files: dict[str, bytes] = {}
    paths: dict[str, str] = {}
    for key, surface in meshes.items():
        kind, _, own = key.partition("/")
        stem = re.sub(r"[^A-Za-z0-9_-]+", "_", own if kind == "surfaces" else f"leaflet_{own}")[:_NAME_LETTERS]
        data = ply_bytes(surface)
        path = f"{folder}/{stem}.ply"
        if files.get(path, data) != data or (home is not None and not _is_free(home / path, data)):
            path = f"{folder}/{stem}-{hashlib.sha256(data).hexdigest()[:_DIGEST_LETTERS]}.ply"
        paths[key], files[path] = path, data
    try:
        model = _model(case, paths)
    except ValidationError as error:
        raise validation_error(name, error) from None
    # Optional keys without a value are left out: absent means unknown.
    text = json.dumps(model.model_dump(by_alias=True, exclude_none=True, mode="json"), indent=1)
    return {**files, name: (_rows_on_one_line(text) + "\n").encode("utf-8")}


def _mesh_folder(name: str) -> str:
    # A colon or backslash in a mesh path would not be one on every system.
    return re.sub(r"[:\\]", "_", Path(name).stem) + "_meshes"


def _digest_meshes(file: Path) -> Iterator[Path]:
    """Meshes with a digest in their name that the case file at `file` names: `save_case` made them for it."""
    folder = re.escape(_mesh_folder(file.name).encode())
    for found in re.findall(rb'"(%s/[A-Za-z0-9_-]+-[0-9a-f]{12}\.ply)"' % folder, _content(file)):
        yield file.parent / os.fsdecode(found)


def _is_free(file: Path, data: bytes) -> bool:
    """Whether nothing is at `file`, or just this."""
    return not os.path.lexists(file) or _holds(file, data)


def _holds(file: Path, data: bytes) -> bool:
    with suppress(OSError):
        return file.stat().st_size == len(data) and file.read_bytes() == data
    return False


def _content(file: Path) -> bytes:
    with suppress(OSError):
        return file.read_bytes() if file.is_file() else b""
    return b""


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
            branches=[BranchModel(name=row.name, at_mm=row.at_mm, diameter_mm=row.diameter_mm) for row in vein.branches]
            or None,
            valves_mm=list(vein.valves_mm) or None,
            stents=[PartModel(name=row.name, from_mm=row.from_mm, to_mm=row.to_mm) for row in vein.stents] or None,
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
        leads=[
            LeadModel(name=lead.name, points_mm=_rows(lead.curve.points), diameter_mm=lead.diameter_mm)
            for lead in case.leads
        ]
        or None,
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
