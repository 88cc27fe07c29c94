"""Surfaces out: PLY (double precision, read back bit for bit), STL, VTP and GLB."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from annulus.geometry import Surface
from annulus.io._axes import GLTF_AXES, GLTF_UNIT, to_lps_matrix
from annulus.io._mesh_text import SLICER_SPACE

__all__ = ["write_glb", "write_ply", "write_stl", "write_vtp"]


def write_ply(surface: Surface, path: Path) -> None:
    """Binary little-endian PLY with float64 points; header comments state axes and unit."""
    header = (
        "ply\nformat binary_little_endian 1.0\n"
        f"comment {SLICER_SPACE}\ncomment UNIT=mm\n"
        f"element vertex {len(surface.points)}\nproperty double x\nproperty double y\nproperty double z\n"
        f"element face {len(surface.triangles)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    faces = np.empty(len(surface.triangles), dtype=[("n", "u1"), ("index", "<i4", (3,))])
    faces["n"] = 3
    faces["index"] = surface.triangles
    path.write_bytes(header.encode("ascii") + surface.points.astype("<f8").tobytes() + faces.tobytes())


def write_stl(surface: Surface, path: Path) -> None:
    """Binary STL (float32, corners repeated: the format's own limits); the header states axes and unit."""
    size = np.linalg.norm(surface.area_vectors, axis=1, keepdims=True)
    record = np.zeros(len(surface.triangles), dtype=[("normal", "<f4", (3,)), ("corners", "<f4", (3, 3)), ("n", "<u2")])
    record["normal"] = np.divide(surface.area_vectors, size, out=np.zeros_like(surface.area_vectors), where=size > 0.0)
    record["corners"] = surface.corners
    head = f"{SLICER_SPACE} UNIT=mm".encode("ascii").ljust(80, b" ")
    path.write_bytes(head + np.uint32(len(record)).tobytes() + record.tobytes())


def write_vtp(surface: Surface, path: Path) -> None:
    """VTK XML polygons with SPACE and UNIT as field data, as Slicer writes them."""
    from annulus.io._vtk import write_polygons

    write_polygons(surface, path)


def write_glb(surfaces: Mapping[str, Surface], path: Path) -> None:
    """Binary glTF: metres, y up, one named node for each surface."""
    from annulus.io._trimesh import glb_bytes

    turn = np.linalg.inv(to_lps_matrix(GLTF_AXES, GLTF_UNIT))
    path.write_bytes(glb_bytes({name: (item.points @ turn.T, item.triangles) for name, item in surfaces.items()}))
