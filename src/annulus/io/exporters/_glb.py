"""Surfaces as binary glTF: metres, y up, one named node for each surface."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from annulus.anatomy import Case
from annulus.errors import InputError
from annulus.geometry import Surface
from annulus.io._atomic import write_bytes
from annulus.io._axes import GLTF_AXES, GLTF_UNIT, to_lps_matrix

__all__ = ["write_case", "write_surface"]


def write_surface(surface: Surface, path: Path) -> None:
    """One node, named after the file."""
    _write({path.stem: surface}, path)


def write_case(case: Case, path: Path) -> None:
    """A node for each surface and leaflet mesh of the case.

    Raises
    ------
    InputError
        The case has none.
    """
    surfaces = {re.sub(r"\W+", "_", name): surface for name, surface in case.surfaces.items()}
    if case.leaflets is not None:
        for name in ("anterior", "posterior"):
            sheet = getattr(case.leaflets, name)
            if sheet is not None:
                surfaces[f"leaflet_{name}"] = sheet
    if not surfaces:
        raise InputError(f"{path}: case {case.id!r} must have surfaces to be written as GLB; it has none.")
    _write(surfaces, path)


def _write(surfaces: Mapping[str, Surface], path: Path) -> None:
    from annulus.io._trimesh import glb_bytes

    turn = np.linalg.inv(to_lps_matrix(GLTF_AXES, GLTF_UNIT))
    write_bytes(glb_bytes({name: (item.points @ turn.T, item.triangles) for name, item in surfaces.items()}), path)
