"""Fit the free stiffnesses of the cinching equilibrium to the ovine suture, and say what it leaves open.

Two numbers are fitted, `foundation_kpa` and `trigone_factor`; they are what the suture tells most about and what no
other source gives. All others keep their prior's centre. The spread is a joint one: all tissue stiffnesses, the support
of the ostium, the friction along the suture, its force and the unknown anatomy of the bench vary by their priors,
weighted by how well they answer the datum.

    python calibration/ovine/calibrate.py -o src/annulus/mechanics/network

writes ``cinch_calibration.json`` (values, provenance, covariance) and ``cinch_posterior.csv`` (draws).
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from ovine import NUISANCES, OvineBench, response
from scipy.optimize import least_squares

import annulus
from annulus.mechanics.network import CINCH_PRIORS, CinchParameters
from annulus.sources import Distribution, Parameter

SEED = 3
N_SAMPLES = 3000
N_DRAWS = 400
STEP = 0.05  # of a prior's spread, for central differences
WIDENING = 2.0  # the proposals see the datum with this much more variance than the posterior does

FITTED = ("foundation_kpa", "trigone_factor")
TISSUE = (
    "annulus_axial_n",
    "annulus_bending_nmm2",
    "anterior_factor",
    "vein_axial_n",
    "vein_bending_nmm2",
    "strap_link_n_per_mm",
    "strap_vector_n_per_mm",
    "foundation_kpa",
    "tangential_ratio",
    "normal_ratio",
    "stiffening_length_mm",
    "trigone_factor",
    "trigone_width_mm",
    "ostium_factor",
    "ostium_width_mm",
    "friction_coefficient",
)
TARGETS = ("septal_lateral_change", "area_change")
TARGETS_FILE = Path(__file__).with_name("targets.csv")


def read_targets(path: Path = TARGETS_FILE) -> dict[str, dict[str, str]]:
    """Rows of the target file by name."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {row["target"]: row for row in csv.DictReader(lines)}


@dataclass(frozen=True)
class Problem:
    """Posterior of standardised unknowns: every prior is a unit normal in `z`.

    Parameters
    ----------
    unknowns
        Tissue, force and bench, each with its prior.
    target, spread
        Change of septal-lateral diameter and area with standard deviation [%], shape (2,).
    correlation
        Of the two errors; unknown, 0 unless a study of it says otherwise.
    """

    unknowns: tuple[Parameter, ...]
    target: np.ndarray
    spread: np.ndarray
    correlation: float = 0.0

    @classmethod
    def of_the_sheep(cls, *, correlation: float = 0.0, **centres: float) -> Problem:
        """The problem as published, with other prior centres where given."""
        rows = read_targets()
        force = rows["suture_force"]
        source = force["source"]
        pull = Parameter("force_n", float(force["value"]), "N", Distribution.NORMAL, float(force["sd"]), source=source)
        priors = (*(CINCH_PRIORS[name] for name in TISSUE), pull, *NUISANCES)
        unknowns = tuple(recentred(item, centres.get(item.name, item.value)) for item in priors)
        target, spread = np.array([[float(rows[name][key]) for name in TARGETS] for key in ("value", "sd")])
        return cls(unknowns, target, spread, correlation)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the unknowns in order."""
        return tuple(item.name for item in self.unknowns)

    def values(self, z: np.ndarray) -> dict[str, float]:
        """Physical values of standardised unknowns, within their bounds."""
        return {
            item.name: float(
                np.clip(item.value + item.spread * x, *item.bounds)
                if item.distribution is Distribution.NORMAL
                else item.value * np.exp(item.spread * x)
            )
            for item, x in zip(self.unknowns, z, strict=True)
        }

    def predicted(self, z: np.ndarray) -> np.ndarray:
        """Change of septal-lateral diameter, area and commissural width [%], shape (3,); NaN without equilibrium."""
        values = self.values(z)
        tissue = {name: values.pop(name) for name in TISSUE}
        return response(OvineBench(**values), CinchParameters(**tissue, human_stiffness_factor=1.0))

    def residual(self, z: np.ndarray) -> np.ndarray:
        """Misfit in units of its own standard deviation, shape (2,); independent entries."""
        a, b = (self.predicted(z)[:2] - self.target) / self.spread
        rho = self.correlation
        return np.array([a, (b - rho * a) / np.sqrt(1.0 - rho**2)])

    def objective_residual(self, z: np.ndarray) -> np.ndarray:
        """Misfit and prior, whose half square sum is the negative log posterior."""
        return np.concatenate([np.nan_to_num(self.residual(z), nan=1.0e3), z])

    def best(self, free: tuple[str, ...], start: np.ndarray | None = None) -> np.ndarray:
        """Most probable `z` with all but the `free` unknowns at their prior's centre."""
        index = [self.names.index(name) for name in free]
        z = np.zeros(len(self.names))

        def misfit(part: np.ndarray) -> np.ndarray:
            z[index] = part
            return self.objective_residual(z)

        found = least_squares(misfit, np.zeros(len(index)) if start is None else start, diff_step=1e-3, xtol=1e-9)
        z[index] = found.x
        return z

    def jacobian(self, z: np.ndarray, function: Any = None) -> np.ndarray:
        """Central differences of the misfit (or another function) by `z`, shape (m, n)."""
        function = function or self.residual
        steps = STEP * np.eye(len(z))
        return np.stack([(function(z + step) - function(z - step)) / (2.0 * STEP) for step in steps], axis=1)


