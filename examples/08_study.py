"""From a population to a decision: which length suits which coronary sinus, and what would other sizes add?"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import annulus

EXPECTED = {
    "served_share": (0.5, 1.0),
    "served_with_others": (0.5, 1.0),
    "65_mm_ribbon_adds": (0, 30),
    "smaller_anchors_add": (0, 30),
    "longer_vein_longer_device": (1, 1),  # the sizing rule, seen in the population
    "median_ap_change_percent": (-25.0, -2.0),  # published reach of 5 to 20 mm of plication, and less in stiff hearts
    "plot_bytes": (10_000, 1_000_000),
}

STUDY = {
    "therapies": ["carillon-9-18-60", "carillon-9-18-80"],
    "population": {"preset": "fmr", "n": 30, "seed": 1},
    "landings": [{"size": "chosen among", "distal": "anchored"}],
    "loads": [{"plication_mm": 8.0}],
    "columns": ["annulus.change_percent.ap_mm", "regurgitation.*.eroa_mm2", "circumflex.min_gap_after_mm"],
}


OTHERS = ("double-anchor-9-18-65", "double-anchor-7-14-60")  # another length, and smaller anchors


def main(folder: Path) -> dict[str, float]:
    run = annulus.run_study(STUDY, folder / "lengths")
    frame = run.to_frame()
    got = frame[frame["fit.fits"]]
    print(got.groupby("therapy")[["fit.vein_mm", "annulus.change_percent.ap_mm"]].describe())

    # The family, and hypothetical sizes beside it: who can take what? Nothing is predicted for this.
    family = STUDY | {"kind": "fit", "therapies": [*STUDY["therapies"], *OTHERS], "columns": None}
    family["landings"] = [{"distal": "anchored"}]
    annulus.run_study({key: value for key, value in family.items() if value}, folder / "family")
    table = annulus.study.summarise(folder / "family").tables["served by therapy"].set_index("therapy")
    print(table)

    plot = folder / "lengths.png"
    annulus.viz.plot_length_choice(frame, title="Which length suits which vein").savefig(plot)
    by_length = got.groupby("fit.length_mm")["fit.vein_mm"].median()
    return {
        "served_share": len(got) / len(frame),
        "served_with_others": table.loc["any of them", "share"],
        "65_mm_ribbon_adds": table.loc[OTHERS[0], "adds"],
        "smaller_anchors_add": table.loc[OTHERS[1], "adds"],
        "longer_vein_longer_device": bool(np.all(np.diff(by_length) > 0.0)),
        "median_ap_change_percent": got["annulus.change_percent.ap_mm"].median(),
        "plot_bytes": plot.stat().st_size,
    }


if __name__ == "__main__":
    main(Path("results"))
