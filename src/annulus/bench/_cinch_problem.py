"""The cinching equilibrium by general tools: the same Newton with SciPy's sparse direct solver, and L-BFGS.

Both call the package's compiled energy, gradient and Hessian, so that only the linear algebra and the method differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import coo_array, csc_array
from scipy.sparse.linalg import splu

from annulus._typing import FloatArray, IntArray
from annulus.kernels.banded import Matrix
from annulus.kernels.cables import Cable, cable_length
from annulus.kernels.laws import CableLaw
from annulus.kernels.network import Network
from annulus.kernels.newton import ESTIMATE, EXACT, Workspace, minimise, tangent_at_tension
from annulus.mechanics.network import CinchModel, Landing, Rod
from annulus.mechanics.network._numbering import empty_like
from annulus.mechanics.network._strip_network import join_rods, rod_bends

__all__ = ["Answer", "CinchProblem", "SparseHessian", "sparse_step"]

_ARMIJO = 1.0e-4
_FLAT = 1.0e-10
_LONGEST_STEP_MM = 4.0


@dataclass(frozen=True, eq=False)
class Answer:
    """Positions [mm], shape (n, 3), iterations, evaluations, largest nodal force left [N], seconds in linear solves."""

    positions: FloatArray
    iterations: int
    evaluations: int
    residual_n: float
    linear_seconds: float = 0.0


class SparseHessian:
    """Where the entries of a bordered band matrix go in SciPy's column format; the pattern is found once.

    Parameters
    ----------
    matrix
        A Hessian at a general state: entries that are zero there are left out of the pattern.
    """

    def __init__(self, matrix: Matrix) -> None:
        self._n_band, self._m = 3 * matrix.band.shape[0], matrix.corner.shape[0]
        rows, columns, places = self._entries(matrix)
        size = self._n_band + self._m
        # Each entry off the diagonal goes to two places of the full matrix.
        off = rows != columns
        all_rows = np.concatenate([rows, columns[off]])
        all_columns = np.concatenate([columns, rows[off]])
        order = csc_array(coo_array((np.arange(1.0, len(all_rows) + 1.0), (all_rows, all_columns)), shape=(size, size)))
        self._matrix = order
        self._source = np.concatenate([places, places[off]])[order.data.astype(np.int64) - 1]

    @property
    def n_entries(self) -> int:
        """Entries of the full matrix."""
        return len(self._source)

    def filled(self, matrix: Matrix) -> csc_array:
        """The same pattern with the values of `matrix`."""
        values = np.concatenate([matrix.band.reshape(-1), matrix.border.reshape(-1), matrix.corner.reshape(-1)])
        self._matrix.data = values[self._source]
        return self._matrix

    def _entries(self, matrix: Matrix) -> tuple[IntArray, IntArray, IntArray]:
        """Row, column and place in the concatenated storage of each entry of the lower triangle."""
        node, k, q = np.nonzero(matrix.band)
        column, row = 3 * node + k, 3 * node + q
        keep = row >= column
        places = np.ravel_multi_index((node, k, q), matrix.band.shape)[keep]
        parts = [(row[keep], column[keep], places)]
        node, k, p = np.nonzero(matrix.border)
        first = matrix.band.size
        parts.append((self._n_band + p, 3 * node + k, first + np.ravel_multi_index((node, k, p), matrix.border.shape)))
        p, q = np.nonzero(np.tril(matrix.corner))
        first += matrix.border.size
        parts.append((self._n_band + p, self._n_band + q, first + p * self._m + q))
        rows, columns, places = (np.concatenate(part) for part in zip(*parts, strict=True))
        return rows, columns, places


class CinchProblem:
    """One locked ribbon as the arrays that the kernels take.

    Parameters
    ----------
    model
        The model.
    landing, length_mm
        Ends and length of the ribbon.
    """

    def __init__(self, model: CinchModel, landing: Landing, length_mm: float) -> None:
        ribbon = Rod(model.parameters.ribbon_bending_nmm2, landing.distal_s_mm, landing.proximal_s_mm)
        rods = join_rods([model.network.rods, rod_bends(model.strip, ribbon)])
        self.model = model
        self.tolerance_n = model.options.tolerance_n
        self.network: Network = model.network._replace(rods=rods)
        self.cable: Cable = model.strip.cable(landing.distal_s_mm, landing.proximal_s_mm)
        self.law = CableLaw(0.0, model.parameters.ribbon_axial_n_per_mm, length_mm)
        self.reference = np.array(model.strip.reference)
        # Zeros: the sparse pattern is read off it.
        self.space = Workspace(empty_like(self.network.constant), np.zeros((6, *self.reference.shape)))
        self._gradient, self._along = np.zeros_like(self.reference), np.zeros_like(self.reference)
        self._work = np.zeros((2, *self.reference.shape))

    def evaluate(
        self, x: FloatArray, *, law: CableLaw | None = None, multiplier: float = EXACT
    ) -> tuple[float, FloatArray, FloatArray, tuple[float, float]]:
        """Energy, gradient (n, 3), dL/dx, Phi' and Phi'' at x; the Hessian is left in the workspace."""
        law, hessian = law or self.law, self.space.hessian
        value, _, *forces = tangent_at_tension(
            self.network, self.cable, law, x, self._gradient, self._along, hessian, self._work, multiplier
        )
        return value, self._gradient, self._along, (forces[0], forces[1])

    def newton(self) -> Answer:
        """The package's own compiled solve."""
        x = np.array(self.reference)
        limits = (100, _LONGEST_STEP_MM)
        _, iterations, _, residual, _, _ = minimise(
            self.network, self.cable, self.law, x, self.tolerance_n, limits, self.space
        )
        return Answer(x, iterations, iterations + 1, residual)

    def sparse_pattern(self) -> SparseHessian:
        """Pattern of the Hessian at a general state."""
        generator = np.random.default_rng(0)
        self.evaluate(self.reference + 0.01 * generator.normal(size=self.reference.shape))
        return SparseHessian(self.space.hessian)

    def newton_sparse(self, pattern: SparseHessian) -> Answer:
        """The same Newton, its loop in Python and its linear systems by SciPy's SuperLU."""
        x = np.array(self.reference)
        value, gradient, along, (force, stiffness) = self.evaluate(x, multiplier=ESTIMATE)
        linear, evaluations = 0.0, 1
        for iteration in range(100):
            residual = float(np.linalg.norm(gradient, axis=1).max())
            if residual <= self.tolerance_n:
                return Answer(x, iteration, evaluations, residual, linear)
            started = perf_counter()
            step = sparse_step(pattern.filled(self.space.hessian), gradient, along, stiffness)
            linear += perf_counter() - started
            size = float(np.linalg.norm(step, axis=1).max())
            factor = min(1.0, _LONGEST_STEP_MM / size)
            slope = float(np.sum(gradient * step))
            multiplier = max(force + stiffness * float(np.sum(along * step)), 0.0)
            for _ in range(40):
                trial = x + factor * step
                new, gradient, along, (force, stiffness) = self.evaluate(trial, multiplier=multiplier)
                evaluations += 1
                if new <= value + _ARMIJO * factor * slope + _FLAT * (abs(value) + 1.0):
                    break
                factor *= 0.5
            x, value = trial, new
        return Answer(x, 100, evaluations, float(np.linalg.norm(gradient, axis=1).max()), linear)

    def lbfgs(self, tolerance_n: float, *, steps: int = 5) -> Answer:
        """SciPy's L-BFGS-B on energy and gradient, the ribbon shortened in `steps`, only the last one to tolerance.

        In one step it folds the ribbon up and ends there, far above the minimum.
        """
        shape = self.reference.shape
        x = self.reference.reshape(-1)
        path = float(cable_length(self.cable, self.reference))
        iterations = evaluations = 0
        for step in range(1, steps + 1):
            law = self.law._replace(length=path + (self.law.length - path) * step / steps)

            def both(flat: FloatArray, law: CableLaw = law) -> tuple[float, FloatArray]:
                value, gradient, _, _ = self.evaluate(np.ascontiguousarray(flat.reshape(shape)), law=law)
                return value, gradient.reshape(-1).copy()

            tolerance = tolerance_n if step == steps else 100.0 * tolerance_n
            options = {"maxcor": 20, "maxiter": 50_000, "maxfun": 100_000, "ftol": 0.0, "gtol": tolerance}
            found = minimize(both, x, jac=True, method="L-BFGS-B", options=options)
            x, iterations, evaluations = found.x, iterations + int(found.nit), evaluations + int(found.nfev)
        positions = np.ascontiguousarray(x.reshape(shape))
        _, gradient, _, _ = self.evaluate(positions)
        return Answer(positions, iterations, evaluations, float(np.linalg.norm(gradient, axis=1).max()))


def sparse_step(hessian: csc_array, gradient: FloatArray, along: FloatArray, stiffness: float) -> FloatArray:
    """Newton step by SuperLU, the rank-one term by Sherman and Morrison, shape (n, 3)."""
    factor = splu(hessian, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}, diag_pivot_thresh=0.0)
    step = -factor.solve(gradient.reshape(-1))
    if stiffness > 0.0:
        a = along.reshape(-1)
        carried = factor.solve(a)
        step -= stiffness * (a @ step) / (1.0 + stiffness * (a @ carried)) * carried
    return step.reshape(gradient.shape)
