"""The independent finite-element closures beside the working copy, and measures by their README's own definitions.

The folder ``shared/reference/leaflet-closure`` is not part of the project. Definitions are those of its section 2:
rasters of 0.1 and 0.5 mm over the least-squares plane of the annulus, contact where a triangle's atrial-face centroid
is within 0.5 mm of the other leaflet's atrial face. `tests/validation/test_febio_closures.py` applies them to the
finite-element shapes too, where they must give the recorded figures.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from annulus.anatomy.valve import Valve
from annulus.geometry import Surface
from annulus.kernels.ladders import nearest_distances

__all__ = [
    "FOLDER",
    "Reference",
    "atrial_face",
    "closure_figures",
    "load_reference",
    "surface_distance",
    "with_clamped_hinge",
]

FOLDER = Path("shared", "reference", "leaflet-closure")
"""Where the references lie beside the working copy."""

CONTACT_MM = 0.5
FINE_MM, COARSE_MM = 0.1, 0.5


@dataclass(frozen=True, eq=False)
class Reference:
    """Mid, atrial and ventricular faces (n, 3), chordal tensions [N] and recorded figures."""

    mid: np.ndarray
    top: np.ndarray
    bottom: np.ndarray
    chordae_tension_n: np.ndarray
    metrics: Mapping[str, float]


def load_reference(folder: Path, case: str) -> Reference:
    with np.load(folder / case / "result.npz") as data:
        faces = [data[name] for name in ("mid", "top", "bottom", "chordal_tension")]
    return Reference(*faces, json.loads((folder / case / "metrics.json").read_text(encoding="utf-8")))


def atrial_face(valve: Valve, mid: np.ndarray) -> np.ndarray:
    """Mid-surface plus half the thickness that incompressible tissue has left, along the mean unit normal."""
    triangles = valve.surface.triangles

    def areas(points: np.ndarray) -> np.ndarray:
        corners = points[triangles]
        return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])

    now, rest = areas(mid), areas(valve.surface.points)
    size = np.linalg.norm(now, axis=1)
    thin = valve.thickness_mm * np.linalg.norm(rest, axis=1) / size
    normal, thickness, count = np.zeros_like(mid), np.zeros(len(mid)), np.zeros(len(mid))
    for corner in triangles.T:
        np.add.at(normal, corner, now / size[:, None])
        np.add.at(thickness, corner, thin)
        np.add.at(count, corner, 1.0)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return mid + 0.5 * (thickness / count)[:, None] * normal


def plane_coordinates(valve: Valve, mid: np.ndarray) -> np.ndarray:
    """Points in axes whose third is the normal of the hinge's least-squares plane, upwards, origin on it."""
    hinge = mid[valve.hinge]
    centre = hinge.mean(axis=0)
    normal = np.linalg.svd(hinge - centre)[2][2]
    normal *= np.sign(normal[2])
    x = np.array([1.0, 0.0, 0.0]) - normal[0] * normal
    x /= np.linalg.norm(x)
    axes = np.column_stack([x, np.cross(normal, x), normal])
    return (mid - centre) @ axes


