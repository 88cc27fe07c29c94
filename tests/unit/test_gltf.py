"""glTF as the specification allows it: decoded right, or refused by name; never points of zero."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annulus.errors import FileError
from annulus.io import read_mesh

SQUARE = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
TO_LPS = np.array([[1000.0, 0.0, 0.0], [0.0, 0.0, -1000.0], [0.0, 1000.0, 0.0]])
"""glTF's +x is left, +y up, +z to the front, in metres."""

FLOAT, SHORT, BYTE, INDEX = 5126, 5122, 5121, 5123


def document(
    *arrays: tuple[np.ndarray, int, str], primitive: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A file of one node `square` with one primitive; accessors in the order of `arrays`."""
    data, views, accessors = b"", [], []
    for array, kind, shape in arrays:
        raw = array.astype({FLOAT: "<f4", SHORT: "<i2", BYTE: "u1", INDEX: "<u2"}[kind]).tobytes()
        views.append({"buffer": 0, "byteOffset": len(data), "byteLength": len(raw)})
        accessors.append({"bufferView": len(views) - 1, "componentType": kind, "count": len(array), "type": shape})
        data += raw + b"\0" * (-len(raw) % 4)
    uri = "data:application/octet-stream;base64," + base64.b64encode(data).decode()
    return {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "square", "mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, **(primitive or {})}]}],
        "buffers": [{"uri": uri, "byteLength": len(data)}],
        "bufferViews": views,
        "accessors": accessors,
        **more,
    }


def plain(**more: Any) -> dict[str, Any]:
    return document((SQUARE, FLOAT, "VEC3"), (np.array([0, 1, 2, 0, 2, 3]), INDEX, "SCALAR"), **more)


def read(folder: Path, content: dict[str, Any], node: str | None = None) -> np.ndarray:
    (folder / "a.gltf").write_text(json.dumps(content))
    return read_mesh(folder / "a.gltf", node=node).corners


def expected(points: np.ndarray = SQUARE, triangles: Any = ((0, 1, 2), (0, 2, 3))) -> np.ndarray:
    return (points @ TO_LPS.T)[np.array(triangles)]


def test_quantised_positions_are_scaled_by_their_node(tmp_path: Path) -> None:
    content = document((32767 * SQUARE, SHORT, "VEC3"), (np.array([0, 1, 2, 0, 2, 3]), INDEX, "SCALAR"),
                       extensionsRequired=["KHR_mesh_quantization"])  # fmt: skip
    content["accessors"][0]["normalized"] = True
    content["nodes"][0].update(scale=[2.0, 2.0, 2.0], translation=[0.5, 0.0, 0.0])
    np.testing.assert_allclose(read(tmp_path, content), expected(2.0 * SQUARE + [0.5, 0.0, 0.0]), atol=1e-9)


def test_sparse_positions_replace_what_they_name(tmp_path: Path) -> None:
    moved = np.array([[5.0, 6.0, 7.0]])
    content = document((SQUARE, FLOAT, "VEC3"), (np.array([0, 1, 2, 0, 2, 3]), INDEX, "SCALAR"),
                       (np.array([2]), INDEX, "SCALAR"), (moved, FLOAT, "VEC3"))  # fmt: skip
    content["accessors"][0]["sparse"] = {
        "count": 1, "indices": {"bufferView": 2, "componentType": INDEX}, "values": {"bufferView": 3}
    }  # fmt: skip
    points = SQUARE.copy()
    points[2] = moved
    np.testing.assert_allclose(read(tmp_path, content), expected(points))


@pytest.mark.parametrize(("weights", "share"), [([], 0.0), ([0.25], 0.25)])
def test_morphs_are_applied_as_far_as_the_file_weighs_them(tmp_path: Path, weights: list[float], share: float) -> None:
    move = np.tile([0.0, 0.0, 4.0], (4, 1))
    content = document((SQUARE, FLOAT, "VEC3"), (np.array([0, 1, 2, 0, 2, 3]), INDEX, "SCALAR"), (move, FLOAT, "VEC3"),
                       primitive={"targets": [{"POSITION": 2}]})  # fmt: skip
    content["meshes"][0]["weights"] = weights
    np.testing.assert_allclose(read(tmp_path, content), expected(SQUARE + share * move))


@pytest.mark.parametrize(
    ("mode", "indices", "triangles"),
    [(5, [0, 1, 3, 2], [(0, 1, 3), (3, 1, 2)]), (6, [0, 1, 2, 3], [(0, 1, 2), (0, 2, 3)])],
)
def test_strips_and_fans(tmp_path: Path, mode: int, indices: list[int], triangles: Any) -> None:
    content = document((SQUARE, FLOAT, "VEC3"), (np.array(indices), INDEX, "SCALAR"), primitive={"mode": mode})
    found, wanted = read(tmp_path, content), expected(triangles=triangles)
    np.testing.assert_allclose(np.cross(found[:, 1] - found[:, 0], found[:, 2] - found[:, 0]),
                               np.cross(wanted[:, 1] - wanted[:, 0], wanted[:, 2] - wanted[:, 0]))  # fmt: skip


def test_a_group_stands_for_all_below_it_and_names_are_the_files(tmp_path: Path) -> None:
    content = plain()
    content["nodes"] = [
        {"name": "heart", "children": [1, 2, 3], "translation": [0.0, 1.0, 0.0]},
        {"name": "la", "mesh": 0},
        {"mesh": 0, "translation": [9.0, 0.0, 0.0]},
        {"name": "la", "mesh": 0, "rotation": [0.0, 0.0, 0.7071067811865476, 0.7071067811865476]},
    ]
    assert len(read(tmp_path, content, "heart")) == 6
    turned = np.column_stack([-SQUARE[:, 1], SQUARE[:, 0], SQUARE[:, 2]]) + [0.0, 1.0, 0.0]
    np.testing.assert_allclose(read(tmp_path, content, "2"), expected(turned), atol=1e-9)
    with pytest.raises(FileError, match=r"0 and 2 have that name: give its number"):
        read(tmp_path, content, "la")
    with pytest.raises(FileError, match=r"0 \(la\), 1 \(no name\), 2 \(la\)"):
        read(tmp_path, content)


def test_a_thousand_nodes_are_not_all_listed(tmp_path: Path) -> None:
    content = plain()
    content["nodes"] = [{"name": f"n{k}", "mesh": 0} for k in range(1000)]
    content["scenes"] = [{"nodes": list(range(1000))}]
    with pytest.raises(FileError, match="and 988 more") as caught:
        read(tmp_path, content)
    assert len(str(caught.value)) < 500 + len(str(tmp_path))
    assert len(read(tmp_path, content, "n700")) == 2


def _skin(content: dict[str, Any]) -> None:
    content["nodes"][0]["skin"] = 0


def _draco(content: dict[str, Any]) -> None:
    content["meshes"][0]["primitives"][0]["extensions"] = {"KHR_draco_mesh_compression": {}}


def _meshopt(content: dict[str, Any]) -> None:
    content["bufferViews"][0]["extensions"] = {"EXT_meshopt_compression": {}}


def _instances(content: dict[str, Any]) -> None:
    content["nodes"][0]["extensions"] = {"EXT_mesh_gpu_instancing": {}}


def _hollow(content: dict[str, Any]) -> None:
    del content["accessors"][0]["bufferView"]


def _required(content: dict[str, Any]) -> None:
    content["extensionsRequired"] = ["VENDOR_secret_triangles"]


def _beyond(content: dict[str, Any]) -> None:
    content["accessors"][0]["count"] = 10**9


def _elsewhere(content: dict[str, Any]) -> None:
    content["buffers"][0]["uri"] = "..%2F..%2Fetc%2Fpasswd"


def _circle(content: dict[str, Any]) -> None:
    content["nodes"][0]["children"] = [0]


def _old(content: dict[str, Any]) -> None:
    content["asset"]["version"] = "1.0"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_skin, "it has a skin"),
        (_draco, "KHR_draco_mesh_compression"),
        (_meshopt, "EXT_meshopt_compression"),
        (_instances, "EXT_mesh_gpu_instancing"),
        (_hollow, "all its points would be zero"),
        (_required, "VENDOR_secret_triangles"),
        (_beyond, "within its buffer"),
        (_elsewhere, "leads out of it"),
        (_circle, "in one place of the scene"),
        (_old, "must be 2.0; got '1.0'"),
    ],
)
def test_what_is_not_decoded_is_refused_by_name(tmp_path: Path, change: Any, said: str) -> None:
    content = plain()
    change(content)
    with pytest.raises(FileError) as caught:
        read(tmp_path, content)
    assert said in str(caught.value)
