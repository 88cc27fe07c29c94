"""All measures of one annulus: with and without the minimal surface, and how they grow with the points.

Run ``python benchmarks/bench_measures.py``. Every figure is the best of several rounds after a warm-up. The baseline is
a plain NumPy and SciPy version of the main measures (`plain_measures`), run in the same process.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from time import perf_counter

import numpy as np
from scipy.interpolate import CubicSpline

from annulus.anatomy import Annulus, annulus_from_loop
from annulus.anatomy.measures import measure_annulus, measure_sequence
from annulus.geometry import Loop, minimal_surface

AIM_MS = 1.0
AIM_FILM_MS = 5.0


def example(n: int) -> Annulus:
    """A D-shaped saddle with `n` points."""
    t = 2.0 * np.pi * np.arange(n) / n
    r = 17.0 - 1.5 * np.cos(t) - 2.5 * np.cos(2.0 * t)
    points = np.column_stack([-r * np.sin(t), r * np.cos(t), 3.0 * np.cos(2.0 * t) + 0.8 * np.cos(t)])
    return annulus_from_loop(Loop(points), atrial_side=[0.0, 0.0, 100.0], aortic=[0.0, 40.0, 5.0])


def plain_measures(annulus: Annulus, n_dense: int = 1024) -> dict[str, float]:
    """Perimeter, area, AP, ALPM and height on a densely sampled SciPy spline."""
    points = annulus.loop.points
    steps = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    knots = np.append(0.0, np.cumsum(steps))
    spline = CubicSpline(knots, np.vstack([points, points[:1]]), bc_type="periodic")
    dense = spline(np.linspace(0.0, knots[-1], n_dense, endpoint=False))
    after = np.roll(dense, -1, axis=0)
    weights = np.linalg.norm(after - dense, axis=1)
    middle = 0.5 * (dense + after)
    centre = weights @ middle / weights.sum()
    normal = np.linalg.eigh((middle - centre).T @ (weights[:, None] * (middle - centre)))[1][:, 0]
    heights = (dense - centre) @ normal
    places = {k: dense[np.argmin(np.linalg.norm(dense - v, axis=1))] for k, v in annulus.landmarks.items()}
    towards = places["A"] - places["P"]
    side = (dense - centre) @ (towards - (towards @ normal) * normal)
    ends = dense[np.flatnonzero(side * np.roll(side, -1) < 0.0)]
    return {
        "perimeter_3d_mm": float(weights.sum()),
        "area_2d_mm2": float(abs(0.5 * np.cross(dense - centre, after - centre).sum(axis=0) @ normal)),
        "ap_mm": float(np.linalg.norm(towards)),
        "alpm_mm": float(np.linalg.norm(ends[0] - ends[-1])),
        "height_mm": float(heights.max() - heights.min()),
    }


def best_ms(work: Callable[[], object], rounds: int) -> float:
    """Best time of `rounds` batches [ms per call], after one warm-up call."""
    work()
    times = []
    for _ in range(rounds):
        start = perf_counter()
        for _ in range(5):
            work()
        times.append((perf_counter() - start) / 5.0)
    return 1e3 * min(times)


def main(sizes: tuple[int, ...] = (32, 64, 128, 256, 512), rounds: int = 20) -> dict[str, dict[int, float]]:
    """Print the table; returns milliseconds by column and size."""
    table: dict[str, dict[int, float]] = {"measures": {}, "with_film": {}, "film": {}, "plain": {}}
    print(f"{'points':>7} {'measures':>10} {'with film':>10} {'film':>10} {'plain':>10} {'plain / measures':>17}")
    for n in sizes:
        annulus = example(n)
        table["measures"][n] = best_ms(lambda a=annulus: measure_annulus(a, minimal_surface=False), rounds)
        table["with_film"][n] = best_ms(lambda a=annulus: measure_annulus(a), rounds)
        table["film"][n] = best_ms(lambda a=annulus: minimal_surface(a.loop), rounds)
        table["plain"][n] = best_ms(lambda a=annulus: plain_measures(a), rounds)
        row = [table[k][n] for k in ("measures", "with_film", "film", "plain")]
        print(f"{n:7d} " + " ".join(f"{v:7.3f} ms" for v in row) + f" {row[3] / row[0]:17.2f}")
    first, last = min(sizes), max(sizes)
    growth = np.log(table["measures"][last] / table["measures"][first]) / np.log(last / first)
    print(f"growth of the measures with the points: exponent {growth:.2f}; aims {AIM_MS} ms and {AIM_FILM_MS} ms")
    exact, plain = measure_annulus(example(128)).to_dict(), plain_measures(example(128))
    print("plain version differs by", {k: f"{abs(v / float(exact[k]) - 1.0):.1e}" for k, v in plain.items()})  # type: ignore[arg-type]
    loops = [example(96)] * 25
    print(f"25 frames in one call: {best_ms(lambda: measure_sequence(loops), max(1, rounds // 5)):.1f} ms")
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 64, 128, 256, 512])
    options = parser.parse_args()
    main(tuple(options.sizes), options.rounds)
