"""Fit the fast closure's correction to full closures, and write it with its errors on valves that were held out.

    python studies/closure_robustness.py --patients --n 988 --seed 21 --table T
    python studies/closure_robustness.py --patients --first 2500 --n 1017 --seed 21 --table T
    python calibration/fast_closure/fit_fast_closure.py T -o src/annulus/mechanics/valve --page docs/closure_fast.md

writes ``fast_closure.npz`` (numbers) and ``fast_closure.json`` (what they belong to, and how they were found).
``fast_closure_table.csv.xz`` is the table T that the shipped files were fitted to.

Each row of the table names a virtual patient's valve by seed and number and holds what the full closure measured; the
valve is drawn again and its slices are closed as tents. Small neural regressors (``slice_regressors.py``) map what is
known of the slices and of the whole valve to all measures, the mean of several that start from other weights.
Measures are counted in tolerances max(absolute, 15 %), so that an error weighs the same in a small orifice and a large
one, and far outliers hardly count: where a fold decides, the full closure jumps. A valve and its mirror image give
mirrored measures: both are fitted, and both are asked. Every fifth valve of each group is held out of everything. From
CHOSEN on there are only valves of which an earlier fit was unsure: all of them are fitted to.
"""

from __future__ import annotations

import argparse
import csv
import json
import lzma
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from scipy.optimize import linprog
from slice_regressors import trained

from annulus.mechanics.valve._fast_correction import (
    in_tolerances,
    mirrored_outputs,
    out_of_tolerances,
    regressor_arrays,
)
from annulus.mechanics.valve._fast_regressors import REACHES, Regressors, regressor_values
from annulus.mechanics.valve._fast_slices import (
    FEATURE_NAMES,
    MIRROR,
    PROFILE_NAMES,
    closed_slices,
    features,
    profiles,
)

# The valves are those of the study that closed them.
sys.path.append(str(Path(__file__).resolve().parents[2] / "studies"))
from patient_valves import patient_valve

Array = np.ndarray

START, END = "<!-- table -->", "<!-- end of table -->"
SEGMENTS = ("a1p1", "a2p2", "a3p3")

# Name, absolute tolerance, cannot be negative.
OUTPUTS: tuple[tuple[str, float, bool], ...] = (
    ("roa_mm2", 5.0, True),
    *((f"roa_{name}_mm2", 5.0, True) for name in SEGMENTS),
    ("vena_contracta_mm", 0.5, True),
    *((f"coapt_height_{name}_mm", 0.3, True) for name in ("mean", "max", "min")),
    *((f"{name}_coapt_height_mm", 0.3, True) for name in SEGMENTS),
    ("coapt_area_mm2", 10.0, True),
    ("closure_ratio", 0.05, True),
    ("a2p2_coaptation_depth_mm", 1.0, False),
    *((f"{name}_tenting_height_mm", 1.0, False) for name in SEGMENTS),
    *((f"{name}_tenting_area_mm2", 15.0, False) for name in SEGMENTS),
    ("tenting_volume_ml", 0.2, False),
    ("billow_volume_ml", 0.1, True),
)
RELATIVE = 0.15
HELD_OUT, CHOSEN = 5, 20000
N_REGRESSORS = 6

USUAL = 68.27  # percent of the held-out valves that stay below the error given with a prediction
BEYOND = 3.0  # tolerances by which an extrapolation may leave the range of the full closures

NAMES = [name for name, *_ in OUTPUTS]
SCALING = ("centre", "spread", "profile_centre", "profile_spread")
ABSOLUTE = np.array([tolerance for _, tolerance, _ in OUTPUTS])
POSITIVE = np.array([positive for *_, positive in OUTPUTS])
MIRRORED = mirrored_outputs(NAMES)


@dataclass(frozen=True, eq=False)
class Data:
    """Profiles (n, k, c), features (n, d), measures (n, q), preset and number of each valve."""

    profiles: Array
    x: Array
    y: Array
    group: list[str]
    index: Array

    def some(self, mask: Array) -> Data:
        """Part of the valves."""
        group = [name for name, own in zip(self.group, mask, strict=True) if own]
        return Data(self.profiles[mask], self.x[mask], self.y[mask], group, self.index[mask])


