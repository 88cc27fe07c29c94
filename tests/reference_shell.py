"""Solid shell of the independent finite-element solutions of leaflet closure, made anew in plain NumPy.

Triangles with two displaced faces (6 unknowns a vertex), linear through the thickness, 3 x 2 Gauss points, the law
``W = c0/2 (I - 3) + c1/2 (exp(c2 (I - 3)^2) - 1)`` of ``I = J^(-2/3) tr(F^T F)`` plus ``K/2 (ln J)^2`` of the mean J of
the element (three fields), half of the pressure on each face, chordae on the atrial face, both faces held at the
annulus. Where chordae attach can be changed, to measure what that choice is worth.

The director is the mean of the adjacent unit facet normals, not made a unit vector again: so the published final
positions are in equilibrium, with a unit vector they are not. Their bottom face was written with the unit vector;
`published_faces` moves it, by up to 0.009 mm. Units mm, N, MPa; rows 0..n-1 are top (atrial), n..2n-1 bottom.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from annulus.anatomy.valve import Valve

__all__ = ["PRESSURE_MPA", "SolidShell", "chorda_tensions", "out_of_balance", "published_faces", "relax", "solid_shell"]

PRESSURE_MPA = 0.0133322
C0_MPA, C1_MPA, C2 = 0.01, 0.000209, 9.046
BULK_MPA = 5.0
# Body damping of the finite-element run, density times rate [N s/mm4]; only the path depends on it.
DRAG = 1e-4
EPSILON = np.zeros((3, 3, 3))
EPSILON[[0, 1, 2], [1, 2, 0], [2, 0, 1]] = 1.0
EPSILON[[0, 2, 1], [2, 1, 0], [1, 0, 2]] = -1.0


@dataclass(frozen=True, eq=False)
class SolidShell:
    """Valve with its faces, shape gradients (m, 6, 6, 3) and volumes (m, 6) of the Gauss points."""

    valve: Valve
    faces: np.ndarray
    gradients: np.ndarray
    volumes: np.ndarray
    bulk_mpa: float = BULK_MPA
    chordae_at_middle: bool = False

    @property
    def elements(self) -> np.ndarray:
        triangles = self.valve.surface.triangles
        return np.hstack([triangles, triangles + len(self.faces) // 2])

    def with_chordae_at_middle(self) -> SolidShell:
        return replace(self, chordae_at_middle=True)


def solid_shell(valve: Valve) -> SolidShell:
    triangles = valve.surface.triangles
    top = valve.surface.points + 0.5 * _directors(valve.surface.points, triangles, unit=True)
    faces = np.vstack([top, top - _directors(top, triangles)])
    place = faces[np.hstack([triangles, triangles + len(top)])]
    gradients, volumes = [], []
    for zeta in (-(3.0**-0.5), 3.0**-0.5):
        for r, s in ((1 / 6, 1 / 6), (2 / 3, 1 / 6), (1 / 6, 2 / 3)):
            plane = np.array([[-1.0, -1.0], [1.0, 0.0], [0.0, 1.0]])
            across = 0.5 * np.array([[1 - r - s], [r], [s]])
            upper, lower = np.hstack([plane * (1 + zeta) / 2, across]), np.hstack([plane * (1 - zeta) / 2, -across])
            local = np.vstack([upper, lower])
            jacobian = np.einsum("eki,kj->eij", place, local)
            gradients.append(local @ np.linalg.inv(jacobian))
            volumes.append(np.linalg.det(jacobian) / 6.0)
    return SolidShell(valve, faces, np.stack(gradients, axis=1), np.stack(volumes, axis=1))


def published_faces(valve: Valve, top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Final faces of a published solution, its bottom moved to where the finite-element code had it."""
    reference = valve.surface.points + 0.5 * _directors(valve.surface.points, valve.surface.triangles, unit=True)
    unit, mean = (_directors(reference, valve.surface.triangles, unit=flag) for flag in (True, False))
    return np.vstack([top, bottom + unit - mean])


def chorda_tensions(shell: SolidShell, faces: np.ndarray) -> np.ndarray:
    return _chordae(shell, faces)[0]


def out_of_balance(shell: SolidShell, faces: np.ndarray, pressure: float = PRESSURE_MPA) -> np.ndarray:
    """Residual force of every node [N], (2n, 3); zero in equilibrium except where held."""
    return _assemble(shell, faces, pressure)[0]


def relax(
    shell: SolidShell, faces: np.ndarray, *, time_step: float = 0.01, tolerance: float = 1e-6, max_steps: int = 200
) -> np.ndarray:
    """Viscous flow to rest under full pressure: implicit Euler steps, Newton in each, the step grows where it is easy.

    `tolerance` [N] bounds the norm of all free residual forces; raises RuntimeError where the flow does not end.
    """
    free, drag = _freedom(shell), _drag(shell)
    for _ in range(max_steps):
        found, tries = _step(shell, faces, free, drag / time_step)
        if found is None:
            time_step *= 0.35
            continue
        faces = found
        if np.linalg.norm(free.T @ out_of_balance(shell, faces).ravel()) < tolerance:
            return faces
        time_step *= 1.6 if tries <= 5 else 1.1
    raise RuntimeError(f"not at rest after {max_steps} steps")


