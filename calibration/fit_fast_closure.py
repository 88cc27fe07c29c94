"""Fit the fast closure's correction to full closures, and write it with its errors on valves that were held out.

    python -m annulus.verification.closure_robustness --patients --n 1531 --seed 11 --table TABLE
    python calibration/fit_fast_closure.py TABLE -o src/annulus/outcomes --page docs/closure_fast.md

Each row of the table names a virtual patient's valve by seed and number and holds what the full closure measured; the
valve is drawn again and its sections are closed as tents. Gaussian processes map the sections' features to the
measures: a straight function plus a smooth one, the weights of the groups of features those of the greatest marginal
likelihood. Measures are counted in tolerances max(absolute, 15 %), in which the noise is the same for all valves: the
full closure itself scatters by about that. A valve and its mirror image give mirrored measures: those of the two sides
are fitted as their mean, which is even under the mirror, and half their difference, which is odd. A measure that is
nought because it cannot be negative asks the process to be at most nought there. Every fifth valve is held out of
everything. The table that is kept holds numbers 0 to 1287 and 1400 to 1530, as far as two processes came.
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
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from annulus.outcomes._fast_closure import in_tolerances, out_of_tolerances
from annulus.outcomes._fast_sections import FEATURE_NAMES, MIRROR, closed_sections, features
from annulus.verification._patient_valves import patient_valve

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
MOST, ITERATIONS = 600, 40  # valves and steps for the choice of weights
NOISES = (0.3, 1.0, 3.0, 10.0, 30.0)  # factors of a measure's noise
ROUNDS = 4  # how often values of noughts are set anew

USUAL = 68.27  # percent of the held-out valves that stay below the error given with a prediction
BEYOND = 3.0  # tolerances by which an extrapolation may leave the range of the full closures

NAMES = [name for name, *_ in OUTPUTS]
ABSOLUTE = np.array([tolerance for _, tolerance, _ in OUTPUTS])
POSITIVE = np.array([positive for *_, positive in OUTPUTS])


@dataclass(frozen=True, eq=False)
class Data:
    """Features (n, d), measures (n, q), preset and number of each valve."""

    x: Array
    y: Array
    group: list[str]
    index: Array

    def some(self, mask: Array) -> Data:
        """Part of the valves."""
        group = [name for name, own in zip(self.group, mask, strict=True) if own]
        return Data(self.x[mask], self.y[mask], group, self.index[mask])


def read(table: Path) -> Data:
    """Valves whose full closure converged."""
    x, y, group, index = [], [], [], []
    with table.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["outcome"] != "converged":
                continue
            mesh = int(row["n_columns"]), int(row["n_rows"])
            drawn = patient_valve(int(row["seed"]), int(row["index"]), mesh=mesh)
            valve, pressure = drawn.valve, drawn.pressure_mmhg
            lengths = valve.chordae.length_mm
            sections = closed_sections(
                valve, pressure_mmhg=pressure, hinge=drawn.hinge, tips=drawn.tips, cord_length_mm=lengths
            )
            x.append(features(valve, sections, pressure_mmhg=pressure))
            y.append([float(row[name]) for name in NAMES])
            group.append(drawn.group)
            index.append(int(row["index"]))
    return Data(np.array(x), np.array(y), group, np.array(index))


GROUPS = [name.rstrip("0123456789").removesuffix("_even").removesuffix("_odd").rstrip("_") for name in FEATURE_NAMES]
KINDS = sorted(set(GROUPS))
KIND = np.array([KINDS.index(name) for name in GROUPS])


@dataclass(frozen=True, eq=False)
class Family:
    """Gaussian process of some measures: weights of the features, spread of its two parts, noise over tolerance."""

    weights: Array
    curved: float
    straight: float
    noise: float

    def covariances(self, x: Array) -> tuple[Array, Array]:
        """Of even and of odd functions among valves (n, d)."""
        a = x * self.weights
        even, odd = bells(a, a)
        line, turned = a @ a.T, a @ (a * MIRROR).T
        return (
            0.5 * (self.curved * even + self.straight * (line + turned)),
            0.5 * (self.curved * odd + self.straight * (line - turned)),
        )


def bells(a: Array, b: Array) -> tuple[Array, Array]:
    """Sum and difference of the bells around places b (m, d) and around their mirror images, at a (n, d)."""
    square = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None]
    own = np.exp(-0.5 * np.maximum(square - 2.0 * a @ b.T, 0.0))
    other = np.exp(-0.5 * np.maximum(square - 2.0 * a @ (b * MIRROR).T, 0.0))
    return own + other, own - other


def scaling(x: Array) -> tuple[Array, Array]:
    """Centre and spread of the features; odd ones have no mean, so that the mirror image is a change of signs."""
    centre = np.where(MIRROR > 0.0, x.mean(axis=0), 0.0)
    return centre, np.sqrt(((x - centre) ** 2).mean(axis=0)) + 1e-9


def likeliest(x: Array, y: Array, chosen: Sequence[int], generator: np.random.Generator) -> Family:
    """Weights of the groups of features at the greatest marginal likelihood of some even measures, with a weak prior.

    The measures, in tolerances, are a straight function plus a smooth one of the features plus noise.
    """
    some = generator.permutation(len(x))[:MOST]
    a = x[some]
    mirrored = a * MIRROR
    apart, turned, product = [], [], []
    for k in range(len(KINDS)):
        own, other = a[:, k == KIND], mirrored[:, k == KIND]
        square = (own**2).sum(axis=1)
        apart.append(square[:, None] + square[None] - 2.0 * own @ own.T)
        turned.append(square[:, None] + square[None] - 2.0 * own @ other.T)
        product.append(0.5 * (own @ own.T + own @ other.T))
    apart, turned, product = np.array(apart), np.array(turned), np.array(product)
    g = len(KINDS)
    prior = np.concatenate([np.full(g, np.log(0.15)), [0.0, 0.0, 0.0]])
    width = np.concatenate([np.full(g, 1.2), [1.0, 1.0, 1.0]])
    targets = []
    for k in chosen:
        values = y[some, k]
        size = values.std()
        targets.append(((values - values.mean()) / size, 1.0 / size))

    def loss(p: Array) -> tuple[float, Array]:
        w, (curved, straight, noise) = np.exp(2.0 * p[:g]), np.exp(2.0 * p[g:])
        near = 0.5 * np.exp(-0.5 * np.tensordot(w, apart, 1))
        far = 0.5 * np.exp(-0.5 * np.tensordot(w, turned, 1))
        line = np.tensordot(w, product, 1)
        total, slope = 0.5 * float((((p - prior) / width) ** 2).sum()), (p - prior) / width**2
        for values, tolerance in targets:
            covariance = curved * (near + far) + straight * line + (noise * tolerance**2 + 1e-6) * np.eye(len(values))
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
            slope[g + 2] -= float(np.trace(pull)) * noise * tolerance**2
        return total, slope

    found = minimize(loss, prior, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS}).x
    curved, straight, noise = np.exp(2.0 * found[g:])
    return Family(np.exp(found[:g])[KIND], float(curved), float(straight), float(noise))


def process(covariance: Array, values: Array, noise: float, *, even: bool, positive: bool) -> tuple[Array, float]:
    """Weights (n,) of the valves and the level, with the factor of `NOISES` that predicts each from the others best.

    An odd function has no level. Where `positive` values are nought, the process is asked to be what the other valves
    say, at most nought.
    """
    size = float(values.std())
    values = values / size
    best, result = np.inf, (np.zeros(len(values)), 0.0)
    for factor in NOISES:
        inverse = cho_solve(
            cho_factor(covariance + (factor * noise / size**2 + 1e-6) * np.eye(len(values))), np.eye(len(values))
        )
        target = values.copy()
        for _ in range(ROUNDS if positive else 1):
            level = target.mean() if even else 0.0
            weights = inverse @ (target - level)
            # Prediction of each from the others.
            alone = target - weights / np.diag(inverse)
            if positive:
                target = np.where(values <= 0.0, np.minimum(alone, 0.0), values)
        r = size * ((np.maximum(alone, 0.0) if positive else alone) - values)
        total = float((np.sqrt(1.0 + r * r) - 1.0).sum())
        if total < best:
            best, result = total, (size * weights, size * float(level))
    return result


def fitted(data: Data, *, seed: int) -> dict[str, Any]:
    """The correction: scaling of the features, and for each family weights, valves' sums and the straight part."""
    generator = np.random.default_rng(seed)
    centre, spread = scaling(data.x)
    x = (data.x - centre) / spread
    y = in_tolerances(data.y, ABSOLUTE, RELATIVE)
    families = []
    for prefixes, chosen in FAMILIES:
        outputs = [name for name in NAMES if any(part in name for part in prefixes)]
        if "coapt" not in prefixes:
            outputs = [name for name in outputs if "coapt" not in name]
        family = likeliest(x, y, [NAMES.index(name) for name in chosen], generator)
        a = x * family.weights
        covariances = family.covariances(x)
        item: dict[str, Any] = {"weights": family.weights}
        for parity, sign in (("even", 1.0), ("odd", -1.0)):
            own = [name for name in outputs if "a3p3" not in name and (sign > 0.0 or "a1p1" in name)]
            sums, straight, level = [], [], []
            for name in own:
                k, m = NAMES.index(name), NAMES.index(name.replace("a1p1", "a3p3"))
                values = 0.5 * (y[:, k] + sign * y[:, m])
                positive = bool(POSITIVE[k]) and k == m
                weights, constant = process(
                    covariances[parity == "odd"], values, family.noise, even=parity == "even", positive=positive
                )
                sums.append(0.5 * family.curved * weights)
                straight.append(0.5 * family.straight * ((a + sign * a * MIRROR).T @ weights))
                level.append(constant)
            item[parity] = {
                "outputs": own,
                "sums": np.array(sums).T,
                "straight": np.array(straight).T,
                "level": np.array(level),
            }
        families.append(item)
    least, most = y.min(axis=0) - BEYOND, y.max(axis=0) + BEYOND
    least = np.where(POSITIVE, 0.0, least)
    return {"centre": centre, "spread": spread, "valves": x, "families": families, "least": least, "most": most}


