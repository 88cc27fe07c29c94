"""glTF 2.0 and GLB: the nodes that a file names, placed in its scene, in however many primitives.

What cannot be decoded is refused by name: required extensions that change triangles, compressed primitives and
buffers, skins. Sparse and quantised accessors, strips and fans, and morph weights are decoded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.errors import FileError
from annulus.io._axes import GLTF_AXES, GLTF_UNIT
from annulus.io._stated import Stated
from annulus.io.readers._gltf_buffers import GltfBuffers
from annulus.io.readers._raw import RawSurface, chosen, cut, strip

__all__ = ["read_surface"]

_DECODED = ("KHR_mesh_quantization",)
_HARMLESS = ("KHR_materials_", "KHR_texture_", "EXT_texture_", "MSFT_texture_", "KHR_lights_", "KHR_xmp")
"""Extensions of glTF that a file may require and that change no triangle."""

_DEEPEST = 256
"""Nodes below each other; deeper ones go in a circle."""

_HEAD, _CHUNK = 12, 8
_JSON, _BIN = 0x4E4F534A, 0x004E4942


def read_surface(file: Path, node: str | None = None) -> RawSurface:
    """The triangles of one node, in metres, y up; a node without a mesh stands for all below it.

    Raises
    ------
    FileError
        It is no glTF, needs a decoder that is not here, has no triangles, or no such node.
    """
    document, binary = _document(file)
    _refuse_extensions(file, document)
    placed = _placed(file, document)
    meshes = [(name, matrix, item, above) for name, matrix, item, above in placed if item.get("mesh") is not None]
    if not meshes:
        raise FileError(file, "", "must hold triangles; it has none: export a surface.")
    names = [name for name, *_ in meshes]
    below = [row for row in meshes if node is not None and node not in names and node in row[3]]
    picked = below or [meshes[chosen(file, "node", names, node)]]
    buffers = GltfBuffers(file, document, binary)
    points: list[FloatArray] = []
    triangles: list[IntArray] = []
    count = 0
    for name, matrix, item, _ in picked:
        for own, corners in _mesh(file, document, buffers, item, name):
            points.append(own @ matrix[:3, :3].T + matrix[:3, 3])
            # A mirrored node keeps its outside outside.
            turned = corners if np.linalg.det(matrix[:3, :3]) > 0.0 else corners[:, ::-1]
            triangles.append(turned + count)
            count += len(own)
    if not sum(len(part) for part in triangles):
        raise FileError(
            file, "" if node is None else f"node {node!r}", "must hold triangles; it has none: export a surface."
        )
    return RawSurface(np.vstack(points), np.vstack(triangles), Stated(GLTF_AXES, GLTF_UNIT))


def _document(file: Path) -> tuple[dict[str, Any], bytes]:
    """The JSON, and the binary chunk of a GLB."""
    data, binary = file.read_bytes(), b""
    if file.suffix.lower() == ".glb":
        kind = "a readable GLB file"
        if data[:4] != b"glTF" or len(data) < _HEAD + _CHUNK:
            raise FileError(
                file, "", f'must be {kind}, which begins with "glTF"; it does not: export or copy it again.'
            )
        if int.from_bytes(data[8:12], "little") > len(data):
            raise cut(file)
        at, text = _HEAD, b""
        while at + _CHUNK <= len(data):
            size, word = (int.from_bytes(data[at + k : at + k + 4], "little") for k in (0, 4))
            chunk = data[at + _CHUNK : at + _CHUNK + size]
            if len(chunk) < size:
                raise cut(file)
            text, binary = (chunk, binary) if word == _JSON and not text else (
                (text, chunk) if word == _BIN and not binary else (text, binary)
            )  # fmt: skip
            at += _CHUNK + size
        data = text
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise FileError(
            file, "", "must be a readable glTF file; its JSON is broken: export or copy it again."
        ) from None
    if not isinstance(document, dict):
        raise FileError(file, "", "must be a readable glTF file; its JSON is no table of keys: export it again.")
    asset = document.get("asset")
    version = str(asset.get("version", "")) if isinstance(asset, dict) else ""
    if not version.startswith("2"):
        raise FileError(file, "asset.version", f"must be 2.0; got {version[:20]!r}: export it as glTF 2.0.")
    return document, binary


def _refuse_extensions(file: Path, document: dict[str, Any]) -> None:
    required = document.get("extensionsRequired", [])
    for name in required if isinstance(required, list) else []:
        if not str(name).startswith(_HARMLESS) and name not in _DECODED:
            raise _undecoded(file, "extensionsRequired", str(name))


def _undecoded(file: Path, place: str, name: str) -> FileError:
    return FileError(
        file,
        place,
        f"must need no extension that changes the triangles; it requires {name[:60]}, which is not decoded here: "
        "export it without compression.",
    )


def _placed(file: Path, document: dict[str, Any]) -> list[tuple[str, FloatArray, dict[str, Any], tuple[str, ...]]]:
    """Name, place in the scene, content, and names above it, of every node in the file's scene."""
    nodes = _tables(file, document, "nodes")
    meshes = _tables(file, document, "meshes")
    scenes = _tables(file, document, "scenes")
    at = document.get("scene", 0)
    if scenes and isinstance(at, int) and 0 <= at < len(scenes):
        roots = scenes[at].get("nodes", [])
    else:
        children = {k for item in nodes for k in _numbers(file, item.get("children", []), "children")}
        roots = [k for k in range(len(nodes)) if k not in children]
    found: list[tuple[str, FloatArray, dict[str, Any], tuple[str, ...]]] = []
    # Depth first, in the file's order.
    waiting = [(k, np.eye(4), ()) for k in reversed(_numbers(file, roots, "scenes.nodes"))]
    seen: set[int] = set()
    while waiting:
        k, outer, above = waiting.pop()
        if not 0 <= k < len(nodes) or k in seen or len(above) > _DEEPEST:
            raise FileError(file, f"nodes[{k}]", "must be in the file and in one place of the scene: export it again.")
        seen.add(k)
        item = nodes[k]
        name = str(item.get("name") or "")
        mesh = item.get("mesh")
        if isinstance(mesh, int) and 0 <= mesh < len(meshes):
            name = name or str(meshes[mesh].get("name") or "")
        elif mesh is not None:
            raise FileError(file, f"nodes[{k}].mesh", "must be a mesh of the file; there is no such: export it again.")
        matrix = outer @ _matrix(file, f"nodes[{k}]", item)
        found.append((name, matrix, item, above))
        inside = reversed(_numbers(file, item.get("children", []), f"nodes[{k}].children"))
        waiting += [(child, matrix, (*above, name)) for child in inside]
    return found


