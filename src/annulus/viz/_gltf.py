"""The scene as binary glTF for a browser: the same bodies as a picture's, in the annulus frame, without a renderer."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Case
from annulus.geometry import Frame
from annulus.viz import _style as style
from annulus.viz._bodies import add_bodies
from annulus.viz._labels import Label
from annulus.viz._rendering import load_pyvista
from annulus.viz._scene import structural_points
from annulus.viz._scene_labels import scene_labels
from annulus.viz._shapes import ResultShapes
from annulus.viz._states import drawn_states
from annulus.viz._views import VIEWS, View

__all__ = ["scene_gltf", "viewer_script", "viewer_style"]

_VIEWS = tuple(view for view in VIEWS if not view.inside_mm)
"""Views that a parallel projection can give; the first one decides what is drawn."""

_FIT_POINTS = 300
_TRIANGLES, _LINES = 4, 1
_FLOAT, _UINT32, _UINT16, _UINT8 = 5126, 5125, 5123, 5121

# glTF is in metres with y up; the annulus frame is in millimetres with z towards the atrium.
_ROOT_MATRIX = (1e-3, 0, 0, 0, 0, 0, -1e-3, 0, 0, 1e-3, 0, 0, 0, 0, 0, 1)


@cache
def viewer_script() -> str:
    """Source of the viewer that shows `scene_gltf` in a page: plain WebGL 2, no other file, no network."""
    return files("annulus.viz").joinpath("web", "viewer.js").read_text(encoding="utf-8")


@cache
def viewer_style() -> str:
    """Style sheet that belongs to `viewer_script`."""
    return files("annulus.viz").joinpath("web", "viewer.css").read_text(encoding="utf-8")


def scene_gltf(case: Case, result: Mapping[str, Any] | None = None, *, file: object = "result") -> bytes:
    """The bodies of a scene as binary glTF (GLB).

    Parameters
    ----------
    case
        The heart.
    result
        Result of `annulus.planning.simulate` as a dictionary; its key `shapes` is drawn.
    file
        Where the result came from, for messages.

    Returns
    -------
    bytes
        A node for each body, under the names that `annulus.viz.scene` gives them. Coordinates are those of the annulus
        frame before [mm]; the root node turns them into glTF's metres with y up. The scene's extras hold named views,
        labels and the points that a view must hold.

    Raises
    ------
    FileError
        The result is not of this case.
    DependencyError
        pyvista is missing.
    """
    shapes = ResultShapes() if result is None else ResultShapes.from_result(result, case, file=file)
    before, after = drawn_states(case, result, shapes)
    bodies = _Bodies()
    entries = add_bodies(bodies, load_pyvista(), case, shapes, before, after, _VIEWS[0], fine=True)
    frame = case.annulus.frame
    now = before if after is None else after
    labels = sorted(scene_labels(case, shapes, before, now, _VIEWS[0], coarse=False), key=lambda label: label.rank)
    fit = frame.to_local(structural_points(case, before, after))
    extras = {
        "views": [_view(view) for view in _VIEWS],
        "labels": [_label(label, frame) for label in labels],
        "fit": np.round(fit[:: max(1, len(fit) // _FIT_POINTS)], 2).tolist(),
        "legend": [{"words": entry.words.replace("\n", " "), "color": entry.color} for entry in entries],
    }
    return _glb(bodies.found, frame, extras)


@dataclass(eq=False)
class _Bodies:
    """Takes the place of a plotter: keeps what is added to it."""

    found: dict[str, tuple[Any, dict[str, Any]]] = field(default_factory=dict)

    def add_mesh(self, mesh: Any, *, name: str, **look: Any) -> _Undrawn:
        self.found[name] = (mesh, look)
        return _Undrawn()


class _Undrawn:
    """Takes the place of an actor: whatever it is told about rendering has no meaning here."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: self


def _view(view: View) -> dict[str, Any]:
    told = {"name": view.name, "caption": view.caption, "towards": list(view.towards_viewer), "up": list(view.up)}
    return told | ({"cut": True} if view.cut else {})


def _label(label: Label, frame: Frame) -> dict[str, Any]:
    toward = [0.0, 0.0, 0.0] if label.toward is None else (frame.axes @ label.toward).tolist()
    return {
        "text": label.text,
        "at": np.round(frame.to_local(label.place[None])[0], 3).tolist(),
        "toward": np.round(toward, 4).tolist(),
        "color": label.color,
        "size": round(0.68 * label.size, 1),
        "must": label.must,
    }


