"""Meshes and a recipe become a case: annulus, vein and arteries are found on their surfaces."""

from __future__ import annotations

from pathlib import Path

import annulus
from annulus.io import import_case, load_case, save_case

# The meshes were made from the shipped case; what the import finds must be that again.
EXPECTED = {
    "ap_error_mm": (0.0, 0.1),
    "perimeter_error_mm": (0.0, 0.3),
    "vein_length_error_mm": (0.0, 3.0),
    "vein_axis_error_mm": (0.0, 0.5),
}


def main(folder: Path) -> dict[str, float]:
    imported = import_case("data/recipes/example-fmr.toml", root="data/meshes/fmr")
    for finding in imported.findings:
        print(f"{finding.structure:22s}{finding.result}: {finding.how}")
    save_case(imported.case, folder / "case.json")

    found, made = load_case(folder / "case.json"), load_case("data/meshes/fmr/case.json")
    ring, true_ring = annulus.measure(found).annulus, annulus.measure(made).annulus
    vein, true_vein = found.coronary_sinus.curve, made.coronary_sinus.curve
    _, off_axis = true_vein.closest(vein.points)
    return {
        "ap_error_mm": abs(ring.ap_mm - true_ring.ap_mm),
        "perimeter_error_mm": abs(ring.perimeter_3d_mm - true_ring.perimeter_3d_mm),
        "vein_length_error_mm": abs(vein.length - true_vein.length),
        "vein_axis_error_mm": float(off_axis.max()),
    }


if __name__ == "__main__":
    main(Path())
