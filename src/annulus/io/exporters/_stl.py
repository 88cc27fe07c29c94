"""Surfaces as STL."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from annulus.geometry import Surface
from annulus.io._atomic import write_bytes
from annulus.io._stated import SLICER_SPACE

__all__ = ["write_surface"]


def write_surface(surface: Surface, path: Path) -> None:
    """Binary STL (float32, corners repeated: the format's own limits); the header states axes and unit."""
    size = np.linalg.norm(surface.area_vectors, axis=1, keepdims=True)
    record = np.zeros(len(surface.triangles), dtype=[("normal", "<f4", (3,)), ("corners", "<f4", (3, 3)), ("n", "<u2")])
    record["normal"] = np.divide(surface.area_vectors, size, out=np.zeros_like(surface.area_vectors), where=size > 0.0)
    record["corners"] = surface.corners
    head = f"{SLICER_SPACE} UNIT=mm".encode("ascii").ljust(80, b" ")
    write_bytes(head + np.uint32(len(record)).tobytes() + record.tobytes(), path)
