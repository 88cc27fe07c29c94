"""The one bridge to trimesh: meshes from STL, OBJ, PLY and GLB as plain arrays, exactly as they stand in the file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import trimesh
from trimesh.exchange.gltf import export_glb

from annulus._typing import FloatArray, IntArray
from annulus.errors import FileError
from annulus.io._mesh_text import refuse_truncated, stl_bytes
from annulus.io._schema import nearest_of

__all__ = ["glb_bytes", "mesh_arrays", "node_names"]


_AS_NAMED: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "obj": {"split_objects": True, "group_material": False},
        "gltf": {"merge_primitives": True},
        "glb": {"merge_primitives": True},
    }
)
"""A node is what its file names: an object of an OBJ, a node of a glTF, in however many materials."""

_HARMLESS = ("KHR_materials_", "KHR_texture_", "EXT_texture_", "KHR_lights_", "KHR_xmp")
"""Extensions of glTF that a file may require and that change no triangle."""


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


def glb_bytes(parts: Mapping[str, tuple[FloatArray, IntArray]], colours: Mapping[str, tuple[int, int, int]]) -> bytes:
    """A binary glTF scene of named parts; points in the unit and axes of glTF, colours linear, 0 to 255."""
    scene = trimesh.Scene()
    for name, (points, triangles) in parts.items():
        painted = np.tile(np.array([*colours[name], 255], dtype=np.uint8), (len(points), 1))
        mesh = trimesh.Trimesh(points, triangles, vertex_colors=painted, process=False)
        scene.add_geometry(mesh, node_name=name, geom_name=name)
    return bytes(export_glb(scene))


_GLB_HEAD = 20
"""Bytes before the JSON of a binary glTF: its header, and length and type of the first chunk."""


def _scene(path: Path) -> trimesh.Scene:
    kind = path.suffix.lower().lstrip(".")
    if kind in ("gltf", "glb"):
        _refuse_extensions(path)
    try:
        with BytesIO(stl_bytes(path)) if kind == "stl" else path.open("rb") as stream:
            loaded = trimesh.load_scene(
                stream, file_type=kind, process=False, maintain_order=True, **_AS_NAMED.get(kind, {})
            )
    except FileError:
        raise
    # trimesh lets whatever its parsers meet in a broken file escape, so no narrower class is possible here.
    except Exception as error:  # noqa: BLE001
        raise FileError(
            path,
            "",
            f"must be a readable {kind.upper()} file; reading it failed ({_one_line(error)}): export or copy it again.",
        ) from None
    return loaded


def _refuse_extensions(path: Path) -> None:
    """Refuse a glTF whose triangles need a decoder that is not here."""
    data = path.read_bytes()
    if path.suffix.lower() == ".glb":
        if len(data) < _GLB_HEAD or data[:4] != b"glTF":
            return
        data = data[_GLB_HEAD : _GLB_HEAD + int.from_bytes(data[12:16], "little")]
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return  # its reader will say why
    required = document.get("extensionsRequired", []) if isinstance(document, dict) else []
    for name in required if isinstance(required, list) else []:
        if not str(name).startswith(_HARMLESS):
            raise FileError(
                path,
                "extensionsRequired",
                f"must need no extension that changes the triangles; it requires {name}, which is not decoded here: "
                "export it without compression.",
            )


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}{': ' + text[:100] if text else ''}"
