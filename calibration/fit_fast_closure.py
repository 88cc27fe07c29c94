"""Fit the fast closure's correction to full closures, and write it with its errors on valves that were held out.

    python -m annulus.verification.closure_robustness --n 500 --table TABLE
    python calibration/fit_fast_closure.py TABLE -o src/annulus/outcomes --page docs/closure_fast.md

Each row of the table names a random valve by seed and number and holds what the full closure measured; the valve is
drawn again and its sections are closed as tents. Gaussian processes map the sections' features to the measures: a
straight function plus a smooth one, the weights of the groups of features those of the greatest marginal likelihood,
the noise in proportion to the tolerance max(absolute, 15 %), since the full closure itself scatters by about that.
Every valve serves as its mirror image too. Every fifth valve is held out of everything.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from annulus.outcomes._fast_sections import FEATURE_NAMES, MIRROR, closed_sections, features
from annulus.verification._random_valves import random_valve

Array = np.ndarray

START, END = "<!-- table -->", "<!-- end of table -->"
SEGMENTS = ("a1p1", "a2p2", "a3p3")

# Name, absolute tolerance, cannot be negative.
OUTPUTS: tuple[tuple[str, float, bool], ...] = (
    ("orifice_mm2", 5.0, True),
    *((f"orifice_{name}_mm2", 5.0, True) for name in SEGMENTS),
    ("vena_contracta_mm", 0.5, True),
    *((f"coapt_height_{name}_mm", 0.3, True) for name in ("mean", "max", "min")),
    *((f"{name}_coapt_height_mm", 0.3, True) for name in SEGMENTS),
    ("coapt_area_mm2", 10.0, True),
    *((f"{name}_tenting_height_mm", 1.0, False) for name in SEGMENTS),
    *((f"{name}_tenting_area_mm2", 15.0, False) for name in SEGMENTS),
    ("tenting_volume_ml", 0.2, False),
    ("billow_volume_ml", 0.1, True),
)
RELATIVE = 0.15
HELD_OUT = 5
# Measures that share the features' weights, and those of them by which the weights are chosen.
FAMILIES = (
    (("orifice", "vena"), ("orifice_mm2",)),
    (("coapt",), ("coapt_height_mean_mm", "coapt_height_max_mm", "a2p2_coapt_height_mm")),
    (("tenting", "billow"), ("tenting_volume_ml", "a2p2_tenting_height_mm")),
)
MOST, ITERATIONS = 400, 40  # valves and steps for the choice of weights
NOISES, PARTS = (1.0, 3.0, 10.0, 30.0), 4  # factors of each measure's noise, and parts to choose among them by


def mirrored(name: str) -> str:
    """Measure of the mirror image that this one is."""
    for own, other in (("a1p1", "a3p3"), ("a3p3", "a1p1")):
        if own in name:
            return name.replace(own, other)
    return name


NAMES = [name for name, *_ in OUTPUTS]
ABSOLUTE = np.array([tolerance for _, tolerance, _ in OUTPUTS])
POSITIVE = np.array([positive for *_, positive in OUTPUTS])
SWAPPED = np.array([NAMES.index(mirrored(name)) for name in NAMES])


@dataclass(frozen=True, eq=False)
class Data:
    """Features (n, d), measures (n, q), preset of each valve, index, rows of its mesh, fullness of its leaflets."""

    x: Array
    y: Array
    group: list[str]
    index: Array
    rows: Array
    full: Array

    def some(self, mask: Array) -> Data:
        """Part of the valves."""
        group = [name for name, own in zip(self.group, mask, strict=True) if own]
        return Data(self.x[mask], self.y[mask], group, self.index[mask], self.rows[mask], self.full[mask])


def read(table: Path) -> Data:
    """Valves of a patient's sizes whose full closure converged."""
    x, y, group, index, rows, fullness = [], [], [], [], [], []
    with table.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["outcome"] != "converged" or row["wild"] != "0":
                continue
            n_columns, n_rows = int(row["n_columns"]), int(row["n_rows"])
            full = float(row["fullness"])
            drawn = random_valve(int(row["seed"]), int(row["index"]), mesh=(n_columns, n_rows), fullness=full)
            valve, pressure = drawn.valve, drawn.pressure_mmhg
            sections = closed_sections(
                valve,
                pressure_mmhg=pressure,
                hinge=drawn.hinge,
                tips=drawn.tips,
                cord_length_mm=valve.chordae.length_mm,
            )
            x.append(features(valve, sections, pressure_mmhg=pressure, rows=float(n_rows)))
            y.append([float(row[name] or "nan") for name in NAMES])
            group.append(drawn.group)
            # One number for a valve, whatever its mesh.
            index.append(1_000_000 * int(row["seed"]) + int(row["index"]))
            rows.append(n_rows)
            fullness.append(full)
    return Data(np.array(x), np.array(y), group, np.array(index), np.array(rows), np.array(fullness))


