"""Where a picture is looked at from, what is cut away, and how large a millimetre is on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import InputError
from annulus.geometry import Frame

__all__ = ["VIEWS", "View", "views_named"]


@dataclass(frozen=True, slots=True)
class View:
    """A direction to look from, in the annulus frame.

    Parameters
    ----------
    name, caption
        Name as in the command line, and words on the picture.
    towards_viewer, up
        Directions in the annulus frame.
    labels
        Landmarks that are labelled: those that do not lie behind another in this view.
    scallops
        The leaflets' scallops are named.
    cut
        What lies nearer than the annulus' centre is cut away.
    inside_mm
        Distance of the eye from the annulus' centre [mm], for a view from within the atrium; 0 for a parallel view.
    """

    name: str
    caption: str
    towards_viewer: tuple[float, float, float]
    up: tuple[float, float, float]
    labels: tuple[str, ...]
    scallops: bool = False
    cut: bool = False
    inside_mm: float = 0.0

    def axes(self, frame: Frame) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Right, up and towards the viewer as world directions, shape (3,) each."""
        towards = frame.vectors_to_world(self.towards_viewer)
        towards = towards / np.linalg.norm(towards)
        up = frame.vectors_to_world(self.up)
        up = up - (up @ towards) * towards
        up = up / np.linalg.norm(up)
        return np.cross(up, towards), up, towards


_ALL = ("A", "P", "AL", "PM", "LT", "RT")

VIEWS = (
    View("surgeon", "Surgeon's view: from the left atrium, aorta up", (0, 0, 1), (0, 1, 0), _ALL, scallops=True),
    View("posterior", "From posterior, atrium up", (0, -1, 0), (0, 0, 1), ("P", "AL", "PM")),
    View("left", "From the left (anterolateral), atrium up", (-1, 0, 0), (0, 0, 1), ("A", "P", "AL")),
    View("section-ap", "Cut from A2 to P2, seen from the left, atrium up", (-1, 0, 0), (0, 0, 1), ("A", "P"), cut=True),
    View(
        "section-alpm", "Cut from AL to PM, seen from behind, atrium up", (0, -1, 0), (0, 0, 1), ("AL", "PM"), cut=True
    ),
    View("inside", "Inside the left atrium, aorta up", (0, -0.45, 1), (0, 1, 0), _ALL, scallops=True, inside_mm=48.0),
)

_TOGETHER = 3
"""Views that "all" shows: the first ones."""


def views_named(name: str) -> tuple[View, ...]:
    """The view of that name, or surgeon, posterior and left for "all".

    Raises
    ------
    InputError
        Unknown name.
    """
    if name == "all":
        return VIEWS[:_TOGETHER]
    for view in VIEWS:
        if view.name == name:
            return (view,)
    raise InputError(f"view must be one of {', '.join(view.name for view in VIEWS)}, all; got {name!r}.")
