"""Fit the fast closure's correction to full closures, and write it with its errors on valves that were held out.

    python -m annulus.verification.closure_robustness --n 500 --table TABLE
    python calibration/fit_fast_closure.py TABLE -o src/annulus/outcomes --page docs/closure_fast.md

Each row of the table names a random valve by seed and number and holds what the full closure measured; the valve is
drawn again and its sections are closed as tents. An ensemble of networks with two hidden layers maps the sections'
features to the measures. Errors count in tolerances, max(absolute, 15 %), by a smooth absolute value, since the full
closure itself scatters by about one. Every valve serves as its mirror image too. Every fifth valve is held out.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from annulus.outcomes._fast_closure import _mirrored
from annulus.outcomes._fast_sections import FEATURE_NAMES, MIRROR, closed_sections, features
from annulus.verification._random_valves import random_valve

Array = np.ndarray

START, END = "<!-- table -->", "<!-- end of table -->"
SEGMENTS = ("a1p1", "a2p2", "a3p3")

# Name, absolute tolerance, weight, cannot be negative.
OUTPUTS: tuple[tuple[str, float, float, bool], ...] = (
    ("orifice_mm2", 5.0, 3.0, True),
    *((f"orifice_{name}_mm2", 5.0, 1.0, True) for name in SEGMENTS),
    *((f"coapt_height_{name}_mm", 0.3, 2.0, True) for name in ("mean", "max", "min")),
    *((f"{name}_coapt_height_mm", 0.3, 1.5, True) for name in SEGMENTS),
    *((f"{name}_tenting_height_mm", 1.0, 0.7, False) for name in SEGMENTS),
    *((f"{name}_tenting_area_mm2", 15.0, 0.5, False) for name in SEGMENTS),
    ("tenting_volume_ml", 0.2, 1.0, False),
    ("billow_volume_ml", 0.1, 0.5, True),
    ("vena_contracta_mm", 0.5, 0.7, True),
    ("coapt_area_mm2", 10.0, 0.7, True),
)
RELATIVE = 0.15
SCALE = 4.0  # of an output over its absolute tolerance
SOFT = 0.25
HIDDEN, MEMBERS, EPOCHS, BATCH = 24, 8, 300, 64
RATE, DECAY, NOISE = 4e-3, 3e-3, 0.1
HELD_OUT = 5

NAMES = [name for name, *_ in OUTPUTS]
ABSOLUTE = np.array([tolerance for _, tolerance, *_ in OUTPUTS])
WEIGHT = np.array([weight for _, _, weight, _ in OUTPUTS])
POSITIVE = np.array([positive for *_, positive in OUTPUTS])
SWAPPED = np.array([NAMES.index(_mirrored(name)) for name in NAMES])


@dataclass(frozen=True, eq=False)
class Data:
    """Features (n, d), measures (n, q), preset of each valve, index, rows of its mesh."""

    x: Array
    y: Array
    group: list[str]
    index: Array
    rows: Array

    def some(self, mask: Array) -> Data:
        """Part of the valves."""
        group = [name for name, own in zip(self.group, mask, strict=True) if own]
        return Data(self.x[mask], self.y[mask], group, self.index[mask], self.rows[mask])


def read(table: Path) -> Data:
    """Valves of a patient's sizes whose full closure converged."""
    x, y, group, index, rows = [], [], [], [], []
    with table.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["outcome"] != "converged" or row["wild"] != "0":
                continue
            n_columns, n_rows = int(row["n_columns"]), int(row["n_rows"])
            drawn = random_valve(int(row["seed"]), int(row["index"]), mesh=(n_columns, n_rows))
            valve, pressure = drawn.valve, drawn.pressure_mmhg
            sections = closed_sections(
                valve,
                pressure_mmhg=pressure,
                hinge=drawn.hinge,
                tips=drawn.tips,
                cord_length_mm=valve.chordae.length_mm,
            )
            x.append(features(valve, sections, pressure_mmhg=pressure, rows=float(n_rows)))
            y.append([float(row[name]) for name in NAMES])
            group.append(drawn.group)
            index.append(int(row["index"]))
            rows.append(n_rows)
    return Data(np.array(x), np.array(y), group, np.array(index), np.array(rows))


