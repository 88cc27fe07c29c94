"""The valve as one mesh: both leaflets stress-free, the hinge on the annulus, chordae to the papillary tips."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from annulus._arrays import locked, points_array, values_array
from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.errors import InputError
from annulus.geometry import Frame, Loop, Surface, directed_edges, vertex_areas

__all__ = ["ANTERIOR", "CHORDAE_GROUPS", "NO_CHORDAE", "POSTERIOR", "Chordae", "Valve"]

ANTERIOR = 0
"""Leaflet number of the anterior leaflet's triangles."""

POSTERIOR = 1
"""Leaflet number of the posterior leaflet's triangles."""

CHORDAE_GROUPS = ("marginal", "basal", "strut")
"""Groups of chordae by where they insert: free edge, body of the leaflet, strut of the anterior leaflet."""


def _whole(name: str, values: ArrayLike) -> IntArray:
    given = np.asarray(values)
    if given.size and not (np.isfinite(given) & (given == np.trunc(given))).all():
        raise InputError(f"{name} must be whole numbers; got {given[given != np.trunc(given)].ravel()[0]}.")
    return np.array(given, dtype=np.int64, order="C")


def _numbers(name: str, values: ArrayLike, *, length: int | None, below: int) -> IntArray:
    array = _whole(name, values)
    if array.ndim != 1 or (length is not None and len(array) != length):
        raise InputError(f"{name} must have shape ({'k' if length is None else length},); got {array.shape}.")
    if array.size and (array.min() < 0 or array.max() >= below):
        raise InputError(f"{name} must lie in [0, {below}); got {array.min()} to {array.max()}.")
    return locked(array)


_STRETCHED = (0.8, 3.0)
"""Present over rest area of the sheet within which its thickness follows [1]."""


_MANY = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class Chordae:
    """Tension-only chordae from places on the leaflets to papillary tips; a fan is several chordae of one tip.

    Parameters
    ----------
    corners, weights
        Vertices of the triangle that each chorda inserts on, and the place's barycentric coordinates there [1], shape
        (c, 3); `at_vertices` makes chordae that insert at vertices.
    tip
        Papillary tip of each chorda, shape (c,).
    stiffness_n_per_mm
        Force per stretch beyond the slack length [N/mm], shape (c,).
    length_mm
        Slack length [mm], shape (c,).
    group
        Index into `CHORDAE_GROUPS`, shape (c,).
    """

    corners: IntArray
    weights: FloatArray
    tip: IntArray
    stiffness_n_per_mm: FloatArray
    length_mm: FloatArray
    group: IntArray

    def __post_init__(self) -> None:
        tip = _numbers("chordae tip", self.tip, length=None, below=_MANY)
        object.__setattr__(self, "tip", tip)
        corners, weights = _whole("chordae corners", self.corners), np.array(self.weights, dtype=np.float64)
        if corners.shape != (len(tip), 3) or weights.shape != corners.shape:
            raise InputError(
                f"chordae corners and weights must have shape ({len(tip)}, 3); got {corners.shape} and {weights.shape}."
            )
        if corners.size and corners.min() < 0:
            raise InputError(f"chordae corners must be numbers of vertices; got {corners.min()}.")
        if not (np.abs(weights.sum(axis=1) - 1.0) < 1e-6).all() or (weights < 0.0).any():
            raise InputError("chordae weights must be barycentric coordinates: not negative, their sum 1.")
        object.__setattr__(self, "corners", locked(corners))
        object.__setattr__(self, "weights", locked(weights))
        group = _numbers("chordae group", self.group, length=len(tip), below=len(CHORDAE_GROUPS))
        object.__setattr__(self, "group", group)
        for name in ("stiffness_n_per_mm", "length_mm"):
            values = values_array(f"chordae {name}", getattr(self, name), length=len(tip))
            if (values <= 0.0).any():
                raise InputError(f"chordae {name} must be positive; got {values.min():g}.")
            object.__setattr__(self, name, values)

    def __len__(self) -> int:
        return len(self.tip)

    @classmethod
    def at_vertices(
        cls, vertex: ArrayLike, tip: ArrayLike, stiffness_n_per_mm: ArrayLike, length_mm: ArrayLike, group: ArrayLike
    ) -> Chordae:
        """Chordae that insert at vertices, shape (c,)."""
        corners = np.repeat(_numbers("chordae vertex", vertex, length=None, below=_MANY)[:, None], 3, axis=1)
        weights = np.tile([1.0, 0.0, 0.0], (len(corners), 1))
        return cls(corners, weights, *(np.asarray(item) for item in (tip, stiffness_n_per_mm, length_mm, group)))

    def ends(self, points: FloatArray) -> FloatArray:
        """Places on the leaflets [mm], shape (c, 3), of the valve with its vertices at `points` (n, 3)."""
        return np.asarray(np.einsum("ck,ckd->cd", self.weights, points[self.corners]), dtype=np.float64)

    def with_lengths(self, length_mm: ArrayLike) -> Chordae:
        """The same chordae (section and modulus) with other slack lengths [mm], shape (c,): k L stays."""
        length = values_array("chordae length_mm", length_mm, length=len(self))
        if (length <= 0.0).any():
            raise InputError(f"chordae length_mm must be positive; got {length.min():g}.")
        stiffness = self.stiffness_n_per_mm * self.length_mm / length
        return replace(self, length_mm=length, stiffness_n_per_mm=stiffness)

    def __reduce__(self) -> tuple[type[Chordae], tuple[object, ...]]:
        return type(self), tuple(getattr(self, item.name) for item in fields(self))


