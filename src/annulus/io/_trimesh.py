"""The one bridge to trimesh, which writes binary glTF."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import trimesh
from trimesh.exchange.gltf import export_glb

from annulus._typing import FloatArray, IntArray

__all__ = ["glb_bytes"]


def glb_bytes(parts: Mapping[str, tuple[FloatArray, IntArray]], colours: Mapping[str, tuple[int, int, int]]) -> bytes:
    """A binary glTF scene of named parts; points in the unit and axes of glTF, colours linear, 0 to 255."""
    scene = trimesh.Scene()
    for name, (points, triangles) in parts.items():
        painted = np.tile(np.array([*colours[name], 255], dtype=np.uint8), (len(points), 1))
        mesh = trimesh.Trimesh(points, triangles, vertex_colors=painted, process=False)
        scene.add_geometry(mesh, node_name=name, geom_name=name)
    return bytes(export_glb(scene))
