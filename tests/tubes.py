"""Tubes and valves of known axis, radius and annulus, from which the extraction must find them again."""

from __future__ import annotations

import numpy as np

from annulus.geometry import Curve, Loop, Surface, swept_tube

__all__ = [
    "arc", "band_walls", "facing_pools", "flared", "half_moon", "helix", "hollow", "leaflets", "merged", "noisy",
    "renumbered", "ring_tube", "rotation", "saddle", "segment", "soup", "winding",
]  # fmt: skip


def segment(n: int = 121, length: float = 60.0, radius: float | tuple[float, float] = 2.0) -> Curve:
    t = np.linspace(0.0, 1.0, n)
    return _with_radius(np.column_stack([0.0 * t, 0.0 * t, length * t]), radius)


def arc(n: int = 121, bend: float = 25.0, radius: float | tuple[float, float] = 2.0) -> Curve:
    """216 degrees of a circle of radius `bend`: the torus arc."""
    t = np.linspace(0.0, 1.2 * np.pi, n)
    return _with_radius(bend * np.column_stack([np.cos(t), np.sin(t), 0.0 * t]), radius)


def helix(n: int = 301, radius: float | tuple[float, float] = 2.0) -> Curve:
    t = np.linspace(0.0, 4.0 * np.pi, n)
    return _with_radius(np.column_stack([12.0 * np.cos(t), 12.0 * np.sin(t), 2.2 * t]), radius)


def winding(n: int = 161, radius: float | tuple[float, float] = (2.5, 1.6)) -> Curve:
    """A vein's way, 75 mm about an ellipse and out of its plane: no symmetry."""
    t = np.linspace(0.0, 1.0, n)
    return _with_radius(
        np.column_stack([30.0 * np.cos(2.6 * t), 26.0 * np.sin(2.6 * t), 14.0 * t * t - 6.0 * t]), radius
    )


def flared(*, mouth: float = 3.0, slant: float = 0.8, n_around: int = 32) -> tuple[Curve, Surface]:
    """Axis of `winding` and its tube: the mouth `mouth` times as wide, cut so obliquely that it runs on as a trough."""
    axis = winding()
    s = axis.arc_lengths
    wide = Curve(axis.points, axis.radius * (1.0 + (mouth - 1.0) * np.clip(1.0 - s / 5.0, 0.0, 1.0) ** 2))
    tube = swept_tube(wide, closed_ends=False, n_around=n_around)
    ahead = axis.tangents[0]
    side = np.cross(ahead, [0.0, 0.0, 1.0])
    middles = tube.corners.mean(axis=1) - axis.points[0]
    kept = middles @ ahead + slant * (middles @ side) / np.linalg.norm(side) > 2.0
    return axis, Surface(tube.points, tube.triangles[kept])


def rotation(generator: np.random.Generator) -> np.ndarray:
    """A rotation, uniform over all, shape (3, 3)."""
    matrix, upper = np.linalg.qr(generator.normal(size=(3, 3)))
    matrix = matrix * np.sign(np.diag(upper))
    matrix[:, 0] *= np.sign(np.linalg.det(matrix))
    return matrix


def renumbered(surface: Surface, generator: np.random.Generator) -> Surface:
    """Same surface: vertices, triangles and the first corner of each in another order."""
    order = generator.permutation(len(surface.points))
    triangles = np.argsort(order)[surface.triangles][generator.permutation(len(surface.triangles))]
    first = (generator.integers(0, 3, size=len(triangles))[:, None] + np.arange(3)) % 3
    return Surface(surface.points[order], np.take_along_axis(triangles, first, axis=1))


def _with_radius(points: np.ndarray, radius: float | tuple[float, float]) -> Curve:
    ends = radius if isinstance(radius, tuple) else (radius, radius)
    return Curve(points, np.linspace(*ends, len(points)))


def half_moon(n: int, *, thickness: float, bend: float) -> np.ndarray:
    """Outline of area pi about its own area centroid: an ellipse bent along a parabola."""
    turn = 2.0 * np.pi * np.arange(n) / n
    x = 1.3 * np.cos(turn)
    outline = np.column_stack([x, thickness * np.sin(turn) + bend * x * x])
    after = np.roll(outline, -1, axis=0)
    cross = outline[:, 0] * after[:, 1] - after[:, 0] * outline[:, 1]
    area = 0.5 * cross.sum()
    centre = ((outline + after) * cross[:, None]).sum(axis=0) / (6.0 * area)
    return (outline - centre) / np.sqrt(area / np.pi)


def merged(*surfaces: Surface) -> Surface:
    offsets = np.cumsum([0] + [len(s.points) for s in surfaces[:-1]])
    return Surface(
        np.vstack([s.points for s in surfaces]),
        np.vstack([s.triangles + k for s, k in zip(surfaces, offsets, strict=True)]),
    )


def hollow(curve: Curve, *, wall: float = 0.6, rims: tuple[bool, bool] = (False, False), n_around: int = 24) -> Surface:
    """Two walls `wall` mm apart, open at the ends or joined there by flat rims."""
    outer = swept_tube(curve, n_around=n_around, closed_ends=False)
    inner = swept_tube(Curve(curve.points, curve.radius - wall), n_around=n_around, closed_ends=False)
    both = merged(outer, Surface(inner.points, inner.triangles[:, ::-1]))
    n = len(outer.points)
    triangles = [both.triangles]
    for wanted, first in zip(rims, (0, n - n_around), strict=True):
        if wanted:
            here = first + np.arange(n_around)
            there = first + (np.arange(n_around) + 1) % n_around
            triangles += [np.column_stack([here, there, here + n]), np.column_stack([there, there + n, here + n])]
    return Surface(both.points, np.vstack(triangles))


