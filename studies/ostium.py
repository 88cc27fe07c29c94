"""What the lock keeps of the traction, and how far the proximal anchor yields, in patients and in one real heart.

Run ``python studies/ostium.py -n 40 --seed 1 -o docs/theory.md``; with ``--bodyparts FOLDER`` the BodyParts3D heart,
scaled to AP 40 mm, is among them (its licence is in the folder; nothing of it is kept). Each heart is plicated by
10 mm: locked, and pulled to the same path with the pull reacted at the ostium and outside, with the calibrated
stiffnesses and each of `VARIANTS`.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from annulus import Case, load_case, measure, simulate
from annulus.errors import AnnulusError
from annulus.heart import Heart
from annulus.io import import_case
from annulus.mechanics.network import CinchParameters, TractionReaction
from annulus.population import sample_patient
from annulus.prediction import cinch_of
from marked_page import put_between

__all__ = ["Row", "main", "row_of", "table"]

PLICATION_MM = 10.0
START, END = "<!-- begin ostium -->", "<!-- end ostium -->"

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "data" / "meshes" / "fmr" / "case.json"
RECIPE = ROOT / "data" / "recipes" / "bodyparts3d-heart5.toml"
REAL_AP_MM = 40.0

VARIANTS: dict[str, dict[str, float]] = {
    "as shipped": {},
    "no friction in the pull": {"friction_coefficient": 0.0},
    "ostium no firmer than the free vein": {"ostium_factor": 0.0},
    "`ostium_factor` 100": {"ostium_factor": 100.0},
}
"""What differs from the calibrated values; the other stiffnesses stay, they are not fitted again."""


@dataclass(frozen=True, eq=False)
class Group:
    """Hearts that get the same device at the same site: distal end [mm] from the ostium, None for the default."""

    name: str
    cases: Sequence[Case]
    device: str = "carillon-9-18-60"
    distal_at_mm: float | None = 95.0


@dataclass(frozen=True, slots=True)
class Row:
    """One heart under one set of parameters.

    Parameters
    ----------
    ap_percent, alpm_percent, area_percent
        Change of the locked annulus [%].
    over_ostium, over_outside
        Change of AP locked over that in traction, the pull reacted at the ostium and outside [1].
    yield_mm
        Displacement of the vein at the proximal anchor, locked [mm].
    force_share_ap
        As in a result [1].
    """

    ap_percent: float
    alpm_percent: float
    area_percent: float
    over_ostium: float
    over_outside: float
    yield_mm: float
    force_share_ap: float


def row_of(heart: Heart, group: Group, changes: dict[str, float]) -> Row:
    """One heart, plicated.

    Raises
    ------
    AnnulusError
        The device does not fit, or a state is no equilibrium.
    """
    parameters = CinchParameters(**changes)
    kept = []
    for reaction in TractionReaction:
        result = simulate(
            heart,
            group.device,
            distal_at_mm=group.distal_at_mm,
            plication_mm=PLICATION_MM,
            traction_reaction=reaction,
            parameters=parameters,
            throw=True,
        )
        before, pulled, after = (result[f"annulus.{name}.ap_mm"] for name in ("before", "traction", "after"))
        kept.append((after - before) / (pulled - before))
    # The lock does not depend on the reaction: that of the last one.
    cinch = cinch_of(result.prediction)
    moved = np.linalg.norm(cinch.locked.vein - cinch.model.strip.vein, axis=1)
    s = cinch.model.strip.vein_spacing * np.arange(len(moved))
    return Row(
        *(result[f"annulus.change_percent.{key}"] for key in ("ap_mm", "alpm_mm", "area_2d_mm2")),
        *kept,
        float(np.interp(cinch.landing.proximal_s_mm, s, moved)),
        result["therapy.force_share_ap"],
    )


def bodyparts(folder: Path) -> Case:
    """The BodyParts3D heart, scaled to `REAL_AP_MM`."""
    drawn = measure(import_case(RECIPE, root=folder).case).annulus.ap_mm
    return import_case(RECIPE, root=folder, scale=REAL_AP_MM / drawn).case


def table(groups: Sequence[Group]) -> str:
    """Markdown table: one row a group of hearts and a variant, mean and standard deviation of groups."""
    lines = [
        "| heart | device, distal end | parameters | AP, % | AL-PM, % | area, % | lock over traction, at the ostium | "
        "outside | proximal anchor yields, mm | force along AP |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    left_out: Counter[str] = Counter()
    for group in groups:
        ready = [Heart(case) for case in group.cases]
        site = "by default" if group.distal_at_mm is None else f"{group.distal_at_mm:g} mm"
        for variant, changes in VARIANTS.items():
            rows = []
            for heart in ready:
                try:
                    rows.append(row_of(heart, group, changes))
                except AnnulusError as error:
                    far = "distal anchor must land" in f"{error}"
                    left_out["no room for the distal anchor" if far else f"{error}"] += variant == "as shipped"
            if not rows:
                continue
            values = np.array([[getattr(row, key) for key in Row.__slots__] for row in rows])
            cells = [_cell(column, digits) for column, digits in zip(values.T, (1, 1, 1, 2, 2, 1, 2), strict=True)]
            shown = group.name if len(ready) == 1 else f"{len(rows)} {group.name}"
            lines.append(f"| {shown} | `{group.device}`, {site} | {variant} | {' | '.join(cells)} |")
    reasons = ", ".join(f"{reason} ({n})" for reason, n in left_out.items() if n)
    return "\n".join([*lines, "", f"Left out: {reasons or 'none'}."])


def _cell(column: np.ndarray, digits: int) -> str:
    if len(column) == 1:
        return f"{column[0]:.{digits}f}"
    return f"{column.mean():.{digits}f} ± {column.std(ddof=1):.{digits}f}"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=40, help="patients of the preset fmr")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bodyparts", type=Path, help="folder of the BodyParts3D heart")
    parser.add_argument("-o", "--output", type=Path, help="page to write into")
    given = parser.parse_args()
    patients = [sample_patient("fmr", seed=given.seed, index=index).case for index in range(given.n)]
    groups = [Group("example `fmr`", [load_case(EXAMPLE)])]
    if given.bodyparts is not None:
        real = [bodyparts(given.bodyparts)]
        groups += [
            Group("BodyParts3D, AP 40 mm", real, f"carillon-9-18-{length}", distal_at_mm=None) for length in (60, 80)
        ]
    if patients:
        groups.append(Group("patients `fmr`", patients))
    text = table(groups)
    print(text)
    if given.output is not None:
        put_between(given.output, START, END, text)


if __name__ == "__main__":
    main()
