"""The scene as glTF: read by an independent reader; and in a notebook's frame, in a real browser."""

from __future__ import annotations

import io
import json
import struct
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import trimesh

from annulus.viz import notebook_frame, scene_gltf, show
from pixels import n_colors, picture


@pytest.fixture(scope="module")
def glb(fmr_result: Any) -> bytes:
    return scene_gltf(fmr_result.case, fmr_result.to_dict())


def _document(glb: bytes) -> dict[str, Any]:
    length = struct.unpack("<I", glb[12:16])[0]
    return json.loads(glb[20 : 20 + length])


def test_another_reader_finds_the_annulus_in_metres(fmr_result: Any, glb: bytes) -> None:
    read = trimesh.load(io.BytesIO(glb), file_type="glb")
    assert {"annulus", "annulus before", "coronary sinus", "device ribbon", "artery lcx"} <= set(read.geometry)
    matrix, name = read.graph.get("annulus")
    wire = trimesh.transform_points(read.geometry[name].vertices, matrix)
    frame = fmr_result.case.annulus.frame
    ring = frame.to_local(fmr_result.prediction.after.annulus.loop.points) / 1000.0
    ring = np.column_stack([ring[:, 0], ring[:, 2], -ring[:, 1]])  # y up: towards the atrium
    # A wire of 0.8 mm around the loop, which is smoothed by less than a tenth of a millimetre.
    gap = np.linalg.norm(wire[:, None] - ring[None], axis=2)
    assert gap.min(axis=0).max() < 0.9e-3 and gap.min(axis=1).max() < 1.6e-3


def test_colours_of_a_gap_are_those_of_the_picture(fmr_result: Any, glb: bytes) -> None:
    document = _document(glb)
    mesh = next(mesh for mesh in document["meshes"] if mesh["name"] == "artery lcx")
    accessor = document["accessors"][mesh["primitives"][0]["attributes"]["COLOR_0"]]
    start = 28 + struct.unpack("<I", glb[12:16])[0] + document["bufferViews"][accessor["bufferView"]]["byteOffset"]
    colors = np.frombuffer(glb, np.uint8, 4 * accessor["count"], start).reshape(-1, 4).astype(int)
    red = (colors[:, 0] > 2 * colors[:, 1]).any()
    teal = (colors[:, 1] > 2 * colors[:, 0]).any()
    assert fmr_result["circumflex.min_gap_after_mm"] < 0.0 and red and teal


def test_extras_hold_views_labels_and_ruler(glb: bytes) -> None:
    extras = _document(glb)["scenes"][0]["extras"]
    assert [view["name"] for view in extras["views"]][:3] == ["surgeon", "posterior", "left"]
    at = {label["text"]: np.array(label["at"]) for label in extras["labels"]}
    assert at["A"][1] > 0.0 > at["P"][1]  # +y is anterior in the annulus frame
    assert at["AL"][0] < 0.0 < at["PM"][0]
    assert {"0 mm", "10", "100"} <= set(at) and any(text.startswith("distal 95") for text in at)


def test_notebook_shows_a_frame(fmr_result: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    fake = SimpleNamespace(HTML=lambda text: text, display=shown.append)
    monkeypatch.setitem(sys.modules, "ipykernel", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(display=fake))
    monkeypatch.setitem(sys.modules, "IPython.display", fake)
    show(fmr_result)
    assert len(shown) == 1 and shown[0].startswith("<iframe srcdoc=")


@pytest.mark.slow
def test_frame_draws_in_a_browser(fmr_result: Any, page: Any) -> None:
    page.set_content(f"<body>{notebook_frame(fmr_result.case, fmr_result.to_dict(), view='posterior')}</body>")
    frame = page.frame_locator("iframe")
    frame.locator("canvas").wait_for()
    page.wait_for_timeout(1500)
    assert n_colors(picture(page.locator("iframe"))) > 60
    assert frame.get_by_role("button", name="surgeon").count() == 1
