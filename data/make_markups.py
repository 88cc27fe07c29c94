"""Make the example markups in data/markups/fmr: what a person draws in 3D Slicer of the example fmr, a few points each.

    .venv/bin/python data/make_markups.py [FOLDER]

Contour, landmarks, vein without a radius, circumflex with one radius a point, and a lead in the vein;
data/recipes/slicer-markups.toml imports them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from annulus.anatomy.parametric import Preset, preset
from annulus.geometry import Curve
from annulus.io import Markup
from annulus.io.exporters._slicer_json import write_markups

N_CONTOUR, N_VEIN, N_ARTERY, N_LEAD = 20, 16, 14, 8
LEAD_REACH_MM = 60.0


def example_markups() -> dict[str, Markup]:
    """Markups by file stem, rounded to 0.01 mm as Slicer shows them."""
    case = preset(Preset.FMR)
    vein, artery = case.coronary_sinus.curve, case.arteries[0].curve
    # Stations of equal spacing along the curves, as a person places them.
    drawn = artery.resampled(N_ARTERY)
    marks = case.annulus.landmarks
    lead = Curve(vein.at(np.linspace(0.0, LEAD_REACH_MM, N_LEAD)))
    found = {
        "annulus": Markup("annulus", "ClosedCurve", case.annulus.loop.resampled(N_CONTOUR).points),
        "landmarks": Markup("landmarks", "Fiducial", np.array(list(marks.values())), tuple(marks)),
        "coronary_sinus": Markup("coronary_sinus", "Curve", vein.resampled(N_VEIN).points),
        "lcx": Markup("lcx", "Curve", drawn.points, (), {"Radius": drawn.radius}),
        "lead": Markup("lead", "Curve", lead.points),
    }
    return {
        stem: Markup(
            item.name, item.kind, np.round(item.points, 2), item.labels,
            {name: np.round(values, 2) for name, values in item.values.items()},
        )
        for stem, item in found.items()
    }  # fmt: skip


def main(arguments: list[str]) -> None:
    """Write all of them."""
    target = Path(arguments[0]) if arguments else Path(__file__).resolve().parent / "markups" / "fmr"
    target.mkdir(parents=True, exist_ok=True)
    for stem, markup in example_markups().items():
        write_markups([markup], target / f"{stem}.mrk.json")


if __name__ == "__main__":
    main(sys.argv[1:])
