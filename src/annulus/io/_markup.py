"""A markup: named points in LPS mm with labels and values, as 3D Slicer draws them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from annulus._arrays import points_array, values_array
from annulus._typing import FloatArray
from annulus.errors import InputError

__all__ = ["MARKUP_KINDS", "Markup"]

MARKUP_KINDS = ("Fiducial", "Line", "Angle", "Curve", "ClosedCurve", "Plane", "ROI")
"""Kinds of markups that Slicer knows."""


@dataclass(frozen=True, eq=False)
class Markup:
    """Points that somebody drew.

    Parameters
    ----------
    name
        Name of the markup; may be empty.
    kind
        One of `MARKUP_KINDS`.
    points
        Defined control points [mm], LPS, shape (n, 3).
    labels
        Label of every point, n of them.
    values
        Name of a measurement ("Radius", ...) to its value at every point, shape (n,); lengths in mm.
    """

    name: str
    kind: str
    points: FloatArray
    labels: tuple[str, ...] = ()
    values: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        points = points_array("points", np.asarray(self.points, dtype=np.float64).reshape(-1, 3), at_least=0)
        object.__setattr__(self, "points", points)
        labels = tuple(self.labels) or ("",) * len(points)
        if len(labels) != len(points):
            raise InputError(f"labels must be one for each of {len(points)} points; got {len(labels)}.")
        object.__setattr__(self, "labels", labels)
        values = {name: values_array(name, item, length=len(points)) for name, item in self.values.items()}
        object.__setattr__(self, "values", MappingProxyType(values))

    def __reduce__(self) -> tuple[type[Markup], tuple[object, ...]]:
        return type(self), (self.name, self.kind, self.points, self.labels, dict(self.values))