def _step(
    shell: SolidShell, start: np.ndarray, free: sp.csc_array, drag: sp.csc_array
) -> tuple[np.ndarray | None, int]:
    # Trial steps may overstretch an element: the exponential of the law then overflows, and the step is shortened.
    with np.errstate(over="ignore", invalid="ignore"):
        return _newton(shell, start, free, drag)


def _newton(
    shell: SolidShell, start: np.ndarray, free: sp.csc_array, drag: sp.csc_array
) -> tuple[np.ndarray | None, int]:
    faces = start
    for tries in range(12):
        force, stiffness = _assemble(shell, faces, PRESSURE_MPA, tangent=True)
        rest = free.T @ (force.ravel() + drag @ (faces - start).ravel())
        if not np.isfinite(rest).all():
            return None, tries
        if np.linalg.norm(rest) < 1e-7:
            return faces, tries
        matrix = (free.T @ (stiffness + drag) @ free).tocsc()
        order = {"permc_spec": "MMD_AT_PLUS_A", "diag_pivot_thresh": 0.01, "options": {"SymmetricMode": True}}
        move = (free @ splu(matrix, **order).solve(-rest)).reshape(-1, 3)
        share = min(1.0, 1.0 / np.abs(move).max())
        for _ in range(6):
            ahead = faces + share * move
            size = np.linalg.norm(free.T @ (out_of_balance(shell, ahead).ravel() + drag @ (ahead - start).ravel()))
            if size < (3.0 if tries < 4 else 1.0) * np.linalg.norm(rest):
                break
            share *= 0.5
        else:
            return None, tries
        faces = ahead
    return None, 12


def _assemble(
    shell: SolidShell, x: np.ndarray, pressure: float, *, tangent: bool = False
) -> tuple[np.ndarray, sp.csc_array | None]:
    n, triangles = len(x) // 2, shell.valve.surface.triangles
    parts = [(shell.elements, *_elastic(shell, x, tangent))]
    parts += [(face, *_pressure(x[face], 0.5 * pressure)) for face in (triangles, triangles + n)]
    _, pull, stiffness = _chordae(shell, x)
    vertex = shell.valve.chordae.corners[:, 0]
    share = np.array([0.5, 0.5]) if shell.chordae_at_middle else np.array([1.0, 0.0])
    matrices = np.einsum("a,b,eij->eaibj", share, share, stiffness).reshape(-1, 6, 6)
    parts.append((np.column_stack([vertex, vertex + n]), share[:, None] * pull[:, None], matrices))
    force = np.zeros_like(x)
    for nodes, forces, _ in parts:
        np.add.at(force, nodes, forces)
    if not tangent:
        return force, None
    rows, columns, values = [], [], []
    for nodes, _, matrices in parts:
        unknown = (3 * nodes[..., None] + np.arange(3)).reshape(len(nodes), -1)
        rows.append(np.repeat(unknown, unknown.shape[1], axis=1).ravel())
        columns.append(np.tile(unknown, unknown.shape[1]).ravel())
        values.append(matrices.ravel())
    places = (np.concatenate(rows), np.concatenate(columns))
    return force, sp.coo_array((np.concatenate(values), places), shape=(x.size, x.size)).tocsc()


