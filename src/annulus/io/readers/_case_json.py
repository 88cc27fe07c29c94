"""Cases in: ``case.json`` with its meshes beside it, bit for bit."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from annulus.anatomy import (
    Annulus,
    Artery,
    Case,
    CoronarySinus,
    Echo,
    Lead,
    LeafletHeights,
    Leaflets,
    Loading,
    Phase,
    VeinBranch,
    VesselPart,
)
from annulus.errors import FileError
from annulus.geometry import Curve, Loop, Surface
from annulus.io._case_model import CASE_SCHEMA, ArteryModel, CaseModel, CoronarySinusModel
from annulus.io._json import read_json
from annulus.io._mesh_read import read_mesh
from annulus.io._reading import existing
from annulus.io._sanity import check_case, check_loop
from annulus.io._schema import Point, placed, validated
from annulus.sources import Assumption

__all__ = ["load_case", "read_case"]


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


read_case = load_case


def _case(model: CaseModel, file: Path) -> Case:
    def mesh(relative: str | None, place: str) -> Surface | None:
        if relative is None:
            return None
        beside = Path(os.path.realpath(file)).parent / relative
        # Beside the file that was named, or beside the one that a link leads to.
        near = file.parent / relative
        path = existing(beside if beside.is_file() and not near.is_file() else near, place=place, named_in=file)
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
        told = model.coronary_sinus
        parts, stents = (
            tuple(VesselPart(part.name, part.from_mm, part.to_mm) for part in rows or ())
            for rows in (told.parts, told.stents)
        )
        with placed(file, "coronary_sinus"):
            branches = tuple(VeinBranch(row.name, row.at_mm, row.diameter_mm) for row in told.branches or ())
            vein = CoronarySinus(axis, parts, told.ostium_source, branches, tuple(told.valves_mm or ()), stents)
    leads = []
    for index, lead in enumerate(model.leads or ()):
        with placed(file, f"leads[{index}]"):
            leads.append(Lead(lead.name, Curve(np.array(lead.points_mm, dtype=np.float64)), lead.diameter_mm))
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
            leads=tuple(leads),
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
