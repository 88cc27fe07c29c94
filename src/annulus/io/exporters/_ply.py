"""Surfaces as PLY: double precision, read back bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from annulus.geometry import Surface
from annulus.io._atomic import write_bytes
from annulus.io._stated import SLICER_SPACE

__all__ = ["ply_bytes", "write_surface"]


def write_surface(surface: Surface, path: Path) -> None:
    """Binary little-endian PLY with float64 points; header comments state axes and unit."""
    write_bytes(ply_bytes(surface), path)


def ply_bytes(surface: Surface) -> bytes:
    """What `write_surface` writes."""
    header = (
        "ply\nformat binary_little_endian 1.0\n"
        f"comment {SLICER_SPACE}\ncomment UNIT=mm\n"
        f"element vertex {len(surface.points)}\nproperty double x\nproperty double y\nproperty double z\n"
        f"element face {len(surface.triangles)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    faces = np.empty(len(surface.triangles), dtype=[("n", "u1"), ("index", "<i4", (3,))])
    faces["n"] = 3
    faces["index"] = surface.triangles
    return header.encode("ascii") + surface.points.astype("<f8").tobytes() + faces.tobytes()
