"""What this machine can do: rates of plain loops and matrix products, for floors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from annulus.bench._repeats import axpy, moves
from annulus.bench._timing import interleaved

__all__ = ["Rates", "machine_rates"]

_SIDE = 384
_SHORT = 1024


@dataclass(frozen=True, slots=True)
class Rates:
    """Best of some rounds.

    Parameters
    ----------
    axpy_gflops
        Adding a multiple of 1,024 numbers to others, again and again [1e9 operations/s]: as kernels' loops do.
    product_gflops, single_product_gflops
        Product of two matrices of 384 x 384 in double and single precision [1e9 operations/s].
    copy_gbytes
        Reading and writing an array of a given size again and again [1e9 bytes/s]: the cache that holds it.
    """

    axpy_gflops: float
    product_gflops: float
    single_product_gflops: float
    copy_gbytes: float

    def loop_seconds(self, operations: float, moved_bytes: float) -> float:
        """Floor of a loop [s]: its operations at an axpy's rate or its bytes, whichever takes longer."""
        return max(1e-9 * operations / self.axpy_gflops, 1e-9 * moved_bytes / self.copy_gbytes)


def machine_rates(n_values: int, rounds: int) -> Rates:
    """Rates, the copy's for an array of `n_values` float64."""
    a, b = np.random.default_rng(0).normal(size=(2, _SIDE, _SIDE))
    c, d = a.astype(np.float32), b.astype(np.float32)
    x, y = np.ones(_SHORT), np.ones(_SHORT)
    stored = np.ones(n_values)
    found = interleaved(
        {
            "product": lambda: a @ b,
            "single": lambda: c @ d,
            "axpy": partial(axpy, 2000, 1e-9, x, y),
            "copy": partial(moves, 100, stored, np.empty_like(stored)),
        },
        rounds,
        smallest=True,
    )
    operations = 2e-9 * _SIDE**3
    return Rates(
        axpy_gflops=2e-9 * 2000 * _SHORT / found["axpy"],
        product_gflops=operations / found["product"],
        single_product_gflops=operations / found["single"],
        copy_gbytes=2e-7 * stored.nbytes / found["copy"],
    )