def read(table: Path) -> Data:
    """Valves whose full closure converged."""
    with opened(table) as file:
        rows = [row for row in csv.DictReader(file) if row["outcome"] == "converged"]
    with ProcessPoolExecutor() as pool:
        along, x, group = zip(*pool.map(inputs, rows, chunksize=50), strict=True)
    y = [[float(row[name]) for name in NAMES] for row in rows]
    index = [int(row["index"]) for row in rows]
    return Data(np.array(along), np.array(x), np.array(y), list(group), np.array(index))


def opened(table: Path) -> TextIO:
    """The table's text, compressed (``.xz``) or plain."""
    return lzma.open(table, "rt", encoding="utf-8") if table.suffix == ".xz" else table.open(encoding="utf-8")


def inputs(row: dict[str, str]) -> tuple[Array, Array, str]:
    """Profiles, features and preset of a row's valve, which is drawn again."""
    mesh = int(row["n_columns"]), int(row["n_rows"])
    drawn = patient_valve(int(row["seed"]), int(row["index"]), mesh=mesh)
    valve, pressure = drawn.valve, drawn.pressure_mmhg
    lengths = valve.chordae.length_mm
    slices = closed_slices(valve, pressure_mmhg=pressure, hinge=drawn.hinge, tips=drawn.tips, chordae_length_mm=lengths)
    along = profiles(valve, slices)
    return along, features(valve, slices, along, pressure_mmhg=pressure), drawn.group


def fitted(data: Data, *, seed: int) -> dict[str, Any]:
    """The correction: scaling of the inputs, regressors, range of the measures."""
    # Odd features have no mean, so that the mirror image is a change of signs.
    centre = np.where(MIRROR > 0.0, data.x.mean(axis=0), 0.0)
    correction: dict[str, Any] = {
        "centre": centre,
        "spread": np.sqrt(((data.x - centre) ** 2).mean(axis=0)) + 1e-9,
        "profile_centre": data.profiles.mean(axis=(0, 1)),
        "profile_spread": data.profiles.std(axis=(0, 1)) + 1e-9,
    }
    along, x = scaled(correction, data)
    y = in_tolerances(data.y, ABSOLUTE, RELATIVE)
    # Every valve with its mirror image.
    pairs = (along, along[:, ::-1]), (x, x * MIRROR), (y, y[:, MIRRORED])
    along, x, y = (np.concatenate(pair) for pair in pairs)
    none = (y <= 0.0) & POSITIVE
    with ProcessPoolExecutor() as pool:
        started = [
            pool.submit(trained, along, x, y, none, np.random.default_rng([seed, k])) for k in range(N_REGRESSORS)
        ]
        numbers = [np.stack(own) for own in zip(*(one.result() for one in started), strict=True)]
    split = 3 * len(REACHES)
    layers = (
        tuple(tuple(numbers[k : k + 3]) for k in range(0, split, 3)),
        tuple(tuple(numbers[k : k + 2]) for k in range(split, len(numbers), 2)),
    )
    return correction | {
        "regressors": Regressors(*layers),
        "min_counts": np.where(POSITIVE, 0.0, y.min(axis=0) - BEYOND),
        "max_counts": y.max(axis=0) + BEYOND,
    }


def scaled(correction: dict[str, Any], data: Data) -> tuple[Array, Array]:
    """Profiles and features in spreads from their centres."""
    along = (data.profiles - correction["profile_centre"]) / correction["profile_spread"]
    return along, (data.x - correction["centre"]) / correction["spread"]


def predicted(correction: dict[str, Any], data: Data) -> tuple[Array, Array]:
    """Measures of valves and the regressors' disagreement in tolerances, both (n, q)."""
    result, spread = regressor_values(correction["regressors"], *scaled(correction, data), MIRRORED)
    result = np.clip(result, correction["min_counts"], correction["max_counts"])
    return out_of_tolerances(result, ABSOLUTE, RELATIVE), spread


