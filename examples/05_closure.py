"""Close the leaflets of a leaking valve before and after cinching, and beside it with a surgical ring.

A coarse mesh, to be quick; without ``closure`` settings of one's own the default mesh is finer.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import annulus
from annulus.devices import SurgicalRing
from annulus.planning import ClosurePlan, simulate_ring

EXPECTED = {
    "roa_change_mm2": (-100.0, -5.0),  # a shorter AP closes
    "coaptation_change_mm": (0.2, 5.0),
    "tenting_change_mm": (-6.0, -0.5),
    "volume_per_eroa_ml_per_mm2": (1.53, 1.55),  # sqrt(2 x 105 mmHg / rho) x 0.3 s = 1.54 m
    "roa_ring_over_before": (0.0, 1.0),  # what a ring leaves sits at the commissures
}


def main(folder: Path) -> dict[str, float]:
    case = annulus.load_case("data/meshes/fmr/case.json")
    # Papillary tips 2 mm nearer to the apex: the shipped valve hardly leaks.
    down = -2.0 * case.annulus.frame.axes[2]
    case = replace(case, papillary_tips={name: place + down for name, place in case.papillary_tips.items()})
    closure = ClosurePlan("full", n_columns=60, n_rows=8, scheme="ASE 2017")

    result = annulus.simulate(case, "carillon-9-18-60", distal_at_mm=95, plication_mm=10, closure=closure)
    before, after = (result.closure.states[name].measures for name in ("before", "after"))
    print(result.closure.after.status, before["roa_mm2"], after["roa_mm2"])
    leak = result.closure.regurgitation()["after"]
    print(leak["regurgitant_volume_ml"], leak["grade"], [jet["section"] for jet in leak["jets"]])
    (folder / "closed.json").write_text(json.dumps(result.to_dict()), encoding="utf-8")

    ring = simulate_ring(case, SurgicalRing(28.0), baseline=result.closure.baseline)  # the valve before is known
    print(ring, ring.filling["after"]["mean_gradient_mmhg"])
    return {
        "roa_change_mm2": after["roa_mm2"] - before["roa_mm2"],
        "coaptation_change_mm": after["coapt_height_mean_mm"] - before["coapt_height_mean_mm"],
        "tenting_change_mm": after["a2p2_tenting_height_mm"] - before["a2p2_tenting_height_mm"],
        "volume_per_eroa_ml_per_mm2": leak["regurgitant_volume_ml"] / leak["eroa_mm2"],
        "roa_ring_over_before": ring.closure.after.measures["roa_mm2"] / before["roa_mm2"],
    }


if __name__ == "__main__":
    main(Path())
