"""Everything out, by suffix."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from annulus.anatomy import Artery, Case
from annulus.errors import FileError, InputError
from annulus.geometry import Curve, Loop, Surface
from annulus.io._case_file import save_case
from annulus.io._markup import Markup
from annulus.io._mesh_write import write_glb, write_ply, write_stl, write_vtp
from annulus.io._schema import nearest_of
from annulus.io._slicer_json import write_slicer_json

__all__ = ["WRITE_SUFFIXES", "case_markups", "write"]

WRITE_SUFFIXES = (".mrk.json", ".json", ".ply", ".stl", ".vtp", ".glb")
"""Suffixes that `write` knows."""


def write(x: Case | Surface | Curve | Loop, path: Path | str) -> None:
    """Write a case, surface, curve or loop in the format that the suffix names.

    ======================== =========================================================================
    case                     ``.mrk.json`` (contour, landmarks, vein, arteries), ``.json``, ``.glb``
    surface                  ``.ply``, ``.stl``, ``.vtp``, ``.glb``
    curve, loop              ``.mrk.json``
    ======================== =========================================================================

    Raises
    ------
    FileError
        A suffix that is unknown, or that cannot hold this.
    """
    file = Path(path)
    suffix = ".mrk.json" if file.name.lower().endswith(".mrk.json") else file.suffix.lower()
    if suffix not in WRITE_SUFFIXES:
        close = nearest_of(suffix, WRITE_SUFFIXES)
        advice = f"did you mean {close}?" if close else f"use one of {', '.join(WRITE_SUFFIXES)}."
        raise FileError(file, "", f"suffix must be known; got {suffix or 'none'}: {advice}")
    if isinstance(x, Case) and suffix == ".json":
        save_case(x, file)
    elif isinstance(x, Case) and suffix == ".mrk.json":
        write_slicer_json(case_markups(x), file)
    elif isinstance(x, Case) and suffix == ".glb":
        write_glb(_case_surfaces(x, file), file)
    elif isinstance(x, Surface) and suffix in (".ply", ".stl", ".vtp"):
        {".ply": write_ply, ".stl": write_stl, ".vtp": write_vtp}[suffix](x, file)
    elif isinstance(x, Surface) and suffix == ".glb":
        write_glb({file.stem: x}, file)
    elif isinstance(x, (Curve, Loop)) and suffix == ".mrk.json":
        write_slicer_json([_curve_markup(file.name[: -len(".mrk.json")], x)], file)
    else:
        raise FileError(file, "", f"{suffix} cannot hold a {type(x).__name__}: choose another suffix.")


def case_markups(case: Case) -> list[Markup]:
    """Markups of a case: AnnulusContour, AnnulusLabels, CoronarySinus and LCx (other arteries by their names)."""
    landmarks = case.annulus.landmarks
    markups = [
        _curve_markup("AnnulusContour", case.annulus.loop),
        Markup("AnnulusLabels", "Fiducial", np.array(list(landmarks.values())), tuple(landmarks)),
    ]
    if case.coronary_sinus is not None:
        markups.append(_curve_markup("CoronarySinus", case.coronary_sinus.curve))
    markups += [_curve_markup(_artery_name(artery), artery.curve) for artery in case.arteries]
    return markups


def _artery_name(artery: Artery) -> str:
    return "LCx" if artery.name.lower() == "lcx" else artery.name


def _curve_markup(name: str, curve: Curve | Loop) -> Markup:
    if isinstance(curve, Loop):
        return Markup(name, "ClosedCurve", curve.points)
    radii = {"Radius": curve.radius, "MaximumInscribedSphereRadius": curve.mis_radius}
    return Markup(name, "Curve", curve.points, (), {key: item for key, item in radii.items() if item is not None})


def _case_surfaces(case: Case, file: Path) -> dict[str, Surface]:
    surfaces = {re.sub(r"\W+", "_", name): surface for name, surface in case.surfaces.items()}
    if case.leaflets is not None:
        for name in ("anterior", "posterior"):
            sheet = getattr(case.leaflets, name)
            if sheet is not None:
                surfaces[f"leaflet_{name}"] = sheet
    if not surfaces:
        raise InputError(f"{file}: case {case.id!r} must have surfaces to be written as GLB; it has none.")
    return surfaces
