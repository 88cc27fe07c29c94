"""The one bridge to trimesh: meshes from STL, OBJ, PLY and GLB as plain arrays, exactly as they stand in the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import trimesh
from trimesh.exchange.gltf import export_glb

from annulus._typing import FloatArray, IntArray
from annulus.errors import FileError
from annulus.io._mesh_text import refuse_truncated
from annulus.io._schema import nearest_of

__all__ = ["glb_bytes", "mesh_arrays", "node_names"]


def mesh_arrays(path: Path, node: str | None = None) -> tuple[FloatArray, IntArray]:
    """Points (unit and axes of the file, nodes placed in the scene), shape (n, 3), and triangles, shape (m, 3).

    Nothing is welded, dropped or reordered. `node` picks one named part of a GLB or OBJ file.

    Raises
    ------
    FileError
        The file is not readable as its suffix says, has no triangles, or has no such node.
    """
    scene = _scene(path)
    names = list(scene.graph.nodes_geometry)
    if node is not None and node not in names:
        close = nearest_of(node, names)
        advice = f"did you mean {close!r}?" if close else f"use one of {', '.join(sorted(names))}."
        raise FileError(
            path, f"node {node!r}", f"must be a named node of the file; there is none of that name: {advice}"
        )
    if node is None and len(names) > 1:
        raise FileError(
            path,
            "",
            f"holds {len(names)} nodes, one must be named; got none: add node = one of {', '.join(sorted(names))}.",
        )
    points, triangles, count = [], [], 0
    for name in names if node is None else [node]:
        matrix, geometry_name = scene.graph[name]
        geometry = scene.geometry[geometry_name]
        if not isinstance(geometry, trimesh.Trimesh):
            continue
        vertices = np.asarray(geometry.vertices, dtype=np.float64)
        if not np.array_equal(matrix, np.eye(4)):
            vertices = vertices @ matrix[:3, :3].T + matrix[:3, 3]
        points.append(vertices)
        triangles.append(np.asarray(geometry.faces, dtype=np.int64) + count)
        count += len(vertices)
    if triangles:
        refuse_truncated(path, count, sum(len(part) for part in triangles))
    if not triangles or not sum(len(part) for part in triangles):
        raise FileError(
            path, "" if node is None else f"node {node!r}", "must hold triangles; it has none: export a surface."
        )
    return np.vstack(points), np.vstack(triangles)


def node_names(path: Path) -> list[str]:
    """Names of the nodes with geometry, sorted."""
    return sorted(_scene(path).graph.nodes_geometry)


def glb_bytes(parts: dict[str, tuple[FloatArray, IntArray]]) -> bytes:
    """A binary glTF scene of named parts; the points are in the unit and axes of glTF already."""
    scene = trimesh.Scene()
    for name, (points, triangles) in parts.items():
        scene.add_geometry(trimesh.Trimesh(points, triangles, process=False), node_name=name, geom_name=name)
    return bytes(export_glb(scene))


def _scene(path: Path) -> trimesh.Scene:
    kind = path.suffix.lower().lstrip(".")
    try:
        with path.open("rb") as stream:
            loaded = trimesh.load_scene(stream, file_type=kind, process=False, maintain_order=True)
    # trimesh lets whatever its parsers meet in a broken file escape, so no narrower class is possible here.
    except Exception as error:  # noqa: BLE001
        raise FileError(
            path,
            "",
            f"must be a readable {kind.upper()} file; reading it failed ({_one_line(error)}): export or copy it again.",
        ) from None
    return loaded


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}{': ' + text[:100] if text else ''}"