def _elastic(shell: SolidShell, x: np.ndarray, tangent: bool) -> tuple[np.ndarray, np.ndarray]:
    place, gradients, volumes = x[shell.elements], shell.gradients, shell.volumes
    f = np.einsum("eki,egkj->egij", place, gradients)
    j = np.linalg.det(f)
    if (j <= 0.0).any():
        return np.full((len(place), 6, 3), np.inf), np.zeros((len(place), 18, 18))
    cofactor = j[..., None, None] * np.swapaxes(np.linalg.inv(f), -1, -2)
    i1 = np.einsum("egij,egij->eg", f, f)
    shrink = j ** (-2.0 / 3.0)
    excess = shrink * i1 - 3.0
    growth = np.exp(C2 * excess**2)
    first = volumes * (0.5 * C0_MPA + C1_MPA * C2 * excess * growth)
    second = volumes * C1_MPA * C2 * growth * (1.0 + 2.0 * C2 * excess**2)
    d_i1 = 2.0 * np.einsum("egij,egkj->egki", f, gradients)
    d_j = np.einsum("egij,egkj->egki", cofactor, gradients)
    d_bar = shrink[..., None, None] * (d_i1 - (2.0 / 3.0 * i1 / j)[..., None, None] * d_j)
    d_volume = np.einsum("eg,egki->eki", volumes, d_j)
    whole = volumes.sum(axis=1)
    mean = (volumes * j).sum(axis=1) / whole
    push = shell.bulk_mpa * np.log(mean) / mean
    forces = np.einsum("eg,egki->eki", first, d_bar) + push[:, None, None] * d_volume
    if not tangent:
        return forces, np.zeros((len(place), 0))
    m = len(place)
    d_i1, d_j, d_bar, d_volume = (a.reshape(*a.shape[:-2], 18) for a in (d_i1, d_j, d_bar, d_volume))
    slope = shell.bulk_mpa * (1.0 - np.log(mean)) / mean**2 / whole
    matrix = slope[:, None, None] * d_volume[:, :, None] * d_volume[:, None, :]
    matrix += np.einsum("eg,egp,egq->epq", second, d_bar, d_bar, optimize=True)
    mixed = np.einsum("eg,egp,egq->epq", -2.0 / 3.0 * first * shrink / j, d_i1, d_j, optimize=True)
    matrix += mixed + np.swapaxes(mixed, 1, 2)
    matrix += np.einsum("eg,egp,egq->epq", 10.0 / 9.0 * first * shrink * i1 / j**2, d_j, d_j, optimize=True)
    plain = np.einsum("eg,egkj,eglj->ekl", 2.0 * first * shrink, gradients, gradients, optimize=True)
    matrix += np.einsum("ekl,ij->ekilj", plain, np.eye(3)).reshape(m, 18, 18)
    weight = volumes * push[:, None] - 2.0 / 3.0 * first * shrink * i1 / j
    turned = np.cross(gradients[:, :, :, None, :], gradients[:, :, None, :, :])
    axis = np.einsum("eg,egmj,egklj->eklm", weight, f, turned, optimize=True)
    matrix += np.einsum("ijm,eklm->ekilj", EPSILON, axis).reshape(m, 18, 18)
    return forces, matrix


def _pressure(corners: np.ndarray, pressure: float) -> tuple[np.ndarray, np.ndarray]:
    """Minus the load of a pressure along the normal, a third to each corner, and its derivative."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    forces = np.repeat(-pressure / 6.0 * normal[:, None], 3, axis=1)
    sides = np.roll(corners, -1, axis=1) - np.roll(corners, -2, axis=1)
    column = -pressure / 6.0 * np.einsum("ijm,elm->eilj", EPSILON, sides)
    return forces, np.repeat(column[:, None], 3, axis=1).reshape(len(corners), 9, 9)


def _chordae(shell: SolidShell, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    chordae, n = shell.valve.chordae, len(x) // 2
    end = x[chordae.corners[:, 0]]
    if shell.chordae_at_middle:
        end = 0.5 * (end + x[chordae.corners[:, 0] + n])
    along = end - shell.valve.tips[chordae.tip]
    length = np.linalg.norm(along, axis=1)
    along /= length[:, None]
    tension = chordae.stiffness_n_per_mm * np.maximum(length - chordae.length_mm, 0.0)
    outer = along[:, :, None] * along[:, None, :]
    matrix = np.where(tension > 0.0, chordae.stiffness_n_per_mm, 0.0)[:, None, None] * outer
    matrix += (tension / length)[:, None, None] * (np.eye(3) - outer)
    return tension, tension[:, None] * along, matrix


def _directors(points: np.ndarray, triangles: np.ndarray, *, unit: bool = False) -> np.ndarray:
    corner = points[triangles]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    total, count = np.zeros_like(points), np.zeros(len(points))
    np.add.at(total, triangles, normal[:, None])
    np.add.at(count, triangles, 1.0)
    return total / (np.linalg.norm(total, axis=1) if unit else count)[:, None]


def _freedom(shell: SolidShell) -> sp.csc_array:
    """Columns: unknowns of the nodes that are not held."""
    n = len(shell.faces) // 2
    loose = np.flatnonzero(~np.isin(np.arange(2 * n) % n, shell.valve.hinge))
    return sp.kron(sp.eye_array(2 * n, format="csc")[:, loose], sp.eye_array(3)).tocsc()


def _drag(shell: SolidShell) -> sp.csc_array:
    plane = (np.ones((3, 3)) + np.eye(3)) / 12.0
    shares = np.kron(np.array([[2.0, 1.0], [1.0, 2.0]]) / 6.0, plane)
    values = shell.volumes.sum(axis=1)[:, None, None] * shares * DRAG
    elements, size = shell.elements, len(shell.faces)
    places = (np.repeat(elements, 6, axis=1).ravel(), np.tile(elements, 6).ravel())
    return sp.kron(sp.coo_array((values.ravel(), places), shape=(size, size)), sp.eye_array(3)).tocsc()
