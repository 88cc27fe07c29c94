"""The mitral annulus: a closed curve with named landmarks and the frame that they define."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import numpy as np

from annulus._arrays import locked, vector_array
from annulus._typing import ArrayLike, FloatArray
from annulus.errors import InputError
from annulus.geometry import Frame, Loop
from annulus.kernels.loops import marks_in_order, star_shaped

__all__ = ["LANDMARKS", "REQUIRED_LANDMARKS", "Annulus"]

REQUIRED_LANDMARKS = ("A", "P", "AL", "PM")
"""Mid-anterior (saddle horn), mid-posterior, anterolateral, posteromedial."""

LANDMARKS = (*REQUIRED_LANDMARKS, "LT", "RT", "ALC", "PMC")
"""All landmarks: the four required ones, left and right trigone, anterolateral and posteromedial commissure."""

_PAIRS_AT_ONCE = 1_000_000

_LANDMARK_REACH = 0.1
"""A landmark lies within this share of the loop's length from the loop."""


@dataclass(frozen=True, eq=False)
class Annulus:
    """Annulus loop with landmarks.

    Parameters
    ----------
    loop
        Annulus curve, at least 8 points.
    landmarks
        Name (one of `LANDMARKS`) to point [mm], shape (3,); A, P, AL and PM are required.
    landmark_sources
        Name to a few words on where the landmark comes from ("given", "aortic valve", "shape", ...);
        a landmark without an entry counts as given.

    Raises
    ------
    InputError
        Too few points, a loop that crosses itself seen along its normal, a missing, unknown or far
        landmark, or landmarks in an impossible order.
    """

    loop: Loop
    landmarks: Mapping[str, FloatArray]
    landmark_sources: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.loop) < 8:
            raise InputError(f"annulus must have at least 8 points; got {len(self.loop)}: give more contour points.")
        for name in self.landmarks:
            if name not in LANDMARKS:
                raise InputError(f"annulus landmark must be one of {', '.join(LANDMARKS)}; got {name!r}.")
        missing = [name for name in REQUIRED_LANDMARKS if name not in self.landmarks]
        if missing:
            raise InputError(f"annulus landmarks must include A, P, AL and PM; missing: {', '.join(missing)}.")
        given = [name for name in LANDMARKS if name in self.landmarks]
        landmarks = _checked_landmarks({name: self.landmarks[name] for name in given})
        for one, other in (("A", "P"), ("AL", "PM")):
            if (landmarks[one] == landmarks[other]).all():
                raise InputError(
                    f"annulus landmarks {one} and {other} must be two places; both are at the same point: mend one."
                )
        object.__setattr__(self, "landmarks", MappingProxyType(landmarks))
        sources = {name: self.landmark_sources.get(name, "given") for name in landmarks}
        object.__setattr__(self, "landmark_sources", MappingProxyType(sources))
        marks = np.array(list(landmarks.values()))
        places = list(landmarks)
        al, p, pm = (places.index(name) for name in ("AL", "P", "PM"))
        frame = self.frame
        # One kernel for nearly all; what it doubts is looked at again, and told.
        if not marks_in_order(self.loop.points, marks, (al, p, pm), (frame.origin, frame.axes), _LANDMARK_REACH):
            self._require_order(marks)

    def _require_order(self, marks: FloatArray) -> None:
        """Do nothing; `marks` are the landmarks, shape (k, 3).

        Raises
        ------
        InputError
            One lies far from the loop, the loop crosses itself, or the landmarks run in an impossible order.
        """
        _, distances = self.loop.closest(marks)
        for name, distance in zip(self.landmarks, distances, strict=True):
            if distance > _LANDMARK_REACH * self.loop.length:
                raise InputError(
                    f"annulus landmark {name} must lie on the annulus; it is {distance:.1f} mm away "
                    f"(perimeter {self.loop.length:.1f} mm): check its unit and coordinate system (LPS or RAS)."
                )
        local = self.frame.to_local(self.loop.points)
        if not star_shaped(local):
            _require_simple(local[:, :2])
        angles = dict(zip(self.landmarks, self.theta_deg(marks), strict=True))
        if not angles["AL"] < angles["P"] < angles["PM"]:
            raise InputError(
                "annulus landmarks must run A, AL, P, PM around the loop; got them in another order: "
                "check the names, and that RAS points were not read as LPS."
            )

    def __reduce__(self) -> tuple[type[Annulus], tuple[Loop, dict[str, FloatArray], dict[str, str]]]:
        return type(self), (self.loop, dict(self.landmarks), dict(self.landmark_sources))

    @cached_property
    def frame(self) -> Frame:
        """Annulus frame: origin at the centroid, +z to the left atrium, +y from P to A, +x to the posteromedial side.

        The side of +z follows from the landmarks: +x = y x z has to point from AL to PM.
        """
        normal = self.loop.normal
        towards_a = self.landmarks["A"] - self.landmarks["P"]
        medial = self.landmarks["PM"] - self.landmarks["AL"]
        (ax, ay, az), (bx, by, bz), (cx, cy, cz) = towards_a.tolist(), normal.tolist(), medial.tolist()
        if (ay * bz - az * by) * cx + (az * bx - ax * bz) * cy + (ax * by - ay * bx) * cz < 0.0:
            normal = -normal
        return Frame.from_normal(self.loop.centroid, z=normal, y_towards=towards_a)

    @cached_property
    def oriented_loop(self) -> Loop:
        """The loop walked counter-clockwise seen from the atrium (growing theta)."""
        return self.loop if self.loop.area_vector @ self.frame.axes[2] > 0.0 else self.loop.reversed()

    def theta_deg(self, points: ArrayLike) -> FloatArray:
        """Annular angle of points [deg], 0 towards A, 90 near AL, 180 near P, 270 near PM, shape (...,)."""
        local = self.frame.to_local(points)
        return np.degrees(np.arctan2(-local[..., 0], local[..., 1])) % 360.0

    def transformed(self, matrix: ArrayLike, translation: ArrayLike = (0.0, 0.0, 0.0)) -> Annulus:
        """Annulus with every point mapped to ``matrix @ x + translation``."""
        linear, shift = np.asarray(matrix, dtype=np.float64), np.asarray(translation, dtype=np.float64)
        moved = {name: linear @ point + shift for name, point in self.landmarks.items()}
        return Annulus(self.loop.transformed(linear, shift), moved, self.landmark_sources)

    def with_loop_points(self, points: ArrayLike) -> Annulus:
        """Annulus whose vertices moved to `points`, shape (n, 3); landmarks move with their place on the loop.

        A landmark keeps its offset from the nearest point of the polygon.
        """
        moved = Loop(np.asarray(points))
        where, _ = self.loop.closest(np.array(list(self.landmarks.values())))
        offsets = np.array(list(self.landmarks.values())) - self.loop.at(where)
        places = moved.at(where) + offsets
        return Annulus(moved, dict(zip(self.landmarks, places, strict=True)), self.landmark_sources)


