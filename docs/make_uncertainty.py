"""Tables and figures of ``docs/uncertainty.md``: ``python docs/make_uncertainty.py``.

Needs the extras ``viz`` and ``uncertainty``.

Everything comes from the shipped preset ``fmr`` with the default priors. The table of the coverage study is written by
``python studies/interval_coverage.py -o docs/uncertainty.md``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from annulus import Result, simulate
from annulus.anatomy.parametric import preset
from annulus.mechanics.network import CINCH_PRIORS, calibration
from annulus.planning import measure_samples
from annulus.prediction import GEOMETRY_PRIORS, Importance, Priors, describe, first_look, importance
from annulus.viz import plot_importance, plot_intervals

HERE = Path(__file__).resolve().parent
PAGE = HERE / "uncertainty.md"
FIGURES = HERE / "figures"

DEVICE, DISTAL_MM, PLICATION_MM, SAMPLES, SEED = "carillon-9-18-60", 95.0, 10.0, 400, 1

AP, AREA = "annulus.change_percent.ap_mm", "annulus.change_percent.area_2d_mm2"

GROUPS = {
    "strap between vein and annulus": (
        ("strap_vector_n_per_mm", "strap_link_n_per_mm"),
        "pulling the vein of an excised heart, or CT before and after implants with the vein at several distances",
    ),
    "path of the ribbon in the vein": (
        ("inner_wall_factor", "vein_radius_factor"),
        "CT of implanted devices: where in the lumen the ribbon lies",
    ),
    "slip of the anchors": (("distal_slip_mm", "proximal_slip_mm"), "anchor sites by fluoroscopy at release and later"),
    "axis of the vein": (("vein_axis_error_mm",), "the axis drawn twice and averaged, or a better segmentation"),
    "annulus contour and landmarks": (
        ("annulus_contour_error_mm", "landmark_error_mm"),
        "contour and landmarks drawn twice and averaged",
    ),
    "support by the wall": (
        ("foundation_kpa", "stiffening_length_mm", "tangential_ratio", "normal_ratio"),
        "a second load level of the suture experiment, in human hearts",
    ),
    "trigones": (("trigone_factor", "trigone_width_mm"), "indentation along the annulus, trigones included"),
    "annulus tissue": (
        ("annulus_axial_n", "annulus_bending_nmm2", "anterior_factor"),
        "the annulus cut out, stretched and bent",
    ),
    "ostium": (
        ("ostium_factor", "ostium_width_mm"),
        "CT or fluoroscopy at release: how far the proximal anchor moves; pushing on the ostium of an excised heart",
    ),
    "friction": (("friction_coefficient",), "a ribbon drawn through an excised vein"),
    "vein wall": (("vein_axial_n", "vein_bending_nmm2"), "the vein cut out, stretched"),
    "ribbon": (("ribbon_axial_n_per_mm", "ribbon_bending_nmm2"), "a device in a testing machine"),
}
"""What is uncertain, the numbers that say it, and what would measure it."""


def with_part(page: str, name: str, text: str) -> str:
    """The page with the part between the markers of `name` renewed."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    head, rest = page.split(begin)
    return f"{head}{begin}\n\n{text}\n\n{end}{rest.split(end)[1]}"


def prior_table() -> str:
    """Every geometry prior."""
    priors = Priors()
    rows = ["| number | unit | distribution | source | meaning |", "|---|---|---|---|---|"]
    for name in GEOMETRY_PRIORS:
        row = priors.row(name)
        rows.append(f"| `{name}` | {row.unit} | {describe(row)} | {row.source} | {row.why} |")
    drawn = set(calibration().names)
    others = [name for name in CINCH_PRIORS if name not in drawn]
    names = ", ".join(f"`{name}`" for name in others)
    return "\n".join([*rows, "", f"By their priors of `theory.md`: {names}. All other stiffnesses: joint posterior."])


def interval_table(result: Result) -> str:
    """Intervals of the example."""
    samples = result.samples
    if samples is None:
        raise SystemExit("no samples")
    keys = (
        "annulus.before.ap_mm",
        "annulus.before.perimeter_3d_mm",
        "annulus.before.area_2d_mm2",
        "annulus.after.ap_mm",
        AP,
        AREA,
        "therapy.plication_mm",
        "therapy.locked_tension_n",
        "circumflex.min_gap_before_mm",
        "circumflex.min_gap_after_mm",
        "coaptation.after.coapt_height_mean_mm",
        "regurgitation.after.eroa_mm2",
    )
    rows = ["| number | point | 90 % interval | standard error of its ends |", "|---|---|---|---|"]
    for key in keys:
        (low, high), (first, last) = samples.intervals[key], samples.standard_error[key]
        rows.append(f"| `{key}` | {result[key]:.4g} | {low:.4g} to {high:.4g} | {first:.2g}, {last:.2g} |")
    failed = sum(samples.failures.values())
    rows += ["", f"{samples.n} draws, seed {SEED}; {failed} draws had no equilibrium."]
    return "\n".join(rows)


