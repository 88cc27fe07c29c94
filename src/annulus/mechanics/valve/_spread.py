"""From moves of annulus and tips to a field on the sheets that takes them along."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu

from annulus._typing import FloatArray
from annulus.mechanics.valve._valve_sheet import ValveSheet

__all__ = ["Spread"]


class Spread:
    """Extension of a displacement of the fixed vertices to the sheets: each free vertex the mean of its neighbours."""

    def __init__(self, model: ValveSheet) -> None:
        n = len(model.rest)
        i, j = model.edges.T
        graph = coo_array((np.ones(2 * len(i)), (np.r_[i, j], np.r_[j, i])), shape=(n, n)).tocsr()
        self.fixed, self.free = model.fixed == 1, np.flatnonzero(model.fixed == 0)
        self.to_fixed = graph[self.free][:, np.flatnonzero(self.fixed)]
        degree = np.asarray(graph.sum(axis=1)).ravel()[self.free]
        inner = graph[self.free][:, self.free]
        k = len(self.free)
        self.solve = splu((coo_array((degree, (np.arange(k), np.arange(k))), shape=(k, k)) - inner).tocsc()).solve

    def of(self, displacement: FloatArray) -> FloatArray:
        """Field that is `displacement` (n, 3) at the fixed vertices, shape (n, 3)."""
        field = np.where(self.fixed[:, None], displacement, 0.0)
        field[self.free] = self.solve(self.to_fixed @ field[self.fixed])
        return field
