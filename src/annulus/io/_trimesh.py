"""The one bridge to trimesh, which writes binary glTF."""

from __future__ import annotations

import trimesh
from trimesh.exchange.gltf import export_glb

from annulus._typing import FloatArray, IntArray

__all__ = ["glb_bytes"]


def glb_bytes(parts: dict[str, tuple[FloatArray, IntArray]]) -> bytes:
    """A binary glTF scene of named parts; the points are in the unit and axes of glTF already."""
    scene = trimesh.Scene()
    for name, (points, triangles) in parts.items():
        scene.add_geometry(trimesh.Trimesh(points, triangles, process=False), node_name=name, geom_name=name)
    return bytes(export_glb(scene))
