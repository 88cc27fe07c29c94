"""How much the AP diameter falls with each millimetre of plication, under traction and locked."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import annulus
from annulus.heart import Heart

# Published devices of this kind take 4 to 22 % of AP; 20 mm in one vein lie at the upper end.
EXPECTED = {
    "falls_everywhere": (1, 1),
    "ap_change_at_5_mm_percent": (-10.0, -3.0),
    "ap_change_at_20_mm_percent": (-30.0, -10.0),
    "recoil_at_20_mm": (0.5, 10.0),
}


def main(folder: Path) -> dict[str, float]:
    case = annulus.load_case("data/meshes/fmr/case.json")
    plication = np.arange(0.0, 21.0, 2.5)
    rows = []
    # What does not change with the load is made ready once; the valve is not closed.
    heart = Heart(case)
    for length in plication:
        result = annulus.simulate(heart, "carillon-9-18-60", distal_at_mm=105, plication_mm=float(length))
        pulled, locked = (result[f"annulus.{state}.ap_mm"] for state in ("traction", "after"))
        rows.append((length, pulled, locked, result["therapy.locked_tension_n"]))
        print("plication {:4.1f} mm: AP pulled {:.1f} mm, locked {:.1f} mm, tension {:.2f} N".format(*rows[-1]))
    np.savetxt(folder / "dose.csv", rows, delimiter=",", header="plication_mm,ap_traction_mm,ap_mm,tension_n")

    table = np.array(rows)
    change = 100.0 * (table[:, 2] / table[0, 2] - 1.0)
    return {
        "falls_everywhere": float((np.diff(table[:, 1:3], axis=0) < 0.0).all()),
        "ap_change_at_5_mm_percent": float(np.interp(5.0, plication, change)),
        "ap_change_at_20_mm_percent": float(np.interp(20.0, plication, change)),
        "recoil_at_20_mm": float(np.interp(20.0, plication, table[:, 2] - table[:, 1])),
    }


if __name__ == "__main__":
    main(Path())
