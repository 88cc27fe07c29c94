"""Fit the fast closure's correction to full closures, and write it with its errors on valves that were held out.

    python -m annulus.verification.closure_robustness --patients --n 1811 --seed 11 --table T
    python -m annulus.verification.closure_robustness --patients --first 4000 --n 1802 --seed 11 --table T
    python -m annulus.verification.closure_robustness --patients --first 20000 --n N --seed 11 --unsure 1 --table T
    python calibration/fit_fast_closure.py T -o src/annulus/outcomes --page docs/closure_fast.md

Each row of the table T names a virtual patient's valve by seed and number and holds what the full closure measured; the
valve is drawn again and its sections are closed as tents. Small neural networks map the sections' features to all
measures, the mean of several that start from other weights. Measures are counted in tolerances max(absolute, 15 %), so
that an error weighs the same in a small orifice and a large one, and far outliers hardly count: where a fold decides,
the full closure jumps. A valve and its mirror image give mirrored measures: both are fitted, and both are asked. Every
fifth valve from number FRESH on is held out of everything; decay and blur of the networks were chosen on valves below
it. From CHOSEN on there are only valves of which an earlier fit was unsure: all of them are fitted to.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linprog

from annulus.outcomes._fast_closure import in_tolerances, mirrored_outputs, network_values, out_of_tolerances
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
HELD_OUT, FRESH, CHOSEN = 5, 4000, 20000
HIDDEN, NETWORKS = (160, 96, 64), 6
EPOCHS, BATCH, PACE = 200, 128, 2e-3
DECAY, BLUR = 0.1, 0.1  # of the weights; spread of the noise put on the scaled features at every step

USUAL = 68.27  # percent of the held-out valves that stay below the error given with a prediction
BEYOND = 3.0  # tolerances by which an extrapolation may leave the range of the full closures

NAMES = [name for name, *_ in OUTPUTS]
ABSOLUTE = np.array([tolerance for _, tolerance, _ in OUTPUTS])
POSITIVE = np.array([positive for *_, positive in OUTPUTS])
MIRRORED = mirrored_outputs(NAMES)


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


def scaling(x: Array) -> tuple[Array, Array]:
    """Centre and spread of the features; odd ones have no mean, so that the mirror image is a change of signs."""
    centre = np.where(MIRROR > 0.0, x.mean(axis=0), 0.0)
    return centre, np.sqrt(((x - centre) ** 2).mean(axis=0)) + 1e-9


def trained(x: Array, y: Array, generator: np.random.Generator) -> list[tuple[Array, Array]]:
    """Weights and levels of a network's layers, by Adam [Kingma and Ba 2015] with decay of the weights.

    x (n, d) are scaled features, y (n, q) measures in tolerances; log(1 + r^2 / 4) of an error r is least. A measure of
    nought that cannot be negative asks for at most nought.
    """
    sizes = [x.shape[1], *HIDDEN, y.shape[1]]
    weights = [generator.normal(size=(a, b)) / np.sqrt(a) for a, b in pairwise(sizes)]
    levels = [np.zeros(b) for b in sizes[1:]]
    scale, none = y.std(axis=0), (y <= 0.0) & POSITIVE
    numbers = [*weights, *levels]
    first, second = ([np.zeros_like(own) for own in numbers] for _ in range(2))
    steps = EPOCHS * -(-len(x) // BATCH)
    for step, own in enumerate(batches(len(x), generator), start=1):
        inner, slopes = [x[own] + BLUR * generator.normal(size=(len(own), sizes[0]))], []
        for weight, level in zip(weights[:-1], levels[:-1], strict=True):
            z = inner[-1] @ weight + level
            share = 0.5 + 0.5 * np.tanh(0.5 * z)
            inner.append(z * share)
            slopes.append(share * (1.0 + z * (1.0 - share)))
        found = scale * (inner[-1] @ weights[-1] + levels[-1])
        r = np.where(none[own], np.maximum(found, 0.0), found - y[own])
        back = scale * r / (1.0 + 0.25 * r * r) / len(own)
        rates: list[Array] = [np.empty(0)] * len(numbers)
        for k in reversed(range(len(weights))):
            rates[k], rates[len(weights) + k] = inner[k].T @ back, back.sum(axis=0)
            if k:
                back = back @ weights[k].T * slopes[k - 1]
        pace = 0.5 * PACE * (1.0 + np.cos(np.pi * step / steps))
        for k, rate in enumerate(rates):
            first[k] += 0.1 * (rate - first[k])
            second[k] += 0.001 * (rate**2 - second[k])
            change = first[k] / (1.0 - 0.9**step) / (np.sqrt(second[k] / (1.0 - 0.999**step)) + 1e-8)
            numbers[k] -= pace * (change + (DECAY * numbers[k] if k < len(weights) else 0.0))
    return [*zip(weights[:-1], levels[:-1], strict=True), (weights[-1] * scale, levels[-1] * scale)]


def batches(n: int, generator: np.random.Generator) -> Iterator[Array]:
    """Numbers of the valves of each step."""
    for _ in range(EPOCHS):
        order = generator.permutation(n)
        yield from (order[k : k + BATCH] for k in range(0, n, BATCH))


def fitted(data: Data, *, seed: int) -> dict[str, Any]:
    """The correction: scaling of the features, layers of the networks, range of the measures."""
    centre, spread = scaling(data.x)
    x = (data.x - centre) / spread
    y = in_tolerances(data.y, ABSOLUTE, RELATIVE)
    # Every valve with its mirror image.
    x, y = np.concatenate([x, x * MIRROR]), np.concatenate([y, y[:, MIRRORED]])
    networks = [trained(x, y, np.random.default_rng([seed, k])) for k in range(NETWORKS)]
    layers = tuple(
        (np.stack([w for w, _ in own]), np.stack([b for _, b in own])) for own in zip(*networks, strict=True)
    )
    least = np.where(POSITIVE, 0.0, y.min(axis=0) - BEYOND)
    return {"centre": centre, "spread": spread, "layers": layers, "least": least, "most": y.max(axis=0) + BEYOND}


def predicted(correction: dict[str, Any], x: Array) -> tuple[Array, Array]:
    """Measures of valves and the networks' disagreement in tolerances, both (n, q)."""
    result, spread = network_values(correction["layers"], (x - correction["centre"]) / correction["spread"], MIRRORED)
    result = np.clip(result, correction["least"], correction["most"])
    return out_of_tolerances(result, ABSOLUTE, RELATIVE), spread


