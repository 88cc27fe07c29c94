"""The files that a recipe names, read with the recipe's unit and axes, errors naming the recipe's key."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import FileError
from annulus.geometry import Curve, Loop, Surface
from annulus.io._curves import read_contour, read_curve_once, read_points
from annulus.io._mesh_read import read_mesh
from annulus.io._mesh_text import stated_axes, stated_unit
from annulus.io._reading import existing
from annulus.io._recipe_model import FileRef, Recipe
from annulus.io._registry import Content, contents_of
from annulus.io._sanity import check_extent
from annulus.io._schema import placed
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

    def curve(self, ref: FileRef, key: str) -> tuple[Curve, int]:
        """An open curve in LPS mm, and how many repeated points were left out."""
        path = self._existing(ref, key)
        unit, axes = self._settings(ref, path)
        if Content.LINES in contents_of(path):
            return read_curve_once(path, line=self._line(ref, key), unit=unit, coordinate_system=axes)
        return read_curve_once(path, name=ref.node, coordinate_system=self._overriding(ref, key))

    def contour(self, ref: FileRef, key: str) -> tuple[Loop, bool, dict[str, FloatArray]]:
        """A closed contour in LPS mm, whether it was put in order, and landmarks that were drawn with it."""
        path = self._existing(ref, key)
        annulus = self.recipe.annulus
        if set(contents_of(path)) & {Content.LOOPS, Content.LINES}:
            unit, axes = self._settings(ref, path)
            line = self._line(ref, key) if Content.LINES in contents_of(path) else None
            return read_contour(
                path, line=line, valve=annulus.valve, frame=annulus.frame, unit=unit, coordinate_system=axes
            )
        return read_contour(path, name=ref.node, coordinate_system=self._overriding(ref, key))

    def points(self, ref: FileRef, key: str) -> dict[str, FloatArray]:
        """Labelled points in LPS mm."""
        path = self._existing(ref, key)
        return read_points(path, name=ref.node, coordinate_system=self._overriding(ref, key))

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
        unit, axes = self._settings(ref, path)
        with placed(self.path, key):
            surface = read_mesh(path, node=ref.node, unit=unit, coordinate_system=axes, override=ref.override)
        check_extent(surface, self.path, key, ref.file)
        return surface

    def _existing(self, ref: FileRef, key: str) -> Path:
        return existing(self.root / ref.file, place=key, named_in=self.path)

    def _line(self, ref: FileRef, key: str) -> int | None:
        """Number of the line that the entry names."""
        if ref.node is None or ref.node.isdecimal():
            return None if ref.node is None else int(ref.node)
        raise FileError(
            self.path, key, f"lines of {ref.file} have no names; got {ref.node!r}: give a number, such as FILE#0."
        )

    def _overriding(self, ref: FileRef, key: str) -> str | None:
        """Axes for a file of labelled points: it states them, an entry at the file itself replaces them."""
        if ref.unit not in (None, "mm"):
            raise FileError(
                self.path,
                key,
                f"unit goes with meshes, lines and tables; {ref.file} states its own; got {ref.unit!r}: leave it out.",
            )
        return ref.coordinate_system

    def _settings(self, ref: FileRef, path: Path) -> tuple[str | None, str | None]:
        """Unit and axes to ask for: the file's entry wins; the recipe's hold where the file states nothing."""
        unit = ref.unit or (None if stated_unit(path) else self.recipe.unit)
        axes = ref.coordinate_system or (None if stated_axes(path) else self.recipe.coordinate_system)
        return unit, axes


def joined(parts: Sequence[Surface]) -> Surface:
    """All the surfaces as one, nothing welded."""
    if len(parts) == 1:
        return parts[0]
    starts = np.cumsum([0] + [len(part.points) for part in parts[:-1]])
    return Surface(
        np.vstack([part.points for part in parts]),
        np.vstack([part.triangles + start for part, start in zip(parts, starts, strict=True)]),
    )
