"""Make the example cases in data/meshes, and the recipe that imports one of them again.

    .venv/bin/python data/make_meshes.py [FOLDER]

Each preset heart becomes a folder: case.json with its own meshes (leaflets, atrial dome), tubes of the annulus, the vein
and the arteries as a segmentation would show them, and beside each mesh a .toml with unit, frame, source, licence and
digest. Running it again gives the same numbers (to rounding on another machine; tests/unit/test_parametric_meshes.py
compares them).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy as np

from annulus.anatomy import Case
from annulus.anatomy.parametric import Preset, preset
from annulus.geometry import Surface, ring_tube, swept_tube
from annulus.io import save_case, write

RING_RADIUS_MM = 0.8  # of the drawn tube along the annulus; its centre line is the annulus
STEP_MM = 1.5  # between the rings of a vessel's tube
LICENCE = "BSD-3-Clause"


def example_surfaces(case: Case) -> dict[str, Surface]:
    """Tubes by file stem."""
    vein = case.coronary_sinus.curve
    # The inscribed over the area-equivalent radius is one number along these veins: sections are ellipses.
    flat = float(np.mean(vein.mis_radius / vein.radius))
    turn = 2.0 * np.pi * np.arange(24) / 24
    ellipse = np.column_stack([flat * np.cos(turn), np.sin(turn) / flat])
    surfaces = {
        "annulus_ring": ring_tube(case.annulus.loop.resampled(120), radius_mm=RING_RADIUS_MM, n_around=10),
        "coronary_sinus": swept_tube(vein.resampled(round(vein.length / STEP_MM) + 1), outline=ellipse),
    }
    for artery in case.arteries:
        curve = artery.curve.resampled(round(artery.curve.length / STEP_MM) + 1)
        surfaces[artery.name] = swept_tube(curve, n_around=16)
    return surfaces


def sidecar(path: Path, what: str) -> None:
    """Write the .toml beside a file."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    lines = {
        "what": what,
        "unit": "mm",
        "coordinate_system": "LPS",
        "frame": "parametric heart in a typical orientation, annulus centroid at the origin",
        "source": "made by data/make_meshes.py from annulus.anatomy.preset",
        "licence": LICENCE,
        "sha256": digest,
    }
    text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())
    path.with_name(path.name + ".toml").write_text(text, encoding="utf-8")


def make_example(which: Preset, folder: Path) -> Case:
    """Write one preset's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    case = preset(which)
    # Otherwise meshes that changed would stand beside the old ones.
    shutil.rmtree(folder / "case_meshes", ignore_errors=True)
    save_case(case, folder / "case.json")
    sidecar(folder / "case.json", f"case of the preset {which.value}")
    for mesh in sorted(folder.glob("case_meshes/*.ply")):
        sidecar(mesh, f"{mesh.stem.replace('_', ' ')} of the preset {which.value}: drawn, see the case's assumptions")
    for stem, surface in example_surfaces(case).items():
        path = folder / f"{stem}.ply"
        write(surface, path)
        sidecar(path, f"{stem.replace('_', ' ')} of the preset {which.value} as a closed tube")
    return case


def recipe_text(case: Case) -> str:
    """Recipe that imports the meshes of an example again, as those of a segmented patient."""

    def point(values: np.ndarray) -> str:
        return "[" + ", ".join(f"{value:.6f}" for value in values) + "]"

    landmarks = "\n".join(f"{name} = {point(place)}" for name, place in case.annulus.landmarks.items())
    arteries = "\n".join(
        f'\n[[arteries]]\nname = "{artery.name}"\nstart_near_mm = {point(artery.curve.points[0])}\n'
        f'pieces = [{{ name = "{artery.name}", surfaces = "{artery.name}.ply" }}]'
        for artery in case.arteries
    )
    tips = "\n".join(f"{name} = {point(tip)}" for name, tip in case.papillary_tips.items())
    return f"""# The example {case.id} from its meshes, as if they were a segmented patient. Written by data/make_meshes.py.
#
#   annulus import data/recipes/example-{case.id}.toml --root data/meshes/{case.id} -o case.json

schema = "annulus.recipe/1"
id = "example-{case.id}"
source = "{case.source}"
licence = "{LICENCE}"
phase = "{case.phase.value}"

unit = "mm"
coordinate_system = "LPS"

[annulus]
from = "ring"
surfaces = "annulus_ring.ply"

[annulus.landmarks]
{landmarks}

[coronary_sinus]
ostium = {{ near_point_mm = {point(case.coronary_sinus.curve.points[0])} }}
pieces = [{{ name = "coronary sinus to anterior interventricular vein", surfaces = "coronary_sinus.ply" }}]
{arteries}

[leaflets]
anterior = "case_meshes/leaflet_anterior.ply"
posterior = "case_meshes/leaflet_posterior.ply"

[papillary_tips_mm]
{tips}

[surfaces]
la = "case_meshes/la.ply"

[loading]
lv_pressure_mmhg = {case.loading.lv_pressure_mmhg}
la_pressure_mmhg = {case.loading.la_pressure_mmhg}
"""


def main(arguments: list[str]) -> None:
    """Write all examples, and the recipe beside the others where the folder is the repository's."""
    here = Path(__file__).resolve().parent
    target = Path(arguments[0]) if arguments else here / "meshes"
    for which in Preset:
        case = make_example(which, target / which.value)
        if which is Preset.FMR:
            recipes = target.parent / "recipes"
            recipes.mkdir(exist_ok=True)
            (recipes / "example-fmr.toml").write_text(recipe_text(case), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