@dataclass(eq=False)
class _Buffer:
    """The binary chunk and its table of contents."""

    data: bytearray = field(default_factory=bytearray)
    views: list[dict[str, Any]] = field(default_factory=list)
    accessors: list[dict[str, Any]] = field(default_factory=list)

    def add(self, values: np.ndarray, component: int, kind: str, *, normalized: bool = False) -> int:
        self.data.extend(b"\0" * (-len(self.data) % 4))
        raw = values.tobytes()
        self.views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(raw)})
        self.data.extend(raw)
        accessor: dict[str, Any] = {
            "bufferView": len(self.views) - 1,
            "componentType": component,
            "count": len(values),
            "type": kind,
        }
        if normalized:
            accessor["normalized"] = True
        if kind == "VEC3":
            accessor |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        self.accessors.append(accessor)
        return len(self.accessors) - 1


def _glb(bodies: Mapping[str, tuple[Any, dict[str, Any]]], frame: Frame, extras: dict[str, Any]) -> bytes:
    buffer = _Buffer()
    nodes: list[dict[str, Any]] = []
    meshes: list[dict[str, Any]] = []
    materials: list[dict[str, Any]] = []
    for name, (mesh, look) in bodies.items():
        points = np.asarray(mesh.points, dtype=np.float64)
        cells, mode = _cells(mesh)
        if not len(points) or not len(cells):
            continue
        attributes = {"POSITION": buffer.add(frame.to_local(points).astype("<f4"), _FLOAT, "VEC3")}
        colors = _vertex_colors(mesh, look)
        if colors is not None:
            attributes["COLOR_0"] = buffer.add(colors, _UINT8, "VEC4", normalized=True)
        small = len(points) <= np.iinfo(np.uint16).max
        kind, component = ("<u2", _UINT16) if small else ("<u4", _UINT32)
        indices = buffer.add(cells.ravel().astype(kind), component, "SCALAR")
        materials.append(_material(look, colored=colors is not None))
        primitive = {"attributes": attributes, "indices": indices, "material": len(materials) - 1, "mode": mode}
        meshes.append({"name": name, "primitives": [primitive]})
        nodes.append({"name": name, "mesh": len(meshes) - 1})
    root = {"name": "annulus frame", "matrix": list(_ROOT_MATRIX), "children": list(range(len(nodes)))}
    document = {
        "asset": {"version": "2.0", "generator": "annulus"},
        "extensionsUsed": ["KHR_materials_unlit"],
        "scene": 0,
        "scenes": [{"nodes": [len(nodes)], "extras": extras}],
        "nodes": [*nodes, root],
        "meshes": meshes,
        "materials": materials,
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(buffer.data)}],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    binary = bytes(buffer.data) + b"\0" * (-len(buffer.data) % 4)
    total = 12 + 8 + len(text) + 8 + len(binary)
    head = struct.pack("<4sII", b"glTF", 2, total)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return head + chunks


def _cells(mesh: Any) -> tuple[Any, int]:
    """Triangles, else lines."""
    if mesh.n_faces:
        surface = mesh if mesh.is_all_triangles else mesh.triangulate()
        return surface.regular_faces, _TRIANGLES
    lines = np.asarray(mesh.lines)
    found, at = [], 0
    while at < len(lines):
        row = lines[at + 1 : at + 1 + lines[at]]
        found.append(np.column_stack([row[:-1], row[1:]]))
        at += 1 + int(lines[at])
    return (np.vstack(found) if found else np.empty((0, 2), dtype=np.int64)), _LINES


def _vertex_colors(mesh: Any, look: Mapping[str, Any]) -> Any:
    name = look.get("scalars")
    if name is None:
        return None
    low, high = look["clim"]
    values = np.clip((np.asarray(mesh.point_data[name]) - low) / (high - low), 0.0, 1.0)
    table = look["cmap"]
    if isinstance(table, list):
        steps = np.array([[*_rgb(color), 1.0] for color in table])
        colors = steps[np.minimum((values * len(steps)).astype(int), len(steps) - 1)]
    else:
        colors = np.asarray(table(values), dtype=np.float64)
    return np.round(255.0 * _linear(colors)).astype(np.uint8)


def _rgb(color: str) -> FloatArray:
    return np.array([int(color[k : k + 2], 16) / 255.0 for k in (1, 3, 5)])


def _material(look: Mapping[str, Any], *, colored: bool) -> dict[str, Any]:
    color = "#ffffff" if colored else look.get("color") or style.INK
    opacity = float(look.get("opacity", 1.0))
    out: dict[str, Any] = {
        "pbrMetallicRoughness": {
            "baseColorFactor": [*np.round(_linear(_rgb(color)), 5).tolist(), opacity],
            "metallicFactor": 0.0,
            "roughnessFactor": 0.6,
        },
        "doubleSided": True,
        **({"alphaMode": "BLEND"} if opacity < 1.0 else {}),
    }
    return out if look.get("lighting", True) else out | {"extensions": {"KHR_materials_unlit": {}}}


def _linear(rgb: FloatArray) -> FloatArray:
    """Colours as glTF wants them: linear light from sRGB; a fourth column is opacity and stays."""
    out = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    if rgb.ndim == 2 and rgb.shape[1] == 4:
        out[:, 3] = rgb[:, 3]
    return out