def recentred(item: Parameter, value: float) -> Parameter:
    """The same prior about another centre."""
    return Parameter(item.name, value, item.unit, item.distribution, item.spread, item.bounds, item.source)


def covariance(jacobian: np.ndarray, widening: float = 1.0) -> np.ndarray:
    """Laplace covariance of `z`: unit prior and the linearised misfit."""
    return np.linalg.inv(np.eye(jacobian.shape[1]) + jacobian.T @ jacobian / widening)


@dataclass(frozen=True)
class Sample:
    """Importance sample: proposals `z` (n, k), predictions (n, 3), normalised weights (n,), failed solves."""

    z: np.ndarray
    predicted: np.ndarray
    weights: np.ndarray
    n_failed: int

    @property
    def effective_size(self) -> float:
        """Number of independent draws that the weighted sample is worth."""
        return float(1.0 / np.sum(self.weights**2))

    def mean(self) -> np.ndarray:
        """Posterior mean of `z`."""
        return self.weights @ self.z

    def covariance(self) -> np.ndarray:
        """Posterior covariance of `z`."""
        centred = self.z - self.mean()
        return (centred * self.weights[:, None]).T @ centred

    def drawn(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Rows of equal weight by systematic resampling, shuffled, shape (n,)."""
        marks = (rng.random() + np.arange(n)) / n
        rows = np.minimum(np.searchsorted(np.cumsum(self.weights), marks), len(self.weights) - 1)
        return rng.permutation(rows)


def sample(problem: Problem, centre: np.ndarray, jacobian: np.ndarray, n: int, seed: int) -> Sample:
    """Draws around the most probable point, weighted to the exact posterior."""
    rng = np.random.default_rng(seed)
    factor = np.linalg.cholesky(covariance(jacobian, WIDENING))
    noise = rng.standard_normal((n, len(centre)))
    z = centre + noise @ factor.T
    predicted = np.array([problem.predicted(row) for row in z])
    a, b = ((predicted[:, :2] - problem.target) / problem.spread).T
    rho = problem.correlation
    misfit = a**2 + (b - rho * a) ** 2 / (1.0 - rho**2)
    failed = ~np.isfinite(misfit)
    log_weight = 0.5 * (np.sum(noise**2, axis=1) - np.sum(z**2, axis=1) - misfit)
    log_weight[failed] = -np.inf
    weights = np.exp(log_weight - log_weight.max())
    return Sample(z, predicted, weights / weights.sum(), int(failed.sum()))


def rounded(value: Any) -> Any:
    """Six significant digits: what is left of the last bits of different machines."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [rounded(inner) for inner in value]
    return float(f"{value:.6g}") if isinstance(value, (float, np.floating)) else value


def calibrate(*, n_samples: int = N_SAMPLES, n_draws: int = N_DRAWS, seed: int = SEED) -> tuple[dict[str, Any], Any]:
    """Content of the calibration file, and the posterior draws by name."""
    problem = Problem.of_the_sheep()
    fit = problem.best((*FITTED, "force_n"))
    mode = problem.best(problem.names)
    jacobian = problem.jacobian(mode)
    laplace = covariance(jacobian)
    draws = sample(problem, mode, jacobian, n_samples, seed)
    rng = np.random.default_rng([seed, 1])
    chosen = [problem.values(row) for row in draws.z[draws.drawn(n_draws, rng)]]
    human = CINCH_PRIORS["human_stiffness_factor"]
    factor = human.value * np.exp(human.spread * rng.standard_normal(n_draws))
    table = {name: [row[name] for row in chosen] for name in TISSUE} | {human.name: list(factor)}
    spreads = np.array([item.spread for item in problem.unknowns])
    fit_values = problem.values(fit)
    mean, cov = draws.mean(), draws.covariance()
    weighted = draws.weights @ np.nan_to_num(draws.predicted)
    document = {
        "schema": "annulus.calibration/1",
        "provenance": {
            "command": "python calibration/ovine/calibrate.py -o src/annulus/mechanics/network",
            "version": annulus.__version__,
            "date": datetime.now(UTC).date().isoformat(),
            "seed": seed,
            "n_samples": n_samples,
            "effective_sample_size": draws.effective_size,
            "n_failed_solves": draws.n_failed,
        },
        "targets": [row for row in read_targets().values() if row["role"] == "fit"],
        "fitted": {name: fit_values[name] for name in FITTED},
        "fit": {
            "suture_force_n": fit_values["force_n"],
            "septal_lateral_area_commissural_change_percent": problem.predicted(fit),
            "misfit_sd": problem.residual(fit),
        },
        "unknowns": [
            {
                "name": item.name,
                "unit": item.unit,
                "distribution": item.distribution.value,
                "prior": item.value,
                "prior_spread": item.spread,
                "mode": problem.values(mode)[item.name],
                "laplace_spread": spread * np.sqrt(laplace[i, i]),
                "posterior_centre": problem.values(mean)[item.name],
                "posterior_spread": spread * np.sqrt(cov[i, i]),
            }
            for i, (item, spread) in enumerate(zip(problem.unknowns, spreads, strict=True))
        ],
        "singular_values": np.linalg.svd(jacobian, compute_uv=False),
        "leading_direction": np.linalg.svd(jacobian, full_matrices=False)[2][0],
        "laplace_covariance": laplace * np.outer(spreads, spreads),
        "posterior_covariance": cov * np.outer(spreads, spreads),
        "posterior_change_percent": weighted,
    }
    return rounded(document), table


def write(document: dict[str, Any], table: dict[str, list[float]], folder: Path) -> None:
    """Both files into `folder`."""
    text = json.dumps(document, indent=1, ensure_ascii=False)
    # One line for each row of numbers.
    text = re.sub(r"\[[^\[\]{}]*\]", lambda row: re.sub(r"\s+", " ", row.group()), text)
    (folder / "cinch_calibration.json").write_text(text + "\n", encoding="utf-8")
    with (folder / "cinch_posterior.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(table)
        writer.writerows([f"{value:.6g}" for value in row] for row in zip(*table.values(), strict=True))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="where both files go")
    parser.add_argument("--samples", type=int, default=N_SAMPLES, help="number of solves of the sampler")
    arguments = parser.parse_args()
    document, table = calibrate(n_samples=arguments.samples)
    write(document, table, arguments.output)
    print(json.dumps({key: document[key] for key in ("fitted", "fit", "provenance")}, indent=1))


if __name__ == "__main__":
    main()
