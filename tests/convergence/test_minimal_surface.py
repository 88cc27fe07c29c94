"""The minimal surface against closed forms, and against an independent mesh method refined to its limit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve
from scipy.special import i1

from annulus.errors import InputError
from annulus.geometry import Loop, minimal_surface


def angles(n: int, skew: float = 0.3) -> np.ndarray:
    """Angles that are not the conformal ones, so that there is something to solve."""
    t = 2.0 * np.pi * np.arange(n) / n
    return t + skew * np.sin(t + 0.4)


def ellipse(n: int) -> np.ndarray:
    t = angles(n)
    return np.column_stack([20.0 * np.cos(t), 13.0 * np.sin(t), np.full(n, 3.0)])


def enneper(radius: float, n: int) -> np.ndarray:
    u, v = radius * np.cos(angles(n)), radius * np.sin(angles(n))
    return 20.0 * np.column_stack([u - u**3 / 3.0 + u * v**2, -v + v**3 / 3.0 - u**2 * v, u**2 - v**2])


def enneper_area(radius: float) -> float:
    """Integral of (1 + r^2)^2 over the disk."""
    return 400.0 * np.pi * ((1.0 + radius**2) ** 3 - 1.0) / 3.0


def catenoid(radius: float, n: int) -> np.ndarray:
    u, v = radius * np.cos(angles(n)), 0.2 + radius * np.sin(angles(n))
    return 20.0 * np.column_stack([np.cosh(v) * np.cos(u), np.cosh(v) * np.sin(u), v])


def helicoid(radius: float, n: int) -> np.ndarray:
    u, v = radius * np.cos(angles(n)), 0.2 + radius * np.sin(angles(n))
    return 20.0 * np.column_stack([np.sinh(v) * np.cos(u), np.sinh(v) * np.sin(u), u])


def catenoid_area(radius: float) -> float:
    """Integral of cosh(v)^2 over a disk of the parameter plane about (0, 0.2); the helicoid has the same metric."""
    return 400.0 * (0.5 * np.pi * radius**2 + 0.5 * np.pi * radius * i1(2.0 * radius) * np.cosh(0.4))


def saddle(n: int) -> np.ndarray:
    t = 2.0 * np.pi * np.arange(n) / n
    r = 17.0 - 1.5 * np.cos(t) - 2.5 * np.cos(2.0 * t)
    return np.column_stack([r * np.cos(t), r * np.sin(t), 3.0 * np.cos(2.0 * t) + 0.8 * np.cos(t)])


CASES = [
    pytest.param(ellipse, np.pi * 260.0, id="ellipse"),
    pytest.param(lambda n: enneper(0.4, n), enneper_area(0.4), id="enneper-0.4"),
    pytest.param(lambda n: enneper(0.8, n), enneper_area(0.8), id="enneper-0.8"),
    pytest.param(lambda n: catenoid(0.7, n), catenoid_area(0.7), id="catenoid"),
    pytest.param(lambda n: helicoid(0.7, n), catenoid_area(0.7), id="helicoid"),
]


@pytest.mark.parametrize(("boundary", "area"), CASES)
def test_area_of_known_minimal_surfaces(boundary, area: float) -> None:
    """Closed forms. 1e-7 is what the periodic spline through 400 boundary points leaves."""
    found = minimal_surface(Loop(boundary(400)), n_points=96)
    assert found.converged
    assert found.area == pytest.approx(area, rel=1e-7)


@pytest.mark.parametrize(("boundary", "area"), CASES)
def test_boundary_spline_converges_with_order_four(boundary, area: float) -> None:
    """A cubic spline is fourth order; the minimal surface adds nothing to its error."""
    coarse, fine = (abs(minimal_surface(Loop(boundary(n)), n_points=96).area - area) for n in (24, 48))
    assert np.log2(coarse / fine) > 3.5


def test_circle_points_converge_faster_than_any_mesh() -> None:
    """Doubling the points on the circle gains more than three orders, down to what the spline's own kinks leave."""
    loop = Loop(saddle(240))
    limit = minimal_surface(loop, n_points=192).area
    coarse, middle, fine = (abs(minimal_surface(loop, n_points=n).area / limit - 1.0) for n in (12, 24, 48))
    assert coarse / middle > 8.0
    assert fine < 1e-6