def _checked_landmarks(landmarks: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Copies, finite and locked."""
    values = list(landmarks.values())
    if all(isinstance(value, np.ndarray) and value.shape == (3,) for value in values):
        together = np.array(values, dtype=np.float64)
        if np.isfinite(together).all():
            return dict(zip(landmarks, locked(together), strict=True))
    return {name: vector_array(f"landmark {name}", value) for name, value in landmarks.items()}


def _require_simple(polygon: FloatArray) -> None:
    """Raise where the plane polygon, shape (n, 2), crosses itself.

    Only edges whose x ranges overlap are compared, in blocks of bounded size.
    """
    n = len(polygon)
    start, along = polygon, np.roll(polygon, -1, axis=0) - polygon
    low = np.minimum(start[:, 0], start[:, 0] + along[:, 0])
    high = np.maximum(start[:, 0], start[:, 0] + along[:, 0])
    order = np.argsort(low, kind="stable")
    n_after = np.searchsorted(low[order], high[order], side="right") - np.arange(n) - 1
    total = np.append(0, np.cumsum(n_after))
    first = 0
    while first < n:
        last = max(int(np.searchsorted(total, total[first] + _PAIRS_AT_ONCE, side="right")) - 1, first + 1)
        count = n_after[first:last]
        rank = np.repeat(np.arange(first, last), count)
        offset = np.arange(len(rank)) - np.repeat(total[first:last] - total[first], count)
        i, j = order[rank], order[rank + 1 + offset]
        i, j = np.minimum(i, j), np.maximum(i, j)
        apart = (j - i > 1) & (j - i < n - 1)
        i, j = i[apart], j[apart]
        cross = along[i, 0] * along[j, 1] - along[i, 1] * along[j, 0]
        gap = start[j] - start[i]
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (gap[:, 0] * along[j, 1] - gap[:, 1] * along[j, 0]) / cross
            u = (gap[:, 0] * along[i, 1] - gap[:, 1] * along[i, 0]) / cross
        hit = (t > 0.0) & (t < 1.0) & (u > 0.0) & (u < 1.0)
        if hit.any():
            one, two = min(zip(i[hit].tolist(), j[hit].tolist(), strict=True))
            raise InputError(
                f"annulus must not cross itself seen along its normal; the edges after points {one} and {two} cross: "
                "check the order of the points."
            )
        first = last


def on_loop(loop: Loop, point: ArrayLike) -> FloatArray:
    """Nearest point of the loop's polygon [mm], shape (3,)."""
    where, _ = loop.closest(np.asarray(point, dtype=np.float64).reshape(1, 3))
    return locked(loop.at(where)[0])