def ramp(raw: Array) -> tuple[Array, Array]:
    """Outputs over their scale, and the slope: what cannot be negative runs out smoothly at 0."""
    soft = SOFT * np.logaddexp(0.0, raw / SOFT)
    slope = 1.0 / (1.0 + np.exp(-np.clip(raw / SOFT, -50.0, 50.0)))
    return np.where(POSITIVE, soft, raw), np.where(POSITIVE, slope, 1.0)


def forward(layers: Sequence[Array], x: Array) -> list[Array]:
    """Values of every layer."""
    values = [x]
    for k, layer in enumerate(layers):
        z = values[-1] @ layer[:-1] + layer[-1]
        values.append(np.tanh(z) if k < len(layers) - 1 else z)
    return values


def trained(x: Array, y: Array, generator: np.random.Generator, stop: Callable[[list[Array]], float]) -> list[Array]:
    """One network by Adam with decaying weights and noisy inputs; of every tenth epoch the one best by `stop`."""
    sizes = (x.shape[1], HIDDEN, HIDDEN, y.shape[1])
    layers = [
        np.vstack([generator.normal(size=(a, b)) / np.sqrt(a), np.zeros((1, b))])
        for a, b in pairwise(sizes)
    ]
    first, second = [0.0 * layer for layer in layers], [0.0 * layer for layer in layers]
    tolerance = np.maximum(ABSOLUTE, RELATIVE * np.abs(y))
    scale = SCALE * ABSOLUTE
    best, kept, count = np.inf, layers, 0
    for epoch in range(EPOCHS):
        rate = 0.5 * RATE * (1.0 + np.cos(np.pi * epoch / EPOCHS))
        order = generator.permutation(len(x))
        for start in range(0, len(x), BATCH):
            some = order[start : start + BATCH]
            values = forward(layers, x[some] + NOISE * generator.normal(size=(len(some), x.shape[1])))
            out, slope = ramp(values[-1])
            r = (out * scale - y[some]) / tolerance[some]
            back = WEIGHT * r / np.sqrt(1.0 + r * r) * scale / tolerance[some] * slope / len(some)
            count += 1
            for k in range(len(layers) - 1, -1, -1):
                gradient = np.vstack([values[k].T @ back, back.sum(axis=0)])
                back = (back @ layers[k][:-1].T) * (1.0 - values[k] ** 2)
                first[k] = 0.9 * first[k] + 0.1 * gradient
                second[k] = 0.999 * second[k] + 0.001 * gradient**2
                step = (first[k] / (1.0 - 0.9**count)) / (np.sqrt(second[k] / (1.0 - 0.999**count)) + 1e-8)
                step[:-1] += DECAY / RATE * layers[k][:-1]
                layers[k] = layers[k] - rate * step
        if epoch % 10 == 9 and (now := stop(layers)) < best:
            best, kept = now, [layer.copy() for layer in layers]
    return kept


def fitted(data: Data, *, seed: int) -> tuple[dict[str, Array], list[list[Array]]]:
    """Scaling of the features, and the ensemble: member k is not fitted to the k-th part of the valves, but stops by it."""
    generator = np.random.default_rng(seed)
    # Odd features have no mean, so that the mirror image is a change of signs.
    centre = np.where(MIRROR > 0.0, data.x.mean(axis=0), 0.0)
    spread = np.sqrt(((data.x - centre) ** 2).mean(axis=0)) + 1e-9
    x = (data.x - centre) / spread
    both_x, both_y = np.vstack([x, x * MIRROR]), np.vstack([data.y, data.y[:, SWAPPED]])
    part = np.tile(generator.permutation(len(x)) % MEMBERS, 2)
    networks = []
    for k in range(MEMBERS):
        own = part == k
        tolerance = np.maximum(ABSOLUTE, RELATIVE * np.abs(both_y[own]))

        def loss(layers: list[Array], own: Array = own, tolerance: Array = tolerance) -> float:
            r = (ramp(forward(layers, both_x[own])[-1])[0] * SCALE * ABSOLUTE - both_y[own]) / tolerance
            return float((WEIGHT * (np.sqrt(1.0 + r * r) - 1.0)).mean())

        networks.append(trained(both_x[~own], both_y[~own], generator, loss))
    return {"centre": centre, "spread": spread}, networks