def disk_mesh(n_rings: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Triangles of the unit disk with 6 k points on ring k: points, triangles, angles of the last ring."""
    points, triangles, start = [np.zeros(2)], [], [0]
    for k in range(1, n_rings + 1):
        start.append(len(points))
        a = 2.0 * np.pi * np.arange(6 * k) / (6 * k)
        points.extend(np.column_stack([np.cos(a), np.sin(a)]) * k / n_rings)
    for k in range(1, n_rings + 1):
        inner, outer = max(1, 6 * (k - 1)), 6 * k
        at = lambda i, k=k, n=inner: start[k - 1] + i % n  # noqa: E731
        out = lambda i, k=k, n=outer: start[k] + i % n  # noqa: E731
        for side in range(6):
            for i in range(k):
                o, q = side * k + i, side * (k - 1) + i
                triangles.append([at(q), out(o), out(o + 1)])
                if i < k - 1:
                    triangles.append([at(q), out(o + 1), at(q + 1)])
    return np.array(points), np.array(triangles), 2.0 * np.pi * np.arange(6 * n_rings) / (6 * n_rings)


def mesh_area(boundary, n_rings: int) -> float:
    """Independent method: Pinkall and Polthier's cotangent iteration on a triangle mesh, boundary held."""
    flat, triangles, ring = disk_mesh(n_rings)
    dense = boundary(6 * n_rings)
    x = np.zeros((len(flat), 3))
    x[-len(ring) :] = dense
    x[: -len(ring), :2] = flat[: -len(ring)] * 15.0
    n_inner = len(x) - len(ring)

    def area() -> float:
        a, b, c = (x[triangles[:, k]] for k in range(3))
        return 0.5 * float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum())

    last = np.inf
    for _ in range(200):
        rows, columns, weights = [], [], []
        for k in range(3):
            i, j, o = triangles[:, k], triangles[:, (k + 1) % 3], triangles[:, (k + 2) % 3]
            u, v = x[i] - x[o], x[j] - x[o]
            cotangent = 0.5 * (u * v).sum(axis=1) / np.linalg.norm(np.cross(u, v), axis=1)
            rows += [i, j, i, j]
            columns += [j, i, i, j]
            weights += [-cotangent, -cotangent, cotangent, cotangent]
        stiffness = coo_matrix(
            (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))), shape=(len(x), len(x))
        ).tocsr()
        x[:n_inner] = spsolve(stiffness[:n_inner, :n_inner].tocsc(), -(stiffness[:n_inner, n_inner:] @ x[n_inner:]))
        now = area()
        if abs(last - now) < 1e-10 * now:
            break
        last = now
    return area()


def test_independent_mesh_method_converges_to_the_same_area() -> None:
    """Second order in the mesh, and Richardson's limit agrees to 1e-4."""
    exact = minimal_surface(Loop(saddle(400)), n_points=144).area
    areas = np.array([mesh_area(saddle, n) for n in (6, 12, 24)])
    order = np.log2((areas[1] - areas[0]) / (areas[2] - areas[1]))
    assert 1.7 < order < 2.3
    limit = areas[2] + (areas[2] - areas[1]) / 3.0
    assert limit == pytest.approx(exact, rel=1e-4)


def test_surface_of_the_film_has_its_area() -> None:
    """The triangles of the harmonic disk approach the Dirichlet energy from below, second order in the rings."""
    found = minimal_surface(Loop(saddle(240)), n_points=192)
    surface = found.to_surface(48)
    assert surface.area == pytest.approx(found.area, rel=1e-3)
    assert len(surface.points) == 1 + 48 * 192
    # Every edge but the boundary's is shared by two triangles.
    edges = np.sort(surface.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    counts = np.unique(edges, axis=0, return_counts=True)[1]
    assert (counts == 1).sum() == 192
    assert counts.max() == 2


def test_number_of_points_is_checked() -> None:
    with pytest.raises(InputError, match="multiple of 6"):
        minimal_surface(Loop(saddle(40)), n_points=100)