def usual_error(off: Array, spread: Array) -> Array:
    """Level and slope (2, q) by the networks' disagreement, neither negative, of the error that the usual share of
    valves stay below: quantile regression [Koenker and Bassett 1978].
    """
    n, share = len(off), USUAL / 100.0
    found = []
    for r, s in zip(off.T, spread.T, strict=True):
        # r = level + slope s + over - under.
        cost = np.concatenate([[0.0, 0.0], np.full(n, share), np.full(n, 1.0 - share)])
        equal = np.hstack([np.ones((n, 1)), s[:, None], np.eye(n), -np.eye(n)])
        found.append(linprog(cost, A_eq=equal, b_eq=r).x[:2])
    return np.array(found).T


def in_error(p: Array, y: Array) -> Array:
    """Errors over tolerance (n, q)."""
    return np.abs(p - y) / np.maximum(ABSOLUTE, RELATIVE * np.abs(y))


def table(train: tuple[Array, Array], held: tuple[Array, Array], spread: Array, data: Data) -> str:
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
    quarters = np.percentile(spread[:, 0], [0, 25, 50, 75, 100])
    for k, name in enumerate(("least", "second", "third", "most")):
        mask = (spread[:, 0] >= quarters[k]) & (spread[:, 0] <= quarters[k + 1])
        masks.append((f"networks' disagreement on the orifice: {name} quarter", mask))
    for name, mask in masks:
        if mask.any():
            own = r[mask]
            error = np.median(np.abs(held[0] - y)[mask, 0])
            orifice, height = (100 * (own[:, k] <= 1).mean() for k in both)
            lines.append(f"| {name} | {mask.sum()} | {orifice:.0f} % | {height:.0f} % | {error:.1f} |")
    return "\n".join(lines) + "\n"


def rounded(array: Array, digits: int = 5) -> list:
    """Nested lists with so many significant digits."""
    return json.loads(json.dumps(array.tolist()), parse_float=lambda text: float(f"{float(text):.{digits}g}"))


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
    out = (data.index >= FRESH) & (data.index < CHOSEN) & (data.index // 4 % HELD_OUT == 0)
    train, held = data.some(~out), data.some(out)
    correction = fitted(train, seed=options.seed)
    (fit, _), (found, spread) = (predicted(correction, part.x) for part in (train, held))
    low, high = np.percentile(np.vstack([data.x, data.x * MIRROR]), [0.5, 99.5], axis=0)
    off = in_error(found, held.y)
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
        "error": rounded(usual_error(off, spread)),
        **{name: rounded(correction[name]) for name in ("centre", "spread", "least", "most")},
        "layers": [{"weights": rounded(w, 4), "level": rounded(b, 4)} for w, b in correction["layers"]],
    }
    text = json.dumps(content, separators=(",", ":"))
    (options.into / "fast_closure.json").write_text(text + "\n", encoding="utf-8")
    words = table((fit, train.y), (found, held.y), spread, held)
    head = f"{len(train.x)} valves fitted, {len(held.x)} held out, seed {options.seed}.\n\n"
    print(f"{head}{words}")
    if options.page is not None:
        before, _, rest = options.page.read_text(encoding="utf-8").partition(START)
        _, _, after = rest.partition(END)
        options.page.write_text(f"{before}{START}\n\n{head}{words}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