def usual_error(off: Array, spread: Array) -> Array:
    """Level and slope (2, q) by the regressors' disagreement, neither negative, of the error that the usual share of
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
    both = [NAMES.index("roa_mm2"), NAMES.index("coapt_height_mean_mm")]
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
    for k, name in enumerate(("smallest", "second", "third", "largest")):
        mask = (spread[:, 0] >= quarters[k]) & (spread[:, 0] <= quarters[k + 1])
        masks.append((f"regressors' disagreement on the orifice: {name} quarter", mask))
    for name, mask in masks:
        if mask.any():
            own = r[mask]
            error = np.median(np.abs(held[0] - y)[mask, 0])
            orifice, height = (100 * (own[:, k] <= 1).mean() for k in both)
            lines.append(f"| {name} | {mask.sum()} | {orifice:.0f} % | {height:.0f} % | {error:.1f} |")
    return "\n".join(lines) + "\n"


def rounded(array: Array, digits: int = 5) -> Array:
    """The same array with so many significant digits: those below are left over from one machine's sums."""
    short = [float(f"{value:.{digits}g}") for value in array.ravel().tolist()]
    return np.array(short, dtype=array.dtype).reshape(array.shape)


def by_name(values: Array) -> dict[str, float]:
    """One rounded number for each measure."""
    return dict(zip(NAMES, rounded(values).tolist(), strict=True))


def write(numbers: Mapping[str, Array], record: Mapping[str, Any], folder: Path) -> None:
    """Both files of the correction into `folder`."""
    file = folder / "fast_closure.npz"
    np.savez(file, **numbers)
    about = {
        "record": record,
        "numbers_sha256": sha256(file.read_bytes()).hexdigest(),
        "features": FEATURE_NAMES,
        "profiles": PROFILE_NAMES,
        "outputs": NAMES,
    }
    (folder / "fast_closure.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, write, and put the errors into the page."""
    parser = argparse.ArgumentParser(description="Fit the fast closure to full closures.")
    parser.add_argument("table", type=Path)
    parser.add_argument("-o", "--into", type=Path, required=True, help="folder of fast_closure.npz and .json")
    parser.add_argument("--page", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    if not options.table.is_file():
        parser.error(f"{options.table}: there is no such table; make it with closure_robustness --table.")
    data = read(options.table)
    # Of each group, since they take turns.
    out = (data.index < CHOSEN) & (data.index // 4 % HELD_OUT == 0)
    train, held = data.some(~out), data.some(out)
    correction = fitted(train, seed=options.seed)
    (fit, _), (found, spread) = (predicted(correction, part) for part in (train, held))
    low, high = np.percentile(np.vstack([data.x, data.x * MIRROR]), [0.5, 99.5], axis=0)
    off = in_error(found, held.y)
    record = {
        "script": "calibration/fast_closure/fit_fast_closure.py",
        "table": options.table.name,
        "seed": options.seed,
        "valves": len(data.x),
        "held_out": len(held.x),
        "held_out_error_in_tolerances": by_name(np.percentile(off, USUAL, axis=0)),
        "held_out_share_within": by_name((off <= 1.0).mean(axis=0)),
    }
    numbers = {
        "absolute": ABSOLUTE,
        "relative": np.array(RELATIVE),
        "min_features": rounded(low),
        "max_features": rounded(high),
        "error": rounded(usual_error(off, spread)),
        **{name: rounded(correction[name]) for name in (*SCALING, "min_counts", "max_counts")},
        **{name: rounded(own, 4) for name, own in regressor_arrays(correction["regressors"]).items()},
    }
    write(numbers, record, options.into)
    words = table((fit, train.y), (found, held.y), spread, held)
    head = f"{len(train.x)} valves fitted, {len(held.x)} held out, seed {options.seed}.\n\n"
    print(f"{head}{words}")
    if options.page is not None:
        before, _, rest = options.page.read_text(encoding="utf-8").partition(START)
        _, _, after = rest.partition(END)
        options.page.write_text(f"{before}{START}\n\n{head}{words}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
