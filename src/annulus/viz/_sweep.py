"""Sweep an ellipse along a curve: tubes of changing radius, ribbons, wires."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from annulus._typing import FloatArray, IntArray
from annulus.kernels.curves import parallel_transport

__all__ = ["smooth_curve", "smooth_loop", "sweep", "tangents_of", "tube_axes"]


def smooth_curve(points: FloatArray, n_points: int) -> FloatArray:
    """Points equally spaced in the parameter of a spline through open `points` [mm], shape (n_points, 3)."""
    if len(points) < 3:
        return np.linspace(points[0], points[-1], n_points)
    s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    return CubicSpline(s, points, bc_type="natural")(np.linspace(0.0, s[-1], n_points))


def smooth_loop(points: FloatArray, n_points: int) -> FloatArray:
    """Points equally spaced in the parameter of a periodic spline through a closed loop [mm], shape (n_points, 3)."""
    closed = np.vstack([points, points[:1]])
    s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    return CubicSpline(s, closed, bc_type="periodic")(np.linspace(0.0, s[-1], n_points, endpoint=False))


def tangents_of(points: FloatArray, *, closed: bool) -> FloatArray:
    """Unit tangents by central differences, shape (n, 3)."""
    if closed:
        slope = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    else:
        slope = np.gradient(points, axis=0)
    return slope / np.linalg.norm(slope, axis=1, keepdims=True)


def tube_axes(points: FloatArray, radius: FloatArray | float, *, closed: bool) -> tuple[FloatArray, FloatArray]:
    """Twist-free semi-axes of a round tube, two arrays of shape (n, 3); a closed tube's twist is spread evenly."""
    tangents = tangents_of(points, closed=closed)
    first = np.cross(tangents[0], np.eye(3)[np.argmin(np.abs(tangents[0]))])
    first /= np.linalg.norm(first)
    along = np.vstack([tangents, tangents[:1]]) if closed else tangents
    normals = np.asarray(parallel_transport(np.ascontiguousarray(along), first))
    if closed:
        last, normals = normals[-1], normals[:-1]
        twist = np.arctan2(np.cross(last, first) @ tangents[0], last @ first)
        angle = twist * np.arange(len(points))[:, None] / len(points)
        normals = np.cos(angle) * normals + np.sin(angle) * np.cross(tangents, normals)
    size = np.broadcast_to(np.asarray(radius, dtype=np.float64), (len(points),))[:, None]
    return size * normals, size * np.cross(tangents, normals)


def sweep(
    points: FloatArray, u: FloatArray, v: FloatArray, *, closed: bool, n_sides: int = 28, capped: bool = True
) -> tuple[FloatArray, IntArray, IntArray]:
    """Surface of an ellipse with semi-axes `u`, `v` swept along `points`, each of shape (n, 3) [mm].

    Returns
    -------
    points, triangles, station
        Vertices, shape (m, 3), triangles, shape (t, 3), and for every vertex its row in `points`, shape (m,).
    """
    n = len(points)
    phase = 2.0 * np.pi * np.arange(n_sides) / n_sides
    rings = points[:, None] + np.cos(phase)[None, :, None] * u[:, None] + np.sin(phase)[None, :, None] * v[:, None]
    station = np.repeat(np.arange(n), n_sides)
    index = np.arange(n * n_sides).reshape(n, n_sides)
    if closed:
        index = np.vstack([index, index[:1]])
    a, b = index[:-1], index[1:]
    c, d = np.roll(a, -1, axis=1), np.roll(b, -1, axis=1)
    triangles = np.concatenate(
        [np.stack([a, c, b], axis=-1).reshape(-1, 3), np.stack([c, d, b], axis=-1).reshape(-1, 3)]
    )
    vertices = rings.reshape(-1, 3)
    if capped and not closed:
        # Caps have their own ring of vertices, so that their edge stays sharp under smooth shading.
        for row, turn in ((0, 1), (n - 1, -1)):
            start = len(vertices)
            vertices = np.vstack([vertices, rings[row], points[row : row + 1]])
            station = np.append(station, np.full(n_sides + 1, row))
            ring = start + np.arange(n_sides)
            fan = np.stack([np.full(n_sides, start + n_sides), np.roll(ring, -turn), ring], axis=-1)
            triangles = np.vstack([triangles, fan])
    return vertices, triangles, station