def soup(surface: Surface) -> Surface:
    """Every triangle with its own three vertices."""
    return Surface(surface.corners.reshape(-1, 3), np.arange(3 * len(surface.triangles)).reshape(-1, 3))


def noisy(surface: Surface, sigma: float, seed: int = 1) -> Surface:
    rng = np.random.default_rng(seed)
    return Surface(surface.points + rng.normal(scale=sigma, size=surface.points.shape), surface.triangles)


def saddle(n: int = 360, *, height: float = 3.0) -> Loop:
    """D-shaped saddle of 36 x 30 mm, the annulus to be found again; the atrium lies at +z."""
    t = 2.0 * np.pi * np.arange(n) / n
    rho = 16.5 + 1.5 * np.cos(2.0 * t) - 0.8 * np.sin(t) + 0.4 * np.sin(3.0 * t)
    return Loop(np.column_stack([rho * np.cos(t), rho * np.sin(t), -height * np.cos(2.0 * t)]))


def ring_tube(loop: Loop, radius: float, *, n_around: int = 16, gap: int = 0) -> Surface:
    """Closed tube round a loop about the z axis; `gap` leaves out that many of its pieces."""
    ahead = np.roll(loop.points, -1, axis=0) - np.roll(loop.points, 1, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    side = np.cross(ahead, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.cross(side, ahead)
    turn = 2.0 * np.pi * np.arange(n_around) / n_around
    offsets = np.cos(turn)[:, None] * side[:, None] + np.sin(turn)[:, None] * up[:, None]
    points = (loop.points[:, None] + radius * offsets).reshape(-1, 3)
    ring, spoke = (k.ravel() for k in np.meshgrid(np.arange(len(loop) - gap), np.arange(n_around), indexing="ij"))
    a, b = ring * n_around + spoke, ring * n_around + (spoke + 1) % n_around
    c, d = ((ring + 1) % len(loop)) * n_around + spoke, ((ring + 1) % len(loop)) * n_around + (spoke + 1) % n_around
    return Surface(points, np.vstack([np.column_stack([a, b, d]), np.column_stack([a, d, c])]))


def leaflets(loop: Loop, *, split: float = 0.0) -> list[Surface]:
    """Anterior and posterior sheet hanging from the loop into the ventricle, `split` radians cut at each commissure."""
    n = len(loop)
    centre = loop.centroid
    rows = []
    for u in np.linspace(0.0, 1.0, 12):
        rows.append(centre + (loop.points - centre) * (1.0 - 0.55 * u) - np.array([0.0, 0.0, 14.0 * u]))
    points = np.vstack(rows)
    angle = 2.0 * np.pi * (np.arange(n) + 0.5) / n
    sheets = []
    for half in (angle < np.pi, angle >= np.pi):
        from_commissure = np.minimum(angle % np.pi, np.pi - angle % np.pi)
        inside = half & (from_commissure > 0.5 * split)
        columns = np.flatnonzero(inside)
        triangles = []
        for row in range(11):
            a, b = row * n + columns, row * n + (columns + 1) % n
            triangles += [np.column_stack([a, b, b + n]), np.column_stack([a, b + n, a + n])]
        sheets.append(Surface(points, np.vstack(triangles)))
    return sheets


def facing_pools(loop: Loop) -> tuple[Surface, Surface]:
    """Blood pools of atrium (up) and ventricle (down) that share the disc spanned by the loop."""
    return _dome(loop, 30.0), _dome(loop, -60.0)


def _dome(loop: Loop, height: float) -> Surface:
    n = len(loop)
    centre = loop.centroid
    rows = [centre + (loop.points - centre) * share for share in np.linspace(0.05, 1.0, 16)]
    for lift in np.linspace(0.05, 1.0, 16):
        share = np.cos(0.5 * np.pi * lift) * (1.0 + 1.2 * np.sqrt(lift)) + 0.02
        rows.append(centre + (loop.points - centre) * share + np.array([0.0, 0.0, height * lift]))
    return _sleeve(rows, n)


def band_walls(loop: Loop, thickness: float = 4.0) -> tuple[Surface, Surface]:
    """Walls of atrium and ventricle that touch in a band around the loop, the orifice left open."""
    centre = loop.centroid
    outer = centre + (loop.points - centre) * (1.0 + thickness / 16.5)
    walls = []
    for height in (25.0, -50.0):
        lift = np.array([0.0, 0.0, height])
        rows = [loop.points + lift * u for u in np.linspace(1.0, 0.0, 8)] + [0.5 * (loop.points + outer)]
        rows += [outer + lift * u for u in np.linspace(0.0, 1.0, 8)]
        walls.append(_sleeve(rows, len(loop)))
    return walls[0], walls[1]


def _sleeve(rows: list[np.ndarray], n: int) -> Surface:
    here, there = np.arange(n), (np.arange(n) + 1) % n
    triangles = []
    for row in range(len(rows) - 1):
        a, b = row * n + here, row * n + there
        triangles += [np.column_stack([a, b, b + n]), np.column_stack([a, b + n, a + n])]
    return Surface(np.vstack(rows), np.vstack(triangles))