def importance_tables(matters: Importance, result: Result) -> tuple[str, str]:
    """Shares of single numbers beside the first look, and of groups with what would measure them."""
    effects = first_look(result.prediction)["ap_mm"]
    rows = [
        "| number | AP change: alone | with others | area change: alone | tension: alone | first look: sd of AP, mm |",
        "|---|---|---|---|---|---|",
    ]
    other = {key: {row.name: row for row in shares} for key, shares in matters.shares.items()}
    for row in matters.shares[AP][:12]:
        look = f"{effects[row.name]:.2f}" if row.name in effects else "no derivative"
        parts = [
            f"{100.0 * row.first_order:.0f} ± {100.0 * row.first_order_error:.0f} %",
            f"{100.0 * row.total:.0f} ± {100.0 * row.total_error:.0f} %",
            f"{100.0 * other[AREA][row.name].first_order:.0f} %",
            f"{100.0 * other['therapy.locked_tension_n'][row.name].first_order:.0f} %",
        ]
        rows.append(f"| `{row.name}` | {' | '.join(parts)} | {look} |")
    rows += ["", f"{matters.n_evaluations} predictions, {matters.n_failed} without equilibrium; base {matters.base}."]
    groups = [
        "| what is uncertain | share of AP's variance | with others, at most | width left if it were known | "
        "what would measure it |",
        "|---|---|---|---|---|",
    ]
    shares = {
        name: sum(max(other[AP][member].first_order, 0.0) for member in members if member in other[AP])
        for name, (members, _) in GROUPS.items()
    }
    for name in sorted(shares, key=lambda key: -shares[key]):
        members, measured_by = GROUPS[name]
        most = sum(other[AP][member].total for member in members if member in other[AP])
        left = max(1.0 - shares[name], 0.0) ** 0.5
        parts = " | ".join(f"{100.0 * part:.0f} %" for part in (shares[name], most, left))
        groups.append(f"| {name} | {parts} | {measured_by} |")
    return "\n".join(rows), "\n".join(groups)


def measure_table(samples: int) -> str:
    """Spread of the measures of the example."""
    drawn = measure_samples(preset("fmr"), samples=samples, seed=SEED)
    keys = [
        "annulus.ap_mm",
        "annulus.alpm_mm",
        "annulus.cw_mm",
        "annulus.it_mm",
        "annulus.perimeter_3d_mm",
        "annulus.area_2d_mm2",
        "annulus.area_3d_mm2",
        "annulus.height_mm",
        "annulus.npa_deg",
        "coronary_sinus.length_mm",
        "coronary_sinus.annulus_distance_mean_mm",
        "coronary_sinus.plane_angle_deg",
        "circumflex.min_gap_before_mm",
        "circumflex.crossings[0].cs_s_mm",
    ]
    rows = ["| measure | 90 % interval | taken off: what error only adds |", "|---|---|---|"]
    for key in (key for key in keys if key in drawn.intervals):
        low, high = drawn.intervals[key]
        rows.append(f"| `{key}` | {low:.4g} to {high:.4g} | {drawn.bias[key]:+.2g} |")
    return "\n".join(rows)


def main() -> None:
    """Renew page and figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=int, default=128)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    case = preset("fmr")
    result = simulate(
        case,
        DEVICE,
        distal_at_mm=DISTAL_MM,
        plication_mm=PLICATION_MM,
        samples=SAMPLES,
        seed=SEED,
        workers=given.workers,
    )
    matters = importance(result.question, base=given.base, seed=SEED, workers=given.workers)
    numbers, groups = importance_tables(matters, result)
    page = PAGE.read_text(encoding="utf-8")
    for name, text in (
        ("priors", prior_table()),
        ("intervals", interval_table(result)),
        ("importance", numbers),
        ("experiments", groups),
        ("measures", measure_table(SAMPLES)),
    ):
        page = with_part(page, name, text)
    PAGE.write_text(page, encoding="utf-8")
    plot_importance(matters, AP, title="What the predicted change of AP rests on").savefig(FIGURES / "importance.png")
    spans = {}
    for plication in (5.0, 10.0, 15.0):
        other = simulate(
            case, DEVICE, distal_at_mm=DISTAL_MM, plication_mm=plication, samples=200, seed=SEED, workers=given.workers
        )
        if other.samples is not None:
            low, high = other.samples.intervals[AP]
            spans[f"{plication:g} mm of plication"] = (low, other.change_percent["ap_mm"], high)
    label = "Change of AP [%]: point prediction and 90 % interval"
    plot_intervals(spans, label=label, title="How sure the prediction is").savefig(FIGURES / "intervals.png")


if __name__ == "__main__":
    main()
