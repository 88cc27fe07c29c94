"""A heart of simple curves in LPS mm, as case, meshes and plain file contents, for the tests of files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from annulus.anatomy import (
    Annulus,
    Artery,
    Case,
    CoronarySinus,
    Echo,
    Lead,
    LeafletHeights,
    Leaflets,
    Loading,
    Phase,
    VeinBranch,
    VesselPart,
)
from annulus.geometry import Curve, Loop, Surface, swept_tube
from annulus.io import save_case, write
from annulus.sources import Assumption

# Columns: directions of +x (AL to PM), +y (P to A), +z (to the atrium) of the annulus frame in the body, right-handed.
Z = np.array([-0.65, 0.69, 0.31]) / np.linalg.norm([-0.65, 0.69, 0.31])
X = np.cross([0.0, -0.4, 0.9], Z) / np.linalg.norm(np.cross([0.0, -0.4, 0.9], Z))
AXES = np.column_stack([X, np.cross(Z, X), Z])
CENTRE = np.array([20.0, -100.0, 1220.0])


def place(theta_deg: Any, radius: float, height: float) -> np.ndarray:
    theta = np.radians(np.atleast_1d(theta_deg))
    local = np.stack([-1.1 * radius * np.sin(theta), radius * np.cos(theta), np.full_like(theta, height)], axis=1)
    return local @ AXES.T + CENTRE


def heart() -> Case:
    ring = Loop(
        place(np.arange(0.0, 360.0, 5.0), 17.0, 0.0) + 2.0 * np.cos(np.radians(np.arange(0, 720, 10)))[:, None] * Z
    )
    marks = {name: ring.points[k] for name, k in (("A", 0), ("AL", 18), ("P", 36), ("PM", 54), ("LT", 8), ("RT", 64))}
    along = np.linspace(265.0, 90.0, 60)
    vein = Curve(place(along, 26.0, 3.0), np.linspace(5.0, 2.0, 60), np.linspace(4.0, 1.5, 60))
    artery = Curve(place(np.linspace(60.0, 220.0, 50), 24.0, -3.0), np.full(50, 1.4))
    rng = np.random.default_rng(7)
    sheet = Surface(rng.normal(size=(6, 3)) * 9.0 + CENTRE, [[0, 1, 2], [2, 3, 4], [3, 4, 5]])
    return Case(
        id="sample",
        annulus=Annulus(ring, marks, {"A": "aortic valve"}),
        coronary_sinus=CoronarySinus(vein, (VesselPart("cs", 0.0, 30.0), VesselPart("gcv", 30.0, 60.0)), "drawn"),
        arteries=(Artery("lcx", artery),),
        leaflets=Leaflets(sheet, None, LeafletHeights([0.0, 120.0, 240.0], [22.0, 12.0, 13.0])),
        papillary_tips={"AL": place(100.0, 8.0, -25.0)[0], "PM": place(260.0, 8.0, -25.0)[0]},
        aortic_annulus=Loop(place(np.arange(0.0, 360.0, 30.0), 11.0, 0.0) + 25.0 * AXES[:, 1]),
        surfaces={"la": sheet, "left ventricle": sheet},
        loading=Loading(120.0, 12.0),
        echo=Echo(eroa_mm2=21.0, ejection_fraction_percent=35.0),
        phase=Phase.MID_SYSTOLE,
        source="made up",
        licence="none",
        assumptions=(Assumption("one", 1.5, "mm", "because", ""), Assumption("two", "text", "", "for this", "")),
    )


def fitted_out() -> Case:
    """The sample with branches, valves, a stent and a lead in its vein."""
    case = heart()
    vein = case.coronary_sinus
    assert vein is not None
    vein = replace(
        vein,
        branches=(VeinBranch("posterolateral", 30.0, 3.5),),
        valves_mm=(25.0, 55.0),
        stents=(VesselPart("lcx stent", 12.0, 22.0),),
    )
    lead = Lead("lv lead", Curve(vein.curve.at(np.linspace(0.0, 40.0, 30))), 1.7)
    return replace(case, coronary_sinus=vein, leads=(lead,))


def case_document(folder: Path) -> dict[str, Any]:
    """Content of the sample's case.json, its meshes in `folder`."""
    save_case(heart(), folder / "case.json")
    return json.loads((folder / "case.json").read_text())


def ring_tube(loop: Loop, radius: float = 0.9) -> Surface:
    """Closed tube along a loop, its seam welded by equal vertices."""
    closed = np.vstack([loop.points, loop.points[:1]])
    outward = closed - loop.centroid
    outward -= (outward @ loop.normal)[:, None] * loop.normal
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    turn = np.radians(np.arange(0.0, 360.0, 30.0))[None, :, None]
    rings = closed[:, None] + radius * (np.cos(turn) * outward[:, None] + np.sin(turn) * loop.normal)
    rings[-1] = rings[0]
    k, n = 12, len(closed)
    here = (np.arange(n - 1)[:, None] * k + np.arange(k)).ravel()
    right = (np.arange(n - 1)[:, None] * k + (np.arange(k) + 1) % k).ravel()
    sides = np.vstack([np.stack([here, right, right + k], 1), np.stack([here, right + k, here + k], 1)])
    return Surface(rings.reshape(-1, 3), sides)


RECIPE = """
schema = "annulus.recipe/1"
id = "sample"
unit = "mm"
coordinate_system = "LPS"

[annulus]
from = "ring"
surfaces = "ring.ply"

[aortic_valve]
surfaces = "aortic.ply"

[coronary_sinus]
ostium = { near_point_mm = [OSTIUM] }
pieces = [{ name = "vein", surfaces = "vein.ply" }]

[[arteries]]
name = "lcx"
start_near_mm = [ORIGIN]
pieces = [{ name = "circumflex", surfaces = "lcx.ply" }]

[surfaces]
la = "la.ply"
"""


def recipe_folder(folder: Path) -> Path:
    """Meshes of the sample heart and the recipe that names them; the recipe's path."""
    case = heart()
    assert case.coronary_sinus is not None
    ball = swept_tube(Curve(place(0.0, 30.0, 0.0) + np.array([[0.0], [4.0]]) * Z, np.full(2, 8.0)))
    roof = swept_tube(Curve(place(0.0, 0.0, 20.0) + np.array([[0.0], [9.0]]) * Z, np.full(2, 15.0)))
    meshes = {
        "ring": ring_tube(case.annulus.loop.resampled(180)),
        "vein": swept_tube(case.coronary_sinus.curve.resampled(160)),
        "lcx": swept_tube(case.arteries[0].curve.resampled(160)),
        "aortic": ball,
        "la": roof,
    }
    for name, surface in meshes.items():
        write(surface, folder / f"{name}.ply")
    text = RECIPE.replace("OSTIUM", ", ".join(f"{x:.3f}" for x in case.coronary_sinus.curve.points[0]))
    text = text.replace("ORIGIN", ", ".join(f"{x:.3f}" for x in case.arteries[0].curve.points[0]))
    path = folder / "recipe.toml"
    path.write_text(text)
    return path