def predicted(correction: dict[str, Any], x: Array) -> Array:
    """Measures of valves (n, q)."""
    scaled = (x - correction["centre"]) / correction["spread"]
    result = np.zeros((len(x), len(NAMES)))
    for family in correction["families"]:
        a, b = scaled * family["weights"], correction["valves"] * family["weights"]
        for part, shape, sign in zip((family["even"], family["odd"]), bells(a, b), (1.0, -1.0), strict=True):
            values = shape @ part["sums"] + a @ part["straight"] + part["level"]
            for name, own in zip(part["outputs"], values.T, strict=True):
                result[:, NAMES.index(name)] += own
                if "a1p1" in name:
                    result[:, NAMES.index(name.replace("a1p1", "a3p3"))] += sign * own
    return out_of_tolerances(np.clip(result, correction["least"], correction["most"]), ABSOLUTE, RELATIVE)


def in_error(p: Array, y: Array) -> Array:
    """Errors over tolerance (n, q)."""
    return np.abs(p - y) / np.maximum(ABSOLUTE, RELATIVE * np.abs(y))


def table(train: tuple[Array, Array], held: tuple[Array, Array], data: Data) -> str:
    """Errors for the page."""
    lines = [
        "| measure | tolerance | within, train | within, held out | rms error, held out | spread of the full closure |",
        "|---|---|---|---|---|---|",
    ]
    r = in_error(*held)
    inside, outside = (in_error(*train) <= 1.0).mean(axis=0), (r <= 1.0).mean(axis=0)
    rms = np.sqrt(np.mean((held[0] - held[1]) ** 2, axis=0))
    for k, name in enumerate(NAMES):
        limit = f"max({ABSOLUTE[k]:g}, 15 %)"
        lines.append(
            f"| `{name}` | {limit} | {100 * inside[k]:.0f} % | {100 * outside[k]:.0f} % | {rms[k]:.2g} | "
            f"{np.std(held[1][:, k]):.2g} |"
        )
    both = [NAMES.index("orifice_mm2"), NAMES.index("coapt_height_mean_mm")]
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
    # Of each group, since they take turns.
    out = data.index // 4 % HELD_OUT == 0
    train, held = data.some(~out), data.some(out)
    correction = fitted(train, seed=options.seed)
    results = [(predicted(correction, part.x), part.y) for part in (train, held)]
    low, high = np.percentile(np.vstack([data.x, data.x * MIRROR]), [0.5, 99.5], axis=0)
    off = in_error(*results[1])
    record = {
        "script": "calibration/fit_fast_closure.py",
        "table": options.table.name,
        "seed": options.seed,
        "valves": len(data.x),
        "held_out": len(held.x),
        "held_out_error_in_tolerances": dict(zip(NAMES, rounded(np.percentile(off, USUAL, axis=0)), strict=True)),
        "held_out_share_within": dict(zip(NAMES, rounded((off <= 1.0).mean(axis=0)), strict=True)),
    }
    content = {
        "record": record,
        "features": list(FEATURE_NAMES),
        "outputs": NAMES,
        "absolute": ABSOLUTE.tolist(),
        "relative": RELATIVE,
        "low": rounded(low),
        "high": rounded(high),
        **{name: rounded(correction[name]) for name in ("centre", "spread", "valves", "least", "most")},
        "families": [
            {
                "weights": rounded(family["weights"]),
                **{
                    parity: {"outputs": family[parity]["outputs"]}
                    | {name: rounded(family[parity][name]) for name in ("sums", "straight", "level")}
                    for parity in ("even", "odd")
                },
            }
            for family in correction["families"]
        ],
    }
    text = json.dumps(content, separators=(",", ":"))
    (options.into / "fast_closure.json").write_text(text + "\n", encoding="utf-8")
    words = table(results[0], results[1], held)
    head = f"{len(train.x)} valves fitted, {len(held.x)} held out, seed {options.seed}.\n\n"
    print(f"{head}{words}")
    if options.page is not None:
        before, _, rest = options.page.read_text(encoding="utf-8").partition(START)
        _, _, after = rest.partition(END)
        options.page.write_text(f"{before}{START}\n\n{head}{words}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