def _matrix(file: Path, place: str, item: dict[str, Any]) -> FloatArray:
    def vector(key: str, usual: list[float]) -> FloatArray:
        value = item.get(key, usual)
        good = isinstance(value, list) and len(value) == len(usual)
        if not good or not all(isinstance(x, (int, float)) and abs(x) < 1e30 for x in value):
            raise FileError(file, f"{place}.{key}", f"must be {len(usual)} finite numbers: export it again.")
        return np.array(value, dtype=np.float64)

    if "matrix" in item:
        return vector("matrix", np.eye(4).ravel().tolist()).reshape(4, 4).T
    x, y, z, w = vector("rotation", [0.0, 0.0, 0.0, 1.0])
    norm = float(x * x + y * y + z * z + w * w)
    if norm == 0.0:
        raise FileError(file, f"{place}.rotation", "must be a unit quaternion; got zeros: export it again.")
    s = 2.0 / norm
    turn = np.array(
        [
            [1.0 - s * (y * y + z * z), s * (x * y - z * w), s * (x * z + y * w)],
            [s * (x * y + z * w), 1.0 - s * (x * x + z * z), s * (y * z - x * w)],
            [s * (x * z - y * w), s * (y * z + x * w), 1.0 - s * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turn * vector("scale", [1.0, 1.0, 1.0])
    matrix[:3, 3] = vector("translation", [0.0, 0.0, 0.0])
    return matrix


def _mesh(
    file: Path, document: dict[str, Any], buffers: GltfBuffers, item: dict[str, Any], name: str
) -> list[tuple[FloatArray, IntArray]]:
    """Points and triangles of each primitive of a node's mesh; points and lines are left out."""
    place = f"node {name!r}"
    if "skin" in item:
        raise FileError(
            file, place, "must stand still; it has a skin, whose bones move it: apply the pose, and export."
        )
    extensions = item.get("extensions")
    if isinstance(extensions, dict) and "EXT_mesh_gpu_instancing" in extensions:
        raise _undecoded(file, place, "EXT_mesh_gpu_instancing")
    mesh = _tables(file, document, "meshes")[item["mesh"]]
    weights = item.get("weights", mesh.get("weights", []))
    found = []
    for primitive in _tables(file, mesh, "primitives"):
        extensions = primitive.get("extensions")
        for known in ("KHR_draco_mesh_compression", "KHR_meshopt_compression"):
            if isinstance(extensions, dict) and known in extensions:
                raise _undecoded(file, place, known)
        mode, attributes = primitive.get("mode", 4), primitive.get("attributes")
        if mode not in (4, 5, 6):
            continue
        if not isinstance(attributes, dict) or "POSITION" not in attributes:
            raise FileError(file, place, "must have positions; a primitive has none: export it without compression.")
        points = buffers.values(attributes["POSITION"], "VEC3")
        targets = _tables(file, primitive, "targets")
        for weight, target in zip(weights if isinstance(weights, list) else [], targets, strict=False):
            if isinstance(weight, (int, float)) and weight and "POSITION" in target:
                moved = buffers.values(target["POSITION"], "VEC3", base_of_zeros=len(points))
                if moved.shape != points.shape:
                    raise FileError(file, place, "must move each point by its morph; it does not: export it again.")
                points = points + float(weight) * moved
        indices = primitive.get("indices")
        corners = np.arange(len(points)) if indices is None else buffers.values(indices, "SCALAR").astype(np.int64)
        if corners.size and (corners.min() < 0 or corners.max() >= len(points)):
            raise FileError(file, place, "must name points of its own; one is not there: export it again.")
        if mode == 4:
            triangles = corners[: len(corners) // 3 * 3].reshape(-1, 3)
        elif mode == 5:
            triangles = strip(corners)
        else:
            middle = np.stack([corners[1:-1], corners[2:]], axis=1) if len(corners) > 2 else np.zeros((0, 2), np.int64)
            triangles = np.column_stack([np.full(len(middle), corners[0] if len(corners) else 0), middle])
        found.append((points, triangles.astype(np.int64)))
    return found


def _tables(file: Path, table: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise FileError(file, key, "must be a list of tables of keys: export it again.")
    return value


def _numbers(file: Path, value: object, place: str) -> list[int]:
    if not isinstance(value, list) or not all(isinstance(one, int) for one in value):
        raise FileError(file, place, "must be a list of whole numbers: export it again.")
    return value