def _no_chordae() -> Chordae:
    whole, real = np.empty(0, dtype=np.int64), np.empty(0)
    return Chordae.at_vertices(whole, whole, real, real, whole)


NO_CHORDAE = _no_chordae()
"""No chordae at all."""


@dataclass(frozen=True, eq=False)
class Valve:
    """Both leaflets as one triangle mesh in their stress-free shape.

    Parameters
    ----------
    surface
        Mid-surface, triangle normals towards the atrium. Vertices [mm], shape (n, 3).
    leaflet
        `ANTERIOR` or `POSTERIOR` for each triangle, shape (m,).
    hinge
        Vertices on the annulus in order, counter-clockwise seen from the atrium, shape (k,).
    thickness_mm
        Thickness of each triangle in the stress-free shape [mm], shape (m,).
    tips
        Papillary tips [mm], shape (p, 3); p = 0 without chordae.
    chordae
        Chordae from the leaflets to the tips.

    Raises
    ------
    InputError
        Shapes that do not fit, a mesh that is not manifold or not consistently wound, a chorda to nowhere, a papillary
        tip above the annulus, a hinge vertex twice, a thickness that is not positive.
    """

    surface: Surface
    leaflet: IntArray
    hinge: IntArray
    thickness_mm: FloatArray
    tips: FloatArray
    chordae: Chordae

    def __post_init__(self) -> None:
        n, m = len(self.surface.points), len(self.surface.triangles)
        object.__setattr__(self, "leaflet", _numbers("leaflet", self.leaflet, length=m, below=2))
        hinge = _numbers("hinge", self.hinge, length=None, below=n)
        if len(hinge) < 3 or len(np.unique(hinge)) != len(hinge):
            raise InputError(f"hinge must name at least 3 different vertices; got {len(hinge)}.")
        object.__setattr__(self, "hinge", hinge)
        thickness = values_array("thickness_mm", self.thickness_mm, length=m)
        if (thickness <= 0.0).any():
            raise InputError(f"thickness_mm must be positive; got {thickness.min():g}.")
        object.__setattr__(self, "thickness_mm", thickness)
        object.__setattr__(self, "tips", points_array("papillary tips", self.tips, at_least=0))
        chordae = self.chordae
        if len(chordae) and (chordae.corners.max() >= n or chordae.tip.max() >= len(self.tips)):
            raise InputError(
                f"chordae must join the valve's {n} vertices to its {len(self.tips)} papillary tips; "
                f"got vertex {chordae.corners.max()} and tip {chordae.tip.max()}."
            )
        _require_manifold(self.surface.triangles)
        self._require_chordae_off_hinge()
        self._require_tips_below()

    def _require_chordae_off_hinge(self) -> None:
        used = np.setdiff1d(self.surface.triangles, self.hinge)
        held = np.isin(self.chordae.corners, used) & (self.chordae.weights > 0.0)
        stray = self.chordae.corners[~held.any(axis=1), 0]
        if len(stray):
            raise InputError(
                f"chordae must insert on a leaflet, off the hinge; vertex {stray[0]} is not there: take another vertex."
            )

    def _require_tips_below(self) -> None:
        # A hinge that does not go round (a test piece) has no plane.
        area = Loop(self.surface.points[self.hinge]).area_vector
        if np.linalg.norm(area) < 1e-6 * np.ptp(self.surface.points, axis=0).max() ** 2:
            return
        centre = self.surface.points[self.hinge].mean(axis=0)
        height = (self.tips - centre) @ area / np.linalg.norm(area)
        if (height >= 0.0).any():
            raise InputError(
                f"papillary tips must lie below the annulus plane; tip {int(height.argmax())} is {height.max():.1f} mm "
                "above it: check the side of the atrium, or the direction of the hinge."
            )

    def __reduce__(self) -> tuple[type[Valve], tuple[object, ...]]:
        return type(self), tuple(getattr(self, item.name) for item in fields(self))

    @cached_property
    def frame(self) -> Frame:
        """Frame of the hinge: origin at its mean, +z to the atrium, +y from its posterior to its anterior vertices.

        Raises
        ------
        InputError
            The hinge does not go round, or has vertices of one leaflet only.
        """
        points = self.surface.points
        of = [np.intersect1d(self.hinge, self.surface.triangles[self.leaflet == number]) for number in (0, 1)]
        if not (len(of[ANTERIOR]) and len(of[POSTERIOR])):
            raise InputError("a valve's frame needs hinge vertices of both leaflets; one leaflet has none.")
        towards = points[of[ANTERIOR]].mean(axis=0) - points[of[POSTERIOR]].mean(axis=0)
        return Frame.from_normal(
            points[self.hinge].mean(axis=0), z=Loop(points[self.hinge]).area_vector, y_towards=towards
        )

    def stretched_thickness(self, points: FloatArray) -> FloatArray:
        """Mean thickness around each vertex with the vertices at `points` (n, 3), the tissue incompressible [mm], (n,).

        Never more than 1.25 and less than a third of that at rest: beyond lie crumpled triangles.
        """
        stretch = vertex_areas(points, self.surface.triangles) / np.where(self.areas > 0.0, self.areas, 1.0)
        return self.thickness / np.clip(stretch, *_STRETCHED)

    @cached_property
    def areas(self) -> FloatArray:
        """Area around each vertex at rest [mm2], shape (n,); 0 where there is no triangle."""
        return locked(vertex_areas(self.surface.points, self.surface.triangles))

    @cached_property
    def thickness(self) -> FloatArray:
        """Mean thickness around each vertex at rest [mm], shape (n,); 0 where there is no triangle."""
        volume = vertex_areas(self.surface.points, self.surface.triangles, self.thickness_mm)
        return locked(volume / np.where(self.areas > 0.0, self.areas, 1.0))

    @cached_property
    def free_edge(self) -> IntArray:
        """Vertices of open edges off the hinge, shape (f,)."""
        edges = np.sort(directed_edges(self.surface.triangles), axis=1)
        unique, count = np.unique(edges, axis=0, return_counts=True)
        return locked(np.setdiff1d(unique[count == 1], self.hinge))

    @cached_property
    def shared(self) -> IntArray:
        """Vertices of both leaflets (along the commissures), shape (s,)."""
        triangles = self.surface.triangles
        front = np.unique(triangles[self.leaflet == ANTERIOR])
        return locked(np.intersect1d(front, np.unique(triangles[self.leaflet == POSTERIOR])))


def _require_manifold(triangles: IntArray) -> None:
    """An edge has at most two triangles, and two run along it in opposite directions."""
    if (np.sort(triangles, axis=1)[:, 1:] == np.sort(triangles, axis=1)[:, :-1]).any():
        raise InputError("the valve's triangles must have three different vertices; one has a vertex twice.")
    directed = directed_edges(triangles)
    # An edge as one number: rows are slow to sort.
    first, second = directed.T
    vertices = int(directed.max(initial=0)) + 1
    _, count = np.unique(np.minimum(first, second) * vertices + np.maximum(first, second), return_counts=True)
    if (count > 2).any():
        raise InputError(
            f"the valve's mesh must be manifold; {int((count > 2).sum())} edges have more than two triangles: "
            "weld the leaflets and take out double sheets."
        )
    if len(np.unique(first * vertices + second)) != len(directed):
        raise InputError("the valve's triangles must all face the atrium; some neighbours are wound the other way.")
