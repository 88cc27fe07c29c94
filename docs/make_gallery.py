"""Make the gallery of `docs/pictures.md`: small pictures of every kind of view and plot, in `docs/images/gallery`.

    python docs/make_gallery.py

One case, one device, the valve closed fully before and after: some minutes on the first run, which compiles.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from annulus import load_case, simulate, viz

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "images" / "gallery"
SIZE = (800, 600)
DEVICE = "carillon-9-18-60"


def main() -> None:
    """Write all pictures anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    case = load_case(ROOT / "data" / "meshes" / "fmr" / "case.json")
    result = simulate(case, DEVICE, closure="full").to_dict()
    for view in viz.VIEWS:
        _small(viz.screenshot(case, FOLDER / f"{view.name}.png", result, view=view.name, size=SIZE))
    for name in ("edge", "LAO30/CAU20"):
        path = FOLDER / f"carm-{name.replace('/', '-').lower()}.png"
        carm = viz.wanted_carm(name, case, result)
        _small(viz.fluoroscopy_screenshot(case, path, result, carm=carm, size=(600, 600)))
    _plots(case, result)
    viz.cinch_movie(case, result, FOLDER / "cinch.gif", size=(480, 360), n_states=5)


def _plots(case: object, result: dict[str, object]) -> None:
    plications = np.linspace(0.0, 10.0, 6)
    rows = [simulate(case, DEVICE, plication_mm=float(p), closure="fast") for p in plications]
    figures = {
        "gaps": viz.plot_gaps(case, result),
        "displacement": viz.plot_displacement(case, result),
        "dose": viz.plot_dose_response(
            plications,
            [row["annulus.after.ap_mm"] for row in rows],
            [row["regurgitation.after.eroa_mm2"] for row in rows],
            title=f"{case.id}, {DEVICE}",
        ),
    }
    kinds = ("none", DEVICE, "rods-2", "bridge-8")
    told = {kind: simulate(case, kind, closure="fast", samples=30, seed=1) for kind in kinds}
    key = "annulus.after.ap_mm"
    figures["comparison"] = viz.plot_bars(
        {kind: done[key] for kind, done in told.items()},
        label="AP diameter afterwards [mm], 90 % intervals over 30 worlds",
        intervals={kind: span for kind, done in told.items() if (span := done.interval(key)) is not None},
        baseline=told["none"]["annulus.before.ap_mm"],
        title=case.id,
    )
    for name, figure in figures.items():
        path = FOLDER / f"{name}.png"
        figure.savefig(path, dpi=75)
        _small(path)


def _small(path: Path) -> None:
    """Store a picture with 256 colours: half of the bytes."""
    with Image.open(path) as image:
        whole = image.convert("RGB")
    whole.quantize(palette=whole.quantize(256, kmeans=1)).save(path, optimize=True)


if __name__ == "__main__":
    main()
