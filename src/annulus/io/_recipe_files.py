"""The files that a recipe names, read with the recipe's unit and axes, errors naming the recipe's key."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import FileError
from annulus.geometry import Loop, Surface
from annulus.io._curves import Contour, Line, read_contour_as, read_line_as, read_points_as
from annulus.io._mesh_read import read_mesh_as
from annulus.io._reading import existing, within
from annulus.io._recipe_model import FileRef, Recipe
from annulus.io._registry import Content, contents_of
from annulus.io._sanity import check_extent
from annulus.io._schema import placed
from annulus.io._stated import Asked
from annulus.sources import Assumption

__all__ = ["RecipeFiles", "joined"]

_AORTIC_BINS = 48
"""Points of the aortic ring: 7.5 degrees each, about 1.5 mm."""


class RecipeFiles:
    """Reads the files of one recipe.

    Parameters
    ----------
    recipe, path
        The recipe and its file, for defaults and errors.
    root
        Folder that its paths start from.
    """

    def __init__(self, recipe: Recipe, path: Path, root: Path) -> None:
        self.recipe = recipe
        self.path = path
        self.root = root

    def surface(self, refs: Sequence[FileRef], key: str) -> Surface:
        """One surface of all the files, in LPS mm."""
        return joined(self.surfaces(refs, key))

    def surfaces(self, refs: Sequence[FileRef], key: str) -> list[Surface]:
        """The surface of each file, in LPS mm."""
        return [self._mesh(ref, key) for ref in refs]

    def centroid(self, refs: Sequence[FileRef], key: str) -> FloatArray:
        """Area-weighted centroid of the structure [mm], shape (3,)."""
        return self.surface(refs, key).centroid

    def lines(self, ref: FileRef, key: str, *, every: bool = False) -> list[Line]:
        """The open line in LPS mm that the entry means; every one of its file, where none is named."""
        path = self._existing(ref, key)
        wish = "*" if every and ref.node is None else ref.node
        with placed(self.path, key):
            return read_line_as(path, self._asked(ref), name=wish)

    def contour(self, ref: FileRef, key: str) -> Contour:
        """A closed contour in LPS mm, what was done to it, and landmarks that were drawn with it."""
        path = self._existing(ref, key)
        annulus = self.recipe.annulus
        if Content.LOOPS not in contents_of(path):
            for name in ("valve", "frame"):
                if name in annulus.model_fields_set:
                    raise FileError(
                        self.path,
                        f"annulus.{name}",
                        f"goes with a table of contours; {ref.file} is none: leave it out.",
                    )
        with placed(self.path, key):
            return read_contour_as(path, self._asked(ref), name=ref.node, valve=annulus.valve, frame=annulus.frame)

    def points(self, ref: FileRef, key: str) -> dict[str, FloatArray]:
        """Labelled points in LPS mm."""
        path = self._existing(ref, key)
        annulus = self.recipe.annulus
        return read_points_as(path, self._asked(ref), name=ref.node, valve=annulus.valve, frame=annulus.frame)

    def ring_around(self, refs: Sequence[FileRef], key: str) -> tuple[Loop, Assumption]:
        """A loop along arcs that together go once round, and the line that says how it was made.

        The arcs' points are binned by their angle in the plane that fits them best; each bin's mean is one point.
        """
        points = np.vstack([surface.corners.mean(axis=1) for surface in self.surfaces(refs, key)])
        centred = points - points.mean(axis=0)
        _, _, axes = np.linalg.svd(centred, full_matrices=False)
        flat = centred @ axes[:2].T
        bins = ((np.arctan2(flat[:, 1], flat[:, 0]) / (2.0 * np.pi)) % 1.0 * _AORTIC_BINS).astype(np.int64)
        count = np.bincount(bins, minlength=_AORTIC_BINS)
        filled = count > 0
        if filled.mean() < 0.75:
            raise FileError(
                self.path,
                key,
                f"must go round the valve; it covers {100 * filled.mean():.0f} % of it: name all of its arcs.",
            )
        loop = np.column_stack(
            [np.bincount(bins, points[:, k], _AORTIC_BINS)[filled] / count[filled] for k in range(3)]
        )
        why = "mean line of the aortic annulus by angle about its own axis, its crown shape averaged"
        return Loop(loop), Assumption("aortic_annulus", "mean line", "", why, "rule")

    def _mesh(self, ref: FileRef, key: str) -> Surface:
        path = self._existing(ref, key)
        with placed(self.path, key):
            surface = read_mesh_as(path, self._asked(ref), node=ref.node)
        check_extent(surface, self.path, key, ref.file)
        return surface

    def _existing(self, ref: FileRef, key: str) -> Path:
        path = within(self.root, ref.file, place=key, named_in=self.path)
        return existing(path, place=key, named_in=self.path)

    def _asked(self, ref: FileRef) -> Asked:
        """The file's entry must not contradict the file; the recipe's unit and axes hold where nothing is stated."""
        return Asked(ref.coordinate_system, ref.unit, ref.override, self.recipe.coordinate_system, self.recipe.unit)


def joined(parts: Sequence[Surface]) -> Surface:
    """All the surfaces as one, nothing welded."""
    if len(parts) == 1:
        return parts[0]
    starts = np.cumsum([0] + [len(part.points) for part in parts[:-1]])
    return Surface(
        np.vstack([part.points for part in parts]),
        np.vstack([part.triangles + start for part, start in zip(parts, starts, strict=True)]),
    )