def predicted(scaling: dict[str, Array], networks: list[list[Array]], x: Array) -> Array:
    """Mean of the ensemble over a valve and its mirror image, (n, q)."""
    scaled = (x - scaling["centre"]) / scaling["spread"]
    total = np.zeros((len(x), len(NAMES)))
    for layers in networks:
        own, other = (ramp(forward(layers, s)[-1])[0] for s in (scaled, scaled * MIRROR))
        total += own + other[:, SWAPPED]
    return total / (2 * len(networks)) * SCALE * ABSOLUTE


def shares(p: Array, y: Array) -> tuple[Array, Array]:
    """Share of the valves within tolerance, and median error over tolerance, by output."""
    r = np.abs(p - y) / np.maximum(ABSOLUTE, RELATIVE * np.abs(y))
    return (r <= 1.0).mean(axis=0), np.median(r, axis=0)


def table(train: tuple[Array, Array], held: tuple[Array, Array], groups: list[str]) -> str:
    """Errors for the page."""
    lines = [
        "| measure | tolerance | within, train | within, held out | rms error, held out | spread of the full closure |",
        "|---|---|---|---|---|---|",
    ]
    inside, _ = shares(*train)
    outside, _ = shares(*held)
    rms = np.sqrt(((held[0] - held[1]) ** 2).mean(axis=0))
    for k, name in enumerate(NAMES):
        limit = f"max({ABSOLUTE[k]:g}, 15 %)"
        lines.append(
            f"| `{name}` | {limit} | {100 * inside[k]:.0f} % | {100 * outside[k]:.0f} % | {rms[k]:.2g} | "
            f"{held[1][:, k].std():.2g} |"
        )
    both = [NAMES.index("orifice_mm2"), NAMES.index("coapt_height_mean_mm")]
    r = np.abs(held[0] - held[1]) / np.maximum(ABSOLUTE, RELATIVE * np.abs(held[1]))
    lines += [
        "",
        f"Orifice and mean coaptation height both within: {100 * (r[:, both] <= 1).all(axis=1).mean():.0f} %.",
        "",
    ]
    lines += [
        "| held out, by | valves | orifice within | mean height within | median orifice error, mm2 |",
        "|---|---|---|---|---|",
    ]
    y = held[1]
    masks = [(f"preset {name}", np.array([own == name for own in groups])) for name in sorted(set(groups))]
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
    out = data.index % HELD_OUT == 0
    train, held = data.some(~out), data.some(out)
    scaling, networks = fitted(train, seed=options.seed)
    results = [(predicted(scaling, networks, part.x), part.y) for part in (train, held)]
    low, high = np.percentile(np.vstack([data.x, data.x * MIRROR]), [0.5, 99.5], axis=0)
    # The mesh is chosen, not found.
    rows = FEATURE_NAMES.index("rows")
    low[rows], high[rows] = 0.0, 1.0
    rms = np.sqrt(((results[1][0] - results[1][1]) ** 2).mean(axis=0))
    inside, _ = shares(*results[1])
    record = {
        "script": "calibration/fit_fast_closure.py",
        "table": options.table.name,
        "seed": options.seed,
        "valves": len(data.x),
        "held_out": int(out.sum()),
        "meshes": sorted({int(n) for n in data.rows}),
        "held_out_rms": dict(zip(NAMES, rounded(rms), strict=True)),
        "held_out_share_within": dict(zip(NAMES, rounded(inside), strict=True)),
    }
    content = {
        "record": record,
        "features": list(FEATURE_NAMES),
        "outputs": NAMES,
        "scale": rounded(SCALE * ABSOLUTE),
        "positive": [bool(own) for own in POSITIVE],
        "centre": rounded(scaling["centre"]),
        "spread": rounded(scaling["spread"]),
        "low": rounded(low),
        "high": rounded(high),
        **{
            name: rounded(np.stack([layers[k] for layers in networks]))
            for k, name in enumerate(("first", "second", "third"))
        },
    }
    text = json.dumps(content, separators=(",", ":"))
    (options.into / "fast_closure.json").write_text(text + "\n", encoding="utf-8")
    words = table(results[0], results[1], held.group)
    print(f"{len(data.x)} valves, {out.sum()} held out\n\n{words}")
    if options.page is not None:
        head = f"{len(train.x)} valves fitted, {len(held.x)} held out, seed {options.seed}.\n\n"
        before, _, rest = options.page.read_text(encoding="utf-8").partition(START)
        _, _, after = rest.partition(END)
        options.page.write_text(f"{before}{START}\n\n{head}{words}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
