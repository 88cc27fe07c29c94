"""Where a picture is looked at from, and how large a millimetre is on it."""

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
    labels_inside
        Labels stand inside the annulus, else above or below it.
    """

    name: str
    caption: str
    towards_viewer: tuple[float, float, float]
    up: tuple[float, float, float]
    labels: tuple[str, ...]
    labels_inside: bool

    def axes(self, frame: Frame) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Right, up and towards the viewer as world directions, shape (3,) each."""
        towards = frame.vectors_to_world(self.towards_viewer)
        up = frame.vectors_to_world(self.up)
        return np.cross(up, towards), up, towards


VIEWS = (
    View("atrium", "From the left atrium, aorta up", (0, 0, 1), (0, 1, 0), ("A", "P", "AL", "PM", "LT", "RT"), True),
    View("posterior", "From posterior, atrium up", (0, -1, 0), (0, 0, 1), ("P", "AL", "PM"), False),
    View("left", "From the left (anterolateral), atrium up", (-1, 0, 0), (0, 0, 1), ("A", "P", "AL"), False),
)


def views_named(name: str) -> tuple[View, ...]:
    """The view of that name, or all three for "all".

    Raises
    ------
    InputError
        Unknown name.
    """
    if name == "all":
        return VIEWS
    for view in VIEWS:
        if view.name == name:
            return (view,)
    raise InputError(f"view must be one of {', '.join(view.name for view in VIEWS)}, all; got {name!r}.")