GROUPS = [name.rstrip("0123456789").removesuffix("_even").removesuffix("_odd").rstrip("_") for name in FEATURE_NAMES]
KINDS = sorted(set(GROUPS))
KIND = np.array([KINDS.index(name) for name in GROUPS])


@dataclass(frozen=True, eq=False)
class Family:
    """Gaussian process of some measures: columns of the measures, weights of the features, spread of its two parts."""

    columns: Array
    weights: Array
    curved: float
    straight: float
    noise: float


def scaling(x: Array) -> tuple[Array, Array]:
    """Centre and spread of the features; odd ones have no mean, so that the mirror image is a change of signs."""
    centre = np.where(MIRROR > 0.0, x.mean(axis=0), 0.0)
    return centre, np.sqrt(((x - centre) ** 2).mean(axis=0)) + 1e-9


def likeliest(x: Array, y: Array, columns: Array, chosen: Sequence[int], generator: np.random.Generator) -> Family:
    """Weights of the groups of features at the greatest marginal likelihood of some even measures, with a weak prior.

    The measures are a straight function plus a smooth one of the features plus noise in proportion to the tolerance.
    """
    some = generator.permutation(len(x))[:MOST]
    a = x[some]
    mirrored = a * MIRROR
    apart, turned, product = [], [], []
    for k in range(len(KINDS)):
        own, other = a[:, k == KIND], mirrored[:, k == KIND]
        apart.append(((own[:, None] - own[None]) ** 2).sum(axis=2))
        turned.append(((own[:, None] - other[None]) ** 2).sum(axis=2))
        product.append(0.5 * (own @ own.T + own @ other.T))
    apart, turned, product = np.array(apart), np.array(turned), np.array(product)
    g = len(KINDS)
    prior = np.concatenate([np.full(g, np.log(0.15)), [0.0, 0.0, 0.0]])
    width = np.concatenate([np.full(g, 1.2), [1.0, 1.0, 1.0]])
    targets = []
    for k in chosen:
        values = y[some, k]
        if not np.isfinite(values).all():
            raise ValueError(f"{NAMES[k]} must be known for every valve: weights are chosen by it")
        size = values.std()
        tolerance = np.maximum(ABSOLUTE[k], RELATIVE * np.abs(values))
        targets.append(((values - values.mean()) / size, tolerance / size))

    def loss(p: Array) -> tuple[float, Array]:
        w, (curved, straight, noise) = np.exp(2.0 * p[:g]), np.exp(2.0 * p[g:])
        near = 0.5 * np.exp(-0.5 * np.tensordot(w, apart, 1))
        far = 0.5 * np.exp(-0.5 * np.tensordot(w, turned, 1))
        line = np.tensordot(w, product, 1)
        total, slope = 0.5 * float((((p - prior) / width) ** 2).sum()), (p - prior) / width**2
        for values, tolerance in targets:
            covariance = curved * (near + far) + straight * line + np.diag(noise * tolerance**2 + 1e-6)
            inverse = np.linalg.inv(covariance)
            weights = inverse @ values
            total += 0.5 * float(values @ weights) + 0.5 * np.linalg.slogdet(covariance)[1]
            pull = np.outer(weights, weights) - inverse
            # Derivatives by the logarithms of the weights' roots.
            slope[:g] += 0.5 * w * np.tensordot(apart, curved * pull * near, 2)
            slope[:g] += 0.5 * w * np.tensordot(turned, curved * pull * far, 2)
            slope[:g] -= w * np.tensordot(product, straight * pull, 2)
            slope[g] -= float((pull * curved * (near + far)).sum())
            slope[g + 1] -= float((pull * straight * line).sum())
            slope[g + 2] -= float((np.diag(pull) * noise * tolerance**2).sum())
        return total, slope

    found = minimize(loss, prior, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS}).x
    curved, straight, noise = np.exp(2.0 * found[g:])
    return Family(columns, np.exp(found[:g])[KIND], float(curved), float(straight), float(noise))


