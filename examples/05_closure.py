"""Close the leaflets of a leaking valve before and after cinching, and beside it with a surgical ring.

A coarse mesh, to be quick; with ``closure="full"`` instead of settings of one's own the mesh is finer.
"""

from __future__ import annotations

from pathlib import Path

import annulus
from annulus.heart import ClosureSettings, Heart
from annulus.io import write_json

EXPECTED = {
    "roa_change_mm2": (-100.0, -5.0),  # a shorter AP closes
    "coaptation_change_mm": (0.2, 5.0),
    "tenting_change_ml": (-3.0, -0.2),
    "volume_per_eroa_ml_per_mm2": (1.53, 1.55),  # sqrt(2 x 105 mmHg / rho) x 0.3 s = 1.54 m
    "roa_ring_over_before": (0.0, 1.0),  # what a ring leaves sits at the commissures
}


def main(folder: Path) -> dict[str, float]:
    case = annulus.load_case("data/meshes/fmr/case.json")
    heart = Heart(case, ClosureSettings("full", n_columns=60, n_rows=8, scheme="ASE 2017"))

    result = annulus.simulate(heart, "carillon-9-18-60", distal_at_mm=95, plication_mm=10)
    coaptation, leak = (result.blocks[name] for name in ("coaptation", "regurgitation"))
    print(result, leak["after"]["grade"], [jet["section"] for jet in leak["after"]["jets"]])
    write_json(result.to_dict(), folder / "closed.json")

    ring = annulus.simulate(heart, "ring-28")  # on the same heart: the valve before is closed already
    print(ring, ring["filling.after.mean_gradient_mmhg"])

    def change(block: dict, key: str) -> float:
        return block["after"][key] - block["before"][key]

    return {
        "roa_change_mm2": change(leak, "roa_mm2"),
        "coaptation_change_mm": change(coaptation, "coapt_height_mean_mm"),
        "tenting_change_ml": change(coaptation, "tenting_volume_ml"),
        "volume_per_eroa_ml_per_mm2": leak["after"]["regurgitant_volume_ml"] / leak["after"]["eroa_mm2"],
        "roa_ring_over_before": ring["regurgitation.after.roa_mm2"] / leak["before"]["roa_mm2"],
    }


if __name__ == "__main__":
    main(Path())