def _raster(polygon: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cell centres along x and y, and whether each lies inside the polygon (even-odd rule)."""
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    x, y = (np.arange(low[d] + 0.5 * step, high[d], step) for d in range(2))
    inside = np.zeros((len(y), len(x)), dtype=bool)
    for a, b in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        crossed = (a[1] > y) != (b[1] > y)
        place = a[0] + (y[crossed] - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
        inside[crossed] ^= x[None] < place[:, None]
    return x, y, inside


def _highest(points: np.ndarray, triangles: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Greatest height of the triangles over each cell centre; -inf where none covers it."""
    height = np.full((len(y), len(x)), -np.inf)
    for a, b, c in points[triangles]:
        det = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if abs(det) < 1e-12:
            continue
        low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
        i, j = (np.arange(*np.searchsorted(line, [low[d], high[d]])) for d, line in ((1, y), (0, x)))
        if not (len(i) and len(j)):
            continue
        dx, dy = x[j][None] - a[0], y[i][:, None] - a[1]
        v = (dx * (c[1] - a[1]) - dy * (c[0] - a[0])) / det
        w = (dy * (b[0] - a[0]) - dx * (b[1] - a[1])) / det
        z = np.where((v >= 0) & (w >= 0) & (v + w <= 1), a[2] + v * (b[2] - a[2]) + w * (c[2] - a[2]), -np.inf)
        part = height[i[0] : i[-1] + 1, j[0] : j[-1] + 1]
        np.maximum(part, z, out=part)
    return height


def surface_distance(
    valve: Valve, mid: np.ndarray, other: np.ndarray, leaflet: int, *, within: float = np.inf
) -> float:
    """Root mean square distance [mm] of a leaflet's free vertices, |x| < within, from the other shape of it."""
    triangles = valve.surface.triangles[valve.leaflet == leaflet]
    vertices = np.setdiff1d(triangles, valve.hinge)
    vertices = vertices[np.abs(other[vertices, 0]) < within]
    return float(np.sqrt((nearest_distances(mid[vertices], other[triangles]) ** 2).mean()))


def closure_figures(valve: Valve, mid: np.ndarray, top: np.ndarray, *, n_columns: int = 80) -> dict[str, float]:
    """Figures under the names of ``metrics.json``."""
    flat = plane_coordinates(valve, mid)
    triangles, polygon = valve.surface.triangles, flat[valve.hinge, :2]
    x, y, inside = _raster(polygon, FINE_MM)
    open_cells = inside & np.isneginf(_highest(flat, triangles, x, y))
    x, y, inside = _raster(polygon, COARSE_MM)
    height = _highest(flat, triangles, x, y)[inside]
    height = height[np.isfinite(height)]
    figures = {
        "residual_orifice_mm2": float(open_cells.sum()) * FINE_MM**2,
        "tenting_volume_mm3": float(np.maximum(-height, 0.0).sum()) * COARSE_MM**2,
        "billow_volume_mm3": float(np.maximum(height, 0.0).sum()) * COARSE_MM**2,
    }
    corners = mid[triangles]
    areas = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    # Triangles with a vertex of both leaflets touch by being joined.
    apart = ~np.isin(triangles, valve.shared).any(axis=1)
    faces = [top[triangles[(valve.leaflet == k) & apart]] for k in (0, 1)]
    for k, name in enumerate(("ant", "post")):
        own = (valve.leaflet == k) & apart
        touching = nearest_distances(top[triangles[own]].mean(axis=1), faces[1 - k]) <= CONTACT_MM
        figures[f"coapt_area_{name}_mm2"] = float(areas[own][touching].sum())
    met = []
    for k, (column, name) in enumerate(((0, "A2"), (n_columns // 2, "P2"))):
        rows = len(mid) // n_columns
        line = column * rows + np.arange(rows)
        share = np.linspace(0.0, rows - 1.0, 40 * (rows - 1) + 1)
        middle, atrial, local = (
            np.column_stack([np.interp(share, np.arange(rows), p[line, d]) for d in range(3)]) for p in (mid, top, flat)
        )
        step = np.linalg.norm(np.diff(middle, axis=0), axis=1)
        near = nearest_distances(atrial, faces[1 - k]) <= CONTACT_MM
        figures[f"{name}_deformed_length_mm"] = float(step.sum())
        # Each sample stands for the line around it.
        figures[f"coapt_height_{name}_mm"] = float(np.gradient(np.append(0.0, np.cumsum(step)))[near].sum())
        met.append((local[near, 2], local[-1, 2]))
    touching, edges = met[0][0], [end for _, end in met]
    figures["tenting_height_mm"] = -float(touching.max() if len(touching) else max(edges))
    return figures


def with_clamped_hinge(valve: Valve, *, n_columns: int = 80, n_rows: int = 10) -> Valve:
    """The valve with one more row of held vertices, straight on behind the hinge, so that the sheets cannot turn there.

    New vertices come last. The finite-element shells hold both faces at the annulus; `close_valve` holds a line.
    """
    columns = valve.surface.points.reshape(n_columns, n_rows + 1, 3)
    behind = 2.0 * columns[:, 0] - columns[:, 1]
    i = np.arange(n_columns)
    n, after = n_columns * (n_rows + 1), (i + 1) % n_columns
    a, b, c, d = n + i, n + after, after * (n_rows + 1), i * (n_rows + 1)
    one = np.stack([np.stack([a, b, d], 1), np.stack([b, c, d], 1)], 1)
    two = np.stack([np.stack([a, b, c], 1), np.stack([a, c, d], 1)], 1)
    more = np.where((i % 2 == 1)[:, None, None], two, one).reshape(-1, 3)
    leaflet = np.repeat(valve.leaflet.reshape(n_columns, -1)[:, 0], 2)
    thickness = np.repeat(valve.thickness_mm.reshape(n_columns, -1)[:, 0], 2)
    return Valve(
        Surface(np.concatenate([valve.surface.points, behind]), np.concatenate([valve.surface.triangles, more])),
        np.concatenate([valve.leaflet, leaflet]),
        np.concatenate([valve.hinge, n + i]),
        np.concatenate([valve.thickness_mm, thickness]),
        valve.tips,
        valve.chordae,
    )
