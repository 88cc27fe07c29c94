"""The soap film in a closed curve: the minimal surface of disk type that a loop bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus._arrays import locked
from annulus._typing import FloatArray
from annulus.errors import InputError
from annulus.geometry._loop import Loop
from annulus.geometry._surface import Surface
from annulus.kernels.plateau import harmonic_extension, minimal_disk

__all__ = ["MinimalSurface", "minimal_surface"]

_TOLERANCE = 1e-8
_MAX_ITERATIONS = 60


@dataclass(frozen=True, eq=False, slots=True)
class MinimalSurface:
    """Solution of Plateau's problem for one loop.

    Parameters
    ----------
    area
        Area of the surface [mm2]: Dirichlet energy of its conformal parameterisation.
    boundary
        Points of the loop's spline at equal angles of the unit circle [mm], shape (n, 3).
    converged
        The gradient fell below its tolerance and the boundary is traversed once, without turning back.
    iterations
        Newton steps.
    residual
        Largest entry of the gradient over (loop length / n) [mm].
    """

    area: float
    boundary: FloatArray
    converged: bool
    iterations: int
    residual: float

    def to_surface(self, n_rings: int = 16) -> Surface:
        """Triangles over the disk: `n_rings` rings of as many points as `boundary`, and the centre."""
        if n_rings < 1:
            raise InputError(f"n_rings must be at least 1; got {n_rings}.")
        n = len(self.boundary)
        radii = np.arange(n_rings) / n_rings
        inner = harmonic_extension(self.boundary, radii, n)
        rings = [*inner[1:], self.boundary]
        points = np.vstack([inner[:1, 0], *rings])
        here = np.arange(n)
        after = (here + 1) % n
        triangles = [np.column_stack([np.zeros(n, dtype=np.int64), 1 + here, 1 + after])]
        for ring in range(n_rings - 1):
            low, high = 1 + ring * n, 1 + (ring + 1) * n
            triangles.append(np.column_stack([low + here, high + here, high + after]))
            triangles.append(np.column_stack([low + here, high + after, low + after]))
        return Surface(points, np.vstack(triangles))


def minimal_surface(loop: Loop, *, n_points: int = 96) -> MinimalSurface:
    """Minimal surface of disk type spanned by the periodic spline of `loop`.

    Douglas' functional on the unit circle instead of a mesh: for a smooth loop the area converges faster than any mesh
    refinement would (``tests/convergence/test_minimal_surface.py``). A loop may bound several minimal surfaces; the one
    found is the local minimum next to the harmonic disk over equal arc lengths, for an annulus the only one.

    Parameters
    ----------
    loop
        Boundary.
    n_points
        Points on the circle, a multiple of 6; 96 resolve an annulus to about 1e-6 of its area.

    Raises
    ------
    InputError
        `n_points` is not a positive multiple of 6.
    """
    if n_points < 12 or n_points % 6:
        raise InputError(f"n_points must be a multiple of 6, at least 12; got {n_points}.")
    boundary, area, iterations, residual, once = minimal_disk(loop.points, n_points, _TOLERANCE, _MAX_ITERATIONS)
    converged = bool(residual < _TOLERANCE and once)
    return MinimalSurface(float(area), locked(boundary), converged, int(iterations), float(residual))
