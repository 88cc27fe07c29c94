"""Tables of ``docs/calibration.md`` from the shipped calibration: what was fitted, what it leaves open, what follows.

python calibration/ovine/report.py docs/calibration.md

rewrites what stands between the page's ``<!-- begin NAME -->`` and ``<!-- end NAME -->`` marks.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
from calibrate import FITTED, STEP, TARGETS, TISSUE, Problem, read_targets

from annulus.anatomy.parametric import Preset, preset
from annulus.errors import InputError
from annulus.heart import Heart
from annulus.mechanics.network import (
    CinchParameters,
    Landing,
    calibration,
    carried_annulus,
    posterior_draws,
)
from annulus.sources import Distribution
from annulus.therapies import Wish, therapy

PLICATIONS_MM = (5.0, 10.0, 15.0, 20.0)
DEVICE = "carillon-9-18-80"
N_DRAWS = 200
# Elasticities that the prototype printed (section 2.2): change per unit of the logarithm of SL, area, width.
PROTOTYPE = {
    "foundation_kpa": (11.2, 11.1, 0.7),
    "trigone_width_mm": (33.0, 33.0, -1.1),
    "trigone_factor": (5.0, 6.6, 0.9),
    "vein_axial_n": (5.0, 4.2, 0.7),
    "annulus_axial_n": (3.5, 4.2, 0.9),
    "annulus_bending_nmm2": (3.3, 1.5, -0.4),
    "tangential_ratio": (1.7, 1.3, -0.5),
    "strap_vector_n_per_mm": (0.0, -0.3, -0.1),
}


PROTOTYPE_SET = {
    "annulus_axial_n": 3.0,
    "foundation_kpa": 1.39,
    "trigone_factor": 97.0,
    "stiffening_length_mm": 1.0e6,
    "ostium_factor": 0.0,
    "friction_coefficient": 0.0,
}


class HumanHeart:
    """The example heart with functional regurgitation and one device, cinched by given plications."""

    def __init__(self) -> None:
        self.case = preset(Preset.FMR)
        heart, device = Heart(self.case), therapy(DEVICE)
        self.model = heart.model(CinchParameters())
        self.length_mm = device.length_mm
        self.landings: list[Landing] = []
        for plication in PLICATIONS_MM:
            site = device.site(heart, Wish(plication_mm=plication)).site
            self.landings.append(Landing(site.distal_s_mm, site.proximal_s_mm))

    def locked(self, parameters: CinchParameters) -> np.ndarray:
        """AP change [%] and tension [N] at each plication, shape (p, 2); NaN without equilibrium."""
        model = replace(self.model, parameters=parameters)
        rows = []
        for landing in self.landings:
            state = model.lock(landing, self.length_mm)
            try:
                moved = carried_annulus(self.case.annulus, state)
            except InputError:  # folded over itself: no annulus
                rows.append((np.nan, np.nan))
                continue
            ap = [
                float(np.linalg.norm(item.landmarks["A"] - item.landmarks["P"])) for item in (self.case.annulus, moved)
            ]
            change = 100.0 * (ap[1] / ap[0] - 1.0)
            rows.append((change, state.tension_n) if state.status.converged else (np.nan, np.nan))
        return np.array(rows)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Markdown table; numbers with three figures."""

    def text(value: object) -> str:
        if not isinstance(value, float):
            return str(value)
        return f"{value:.1f}" if abs(value) >= 10.0 else f"{value:.3g}"

    lines = [head, ["---"] * len(head), *([text(value) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def fit_table() -> str:
    """Measured, fitted, and the mean of the joint posterior."""
    record, targets = calibration().record, read_targets()
    fitted = record["fit"]["septal_lateral_area_commissural_change_percent"]
    mean = record["posterior_change_percent"]
    names = ("septal-lateral diameter [%]", "area [%]", "commissural width [%], not fitted")
    rows: list[Sequence[object]] = [
        (name, f"{targets[key]['value']} ± {targets[key]['sd']}", old, new)
        for name, key, old, new in zip(names, (*TARGETS, "commissural_change"), fitted, mean, strict=True)
    ]
    force = next(row for row in record["unknowns"] if row["name"] == "force_n")
    target = targets["suture_force"]
    rows.append(
        (
            "suture force [N], a measured input with its error",
            f"{target['value']} ± {target['sd']}",
            record["fit"]["suture_force_n"],
            force["posterior_centre"],
        )
    )
    return table(("quantity", "measured", "two parameters fitted", "mean of the joint posterior"), rows)


def value_table() -> str:
    """The two fitted values."""
    record = calibration().record
    rows = [row for row in record["unknowns"] if row["name"] in FITTED]
    return table(
        ("parameter", "unit", "prior centre (ln sd)", "fitted", "joint posterior centre (ln sd)"),
        [
            (
                f"`{row['name']}`",
                row["unit"],
                f"{row['prior']:g} ({row['prior_spread']:g})",
                record["fitted"][row["name"]],
                f"{row['posterior_centre']:.3g} ({row['posterior_spread']:.2f})",
            )
            for row in rows
        ],
    )


def spread_table() -> str:
    """Prior and posterior spread of every unknown."""
    record = calibration().record
    return table(
        ("unknown", "unit", "prior", "spread", "Laplace", "sampled", "sampled / prior", "centre"),
        [
            (
                f"`{row['name']}`",
                row["unit"],
                float(row["prior"]),
                float(row["prior_spread"]),
                row["laplace_spread"],
                row["posterior_spread"],
                f"{row['posterior_spread'] / row['prior_spread']:.2f}",
                row["posterior_centre"],
            )
            for row in record["unknowns"]
        ],
    )


def sampling_table() -> str:
    """How the file was made and how the sample did."""
    record = calibration().record
    made = record["provenance"]
    posterior = np.array(record["posterior_covariance"])
    spread = np.sqrt(np.diag(posterior))
    names = [row["name"] for row in record["unknowns"]]
    correlation = posterior / np.outer(spread, spread)
    upper = [(correlation[i, j], names[i], names[j]) for i in range(len(names)) for j in range(i)]
    strongest = sorted(upper, key=lambda row: -abs(row[0]))[:4]
    rows: list[Sequence[object]] = [
        ("command", f"`{made['command']}`"),
        ("version, date, seed", f"{made['version']}, {made['date']}, {made['seed']}"),
        ("solves of the sampler", made["n_samples"]),
        ("worth this many independent draws", f"{made['effective_sample_size']:.0f}"),
        ("without equilibrium (weight 0)", made["n_failed_solves"]),
        ("misfit of the fit, in standard deviations", ", ".join(f"{x:+.2f}" for x in record["fit"]["misfit_sd"])),
        ("singular values of the misfit in prior spreads", ", ".join(f"{x:.2f}" for x in record["singular_values"])),
        ("strongest correlations", "; ".join(f"`{a}`, `{b}` {rho:+.2f}" for rho, a, b in strongest)),
    ]
    return table(("what", "value"), rows)


def elasticity_table(heart: HumanHeart) -> str:
    """Changes per unit of a parameter's logarithm, at the fit, beside the prototype's."""
    sheep, there = sheep_elasticities(dict(calibration().fitted)), sheep_elasticities(PROTOTYPE_SET)
    posterior = {
        row["name"]: row["posterior_spread"] / (row["prior"] if row["distribution"] == "normal" else 1.0)
        for row in calibration().record["unknowns"]
        if row["name"] in TISSUE
    }
    rows: list[Sequence[object]] = []
    for name, effect, other in zip(TISSUE, sheep, there, strict=True):
        value = getattr(CinchParameters(), name)
        up, down = (heart.locked(replace(CinchParameters(), **{name: value * np.exp(x)}))[1] for x in (STEP, -STEP))
        human = (up - down) / (2.0 * STEP)
        old = PROTOTYPE.get(name)
        row = [f"{x:+.1f}" for x in effect] + [" / ".join(f"{x:.1f}" for x in other)]
        row += ["" if old is None else " / ".join(f"{x:g}" for x in old)]
        row += [f"{human[0]:+.2f}", f"{human[0] * posterior[name]:+.2f}", f"{human[1]:+.2f}"]
        rows.append((f"`{name}`", *row))
    head = (
        "parameter",
        "SL",
        "area",
        "width",
        "at the prototype's values",
        "as the prototype printed",
        "human AP, pp",
        "times posterior spread, pp",
        "human T, N",
    )
    notes = [
        f"Singular values of (SL, area, width/3) per unit of ln, {where}: {values}. Leading direction: {direction}."
        for where, (values, direction) in (
            ("at the fitted values", leading_direction(sheep)),
            (
                "at the prototype's values (it printed 50, 2.0, 0.6; 0.92 `trigone_width_mm`, 0.31 `foundation_kpa`, "
                "0.16 `trigone_factor`)",
                leading_direction(there),
            ),
        )
    ]
    return "\n\n".join([table(head, rows), *notes])


def sheep_elasticities(centres: dict[str, float]) -> np.ndarray:
    """Change of SL, area and width [pp] per unit of each tissue parameter's logarithm, shape (t, 3)."""
    problem = Problem.of_the_sheep(**centres)
    # z of a lognormal unknown is its logarithm over the spread; of a normal one the value is.
    scale = np.array(
        [(item.value if item.distribution is Distribution.NORMAL else 1.0) / item.spread for item in problem.unknowns]
    )
    return (problem.jacobian(np.zeros(len(problem.names)), problem.predicted) * scale).T[: len(TISSUE)]


def leading_direction(elasticities: np.ndarray) -> tuple[str, str]:
    """Singular values of (SL, area, width/3), and the parameters of the first direction."""
    _, values, directions = np.linalg.svd((elasticities * [1.0, 1.0, 1.0 / 3.0]).T, full_matrices=False)
    first = directions[0] * np.sign(directions[0].sum())
    shares = sorted(zip(first, TISSUE, strict=True), key=lambda row: -abs(row[0]))[:5]
    return ", ".join(f"{x:.1f}" for x in values), ", ".join(f"{share:+.2f} `{name}`" for share, name in shares)


def refit_table(heart: HumanHeart) -> str:
    """The two parameters fitted again under other assumptions, and what that does to the human prediction."""
    base = CinchParameters()
    variants: tuple[tuple[str, dict[str, float], float], ...] = (
        ("as shipped", {}, 0.0),
        ("errors of SL and area correlated 0.7", {}, 0.7),
        ("prior centre of `foundation_kpa` x 3", {"foundation_kpa": 6.0}, 0.0),
        ("prior centre of `foundation_kpa` / 3", {"foundation_kpa": 2.0 / 3.0}, 0.0),
        ("prior centre of `trigone_factor` x 3", {"trigone_factor": 90.0}, 0.0),
        ("`trigone_width_mm` 11", {"trigone_width_mm": 11.0}, 0.0),
        ("`trigone_width_mm` 22", {"trigone_width_mm": 22.0}, 0.0),
        ("`strap_vector_n_per_mm` and link x 0.3", {"strap_vector_n_per_mm": 0.15, "strap_link_n_per_mm": 0.09}, 0.0),
        ("`strap_vector_n_per_mm` and link x 3", {"strap_vector_n_per_mm": 1.5, "strap_link_n_per_mm": 0.9}, 0.0),
        ("no friction", {"friction_coefficient": 0.0}, 0.0),
        ("ostium no firmer than the free vein", {"ostium_factor": 0.0}, 0.0),
        ("neither friction nor a firm ostium", {"friction_coefficient": 0.0, "ostium_factor": 0.0}, 0.0),
        ("`ostium_factor` 10", {"ostium_factor": 10.0}, 0.0),
        ("`ostium_factor` 100", {"ostium_factor": 100.0}, 0.0),
        ("`ostium_width_mm` 10", {"ostium_width_mm": 10.0}, 0.0),
        ("`ostium_width_mm` 22", {"ostium_width_mm": 22.0}, 0.0),
        ("soft annulus, no stiffening (prototype's C)", {"annulus_axial_n": 3.0, "stiffening_length_mm": 1.0e6}, 0.0),
        ("stiff annulus, EA 12 N", {"annulus_axial_n": 12.0}, 0.0),
        ("sheep's vein 4 mm from the annulus", {"offset_mm": 4.0}, 0.0),
        ("sheep's vein 10 mm from the annulus", {"offset_mm": 10.0}, 0.0),
        ("sheep's annulus AP 27 mm", {"ap_mm": 27.0}, 0.0),
        ("sheep's annulus AP 33 mm", {"ap_mm": 33.0}, 0.0),
    )
    rows: list[Sequence[object]] = []
    for label, centres, rho in variants:
        problem = Problem.of_the_sheep(correlation=rho, **centres)
        z = problem.best((*FITTED, "force_n"))
        values, change = problem.values(z), problem.predicted(z)
        tissue = {name: values[name] for name in TISSUE}
        human = heart.locked(replace(base, **tissue))[1]
        shown = (f"{x:.1f}" for x in (*change, human[0]))
        rows.append((label, f"{values[FITTED[0]]:.2f}", f"{values[FITTED[1]]:.0f}", *shown, f"{human[1]:.2f}"))
    return table(
        ("assumption", "`foundation_kpa`", "`trigone_factor`", "SL", "area", "width", "human AP, %", "T, N"), rows
    )


def human_table(heart: HumanHeart) -> str:
    """AP and tension of the example heart at four plications, with 90 % intervals."""
    draws = posterior_draws()[:N_DRAWS]
    point = heart.locked(CinchParameters())
    spread = np.array([heart.locked(item) for item in draws])
    sheep = spread[:, :, 1] / np.array([item.human_stiffness_factor for item in draws])[:, None]
    failed = int(np.isnan(spread[:, :, 0]).sum())

    def interval(values: np.ndarray, digits: int) -> str:
        low, middle, high = np.nanquantile(values, [0.05, 0.5, 0.95])
        return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"

    rows = [
        (
            f"{plication:g}",
            f"{point[k, 0]:.1f}",
            interval(spread[:, k, 0], 1),
            f"{point[k, 1]:.2f}",
            interval(spread[:, k, 1], 2),
            interval(sheep[:, k], 2),
        )
        for k, plication in enumerate(PLICATIONS_MM)
    ]
    names = [item.name for item in fields(CinchParameters) if item.name in calibration().names]
    logs = np.log([[getattr(item, name) for name in names] for item in draws])
    kept = np.isfinite(spread[:, 1, 0])
    rho = [np.corrcoef(logs[kept, k], spread[kept, 1, 0])[0, 1] for k in range(len(names))]
    strongest = sorted(zip(rho, names, strict=True), key=lambda row: -abs(row[0]))[:4]
    axial, support = np.array([[item.annulus_axial_n, item.foundation_kpa * 1e-3] for item in draws]).T
    bending = np.array([item.annulus_bending_nmm2 for item in draws])
    # Rule of the prototype: the annulus buckles beyond this strain [1].
    strain = 2.0 * np.sqrt(support * bending) / axial
    strongest_tenth = np.argsort(spread[:, 1, 0])[: N_DRAWS // 10]
    note = (
        f"{N_DRAWS} draws, `{DEVICE}` at its default site, preset `fmr`; {failed} of {spread[:, :, 0].size} solves "
        "found no equilibrium and are left out. What AP at 10 mm goes with, over the draws (correlation): "
        + ", ".join(f"`{name}` {value:+.2f}" for value, name in strongest)
        + f". The annulus buckles in its bed at a strain of 2 sqrt(k B)/EA: {np.median(strain):.3f} in the median "
        f"draw, {np.median(strain[strongest_tenth]):.3f} in the tenth with the largest effect."
    )
    head = (
        "plication, mm",
        "AP, %, fitted values",
        "AP, %, median (90 %)",
        "T, N, fitted values",
        "T, N, median (90 %)",
        "T, N, without the step to man",
    )
    return table(head, rows) + "\n\n" + note


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=Path)
    page = parser.parse_args().page
    heart = HumanHeart()
    blocks = {
        "values": value_table(),
        "fit": fit_table(),
        "sampling": sampling_table(),
        "spread": spread_table(),
        "elasticities": elasticity_table(heart),
        "refits": refit_table(heart),
        "human": human_table(heart),
    }
    text = page.read_text(encoding="utf-8")
    for name, block in blocks.items():
        pattern = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"{page} must have marks <!-- begin {name} --> and <!-- end {name} -->; add them.")
        text = pattern.sub(lambda found, block=block: f"{found[1]}\n{block}\n\n{found[2]}", text)
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