def noise_factor(covariance: Array, noise: Array, values: Array, tolerance: Array, part: Array) -> float:
    """Of `NOISES` the one with the least error over tolerance on parts left out, valves with their mirror images."""
    losses = []
    for factor in NOISES:
        total = 0.0
        for k in range(PARTS):
            out = part == k
            inner = covariance[np.ix_(~out, ~out)] + np.diag(factor * noise[~out])
            guess = covariance[np.ix_(out, ~out)] @ np.linalg.solve(inner, values[~out])
            r = (guess - values[out]) / tolerance[out]
            total += float((np.sqrt(1.0 + r * r) - 1.0).sum())
        losses.append(total)
    return NOISES[int(np.argmin(losses))]


def fitted(data: Data, *, seed: int) -> dict[str, Any]:
    """The correction: scaling of the features, and for each family weights, valves' sums and the straight part."""
    generator = np.random.default_rng(seed)
    centre, spread = scaling(data.x)
    x = (data.x - centre) / spread
    both, values = np.vstack([x, x * MIRROR]), np.vstack([data.y, data.y[:, SWAPPED]])
    # Meshes of one valve stay together.
    part = np.tile(data.index // HELD_OUT % PARTS, 2)
    families = []
    for prefixes, chosen in FAMILIES:
        columns = np.array([k for k, name in enumerate(NAMES) if any(part in name for part in prefixes)])
        if "coapt" not in prefixes:
            columns = np.array([k for k in columns if "coapt" not in NAMES[k]])
        family = likeliest(x, data.y, columns, [NAMES.index(name) for name in chosen], generator)
        a = both * family.weights
        square = (a**2).sum(axis=1)
        near = np.exp(-0.5 * np.maximum(square[:, None] + square[None] - 2.0 * a @ a.T, 0.0))
        line = a @ a.T
        sums, straight, level = [], [], []
        for k in columns:
            known = np.isfinite(values[:, k])
            own = values[known, k]
            size, mean = own.std(), own.mean()
            tolerance = np.maximum(ABSOLUTE[k], RELATIVE * np.abs(own)) / size
            # A valve and its mirror image are one observation.
            noise = 2.0 * family.noise * tolerance**2 + 1e-6
            covariance = (family.curved * near + family.straight * line)[np.ix_(known, known)]
            noise *= noise_factor(covariance, noise, (own - mean) / size, tolerance, part[known])
            weights = np.zeros(len(both))
            weights[known] = np.linalg.solve(covariance + np.diag(noise), (own - mean) / size)
            sums.append(size * family.curved * weights)
            straight.append(size * family.straight * (a.T @ weights))
            level.append(mean)
        families.append(
            {
                "outputs": [NAMES[k] for k in columns],
                "weights": family.weights,
                "sums": np.array(sums).T,
                "straight": np.array(straight).T,
                "level": np.array(level),
            }
        )
    return {"centre": centre, "spread": spread, "valves": x, "families": families}


def predicted(correction: dict[str, Any], x: Array) -> Array:
    """Measures of valves (n, q), at least 0 where they cannot be negative."""
    scaled = (x - correction["centre"]) / correction["spread"]
    valves = np.vstack([correction["valves"], correction["valves"] * MIRROR])
    result = np.zeros((len(x), len(NAMES)))
    for family in correction["families"]:
        a, b = scaled * family["weights"], valves * family["weights"]
        square = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2.0 * a @ b.T
        columns = [NAMES.index(name) for name in family["outputs"]]
        result[:, columns] = (
            np.exp(-0.5 * np.maximum(square, 0.0)) @ family["sums"] + a @ family["straight"] + family["level"]
        )
    return np.where(POSITIVE, np.maximum(result, 0.0), result)


def shares(p: Array, y: Array) -> tuple[Array, Array]:
    """Share of the valves within tolerance, and median error over tolerance, by output."""
    r = np.abs(p - y) / np.maximum(ABSOLUTE, RELATIVE * np.abs(y))
    known = np.isfinite(y)
    return (r <= 1.0).sum(axis=0) / known.sum(axis=0), np.nanmedian(r, axis=0)


def table(train: tuple[Array, Array], held: tuple[Array, Array], data: Data) -> str:
    """Errors for the page."""
    lines = [
        "| measure | tolerance | within, train | within, held out | rms error, held out | spread of the full closure |",
        "|---|---|---|---|---|---|",
    ]
    inside, _ = shares(*train)
    outside, _ = shares(*held)
    rms = np.sqrt(np.nanmean((held[0] - held[1]) ** 2, axis=0))
    for k, name in enumerate(NAMES):
        limit = f"max({ABSOLUTE[k]:g}, 15 %)"
        lines.append(
            f"| `{name}` | {limit} | {100 * inside[k]:.0f} % | {100 * outside[k]:.0f} % | {rms[k]:.2g} | "
            f"{np.nanstd(held[1][:, k]):.2g} |"
        )
    both = [NAMES.index("orifice_mm2"), NAMES.index("coapt_height_mean_mm")]
    r = np.abs(held[0] - held[1]) / np.maximum(ABSOLUTE, RELATIVE * np.abs(held[1]))
    lines += [
        "",
        f"Orifice and mean coaptation height both within: {100 * (r[:, both] <= 1).all(axis=1).mean():.0f} %.",
        "",
    ]
    lines += [
        "| held out, by | closures | orifice within | mean height within | median orifice error, mm2 |",
        "|---|---|---|---|---|",
    ]
    y = held[1]
    masks = [(f"preset {name}", np.array([own == name for own in data.group])) for name in sorted(set(data.group))]
    for low, high in ((0.0, 10.0), (10.0, 40.0), (40.0, 100.0), (100.0, np.inf)):
        masks.append((f"orifice {low:g} to {high:g} mm2", (y[:, 0] >= low) & (y[:, 0] < high)))
    masks += [(f"mesh of {n} rows", data.rows == n) for n in np.unique(data.rows)]
    masks += [("leaflets as full as the presets'", data.full == 1.0), ("slimmer leaflets", data.full < 1.0)]
    for name, mask in masks:
        if mask.any():
            own = r[mask]
            error = np.median(np.abs(held[0] - y)[mask, 0])
            orifice, height = (100 * (own[:, k] <= 1).mean() for k in both)
            lines.append(f"| {name} | {mask.sum()} | {orifice:.0f} % | {height:.0f} % | {error:.1f} |")
    return "\n".join(lines) + "\n"


def rounded(array: Array) -> list:
    """Nested lists with five significant digits."""
    return json.loads(json.dumps(array.tolist()), parse_float=lambda text: float(f"{float(text):.5g}"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, write, and put the errors into the page."""
    parser = argparse.ArgumentParser(description="Fit the fast closure to full closures.")
    parser.add_argument("table", type=Path)
    parser.add_argument("-o", "--into", type=Path, required=True, help="folder of fast_closure.json")
    parser.add_argument("--page", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    data = read(options.table)
    out = data.index % HELD_OUT == 0
    train, held = data.some(~out), data.some(out)
    correction = fitted(train, seed=options.seed)
    results = [(predicted(correction, part.x), part.y) for part in (train, held)]
    low, high = np.percentile(np.vstack([data.x, data.x * MIRROR]), [0.5, 99.5], axis=0)
    # The mesh is chosen, not found.
    rows = FEATURE_NAMES.index("rows")
    low[rows], high[rows] = 0.0, 1.0
    rms = np.sqrt(np.nanmean((results[1][0] - results[1][1]) ** 2, axis=0))
    inside, _ = shares(*results[1])
    record = {
        "script": "calibration/fit_fast_closure.py",
        "table": options.table.name,
        "seed": options.seed,
        "closures": len(data.x),
        "valves": len(np.unique(data.index)),
        "held_out": len(np.unique(held.index)),
        "meshes": sorted({int(n) for n in data.rows}),
        "held_out_rms": dict(zip(NAMES, rounded(rms), strict=True)),
        "held_out_share_within": dict(zip(NAMES, rounded(inside), strict=True)),
    }
    content = {
        "record": record,
        "features": list(FEATURE_NAMES),
        "outputs": NAMES,
        "positive": [bool(own) for own in POSITIVE],
        "low": rounded(low),
        "high": rounded(high),
        **{name: rounded(correction[name]) for name in ("centre", "spread", "valves")},
        "families": [
            {"outputs": family["outputs"]}
            | {name: rounded(family[name]) for name in ("weights", "sums", "straight", "level")}
            for family in correction["families"]
        ],
    }
    text = json.dumps(content, separators=(",", ":"))
    (options.into / "fast_closure.json").write_text(text + "\n", encoding="utf-8")
    words = table(results[0], results[1], held)
    head = (
        f"{len(train.x)} closures of {len(np.unique(train.index))} valves fitted, {len(held.x)} of "
        f"{len(np.unique(held.index))} held out, seed {options.seed}.\n\n"
    )
    print(f"{head}{words}")
    if options.page is not None:
        before, _, rest = options.page.read_text(encoding="utf-8").partition(START)
        _, _, after = rest.partition(END)
        options.page.write_text(f"{before}{START}\n\n{head}{words}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
