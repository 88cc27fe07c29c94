"""OBJ: vertices, faces, and the names of objects and groups as the file gives them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from annulus.errors import FileError
from annulus.io._reading import read_text
from annulus.io._stated import stated
from annulus.io.readers._raw import RawSurface, chosen, fan, floats

__all__ = ["read_surface"]

_DIGITS = 18
"""Of the number of a vertex: none has more."""


def read_surface(file: Path, node: str | None = None) -> RawSurface:
    """Triangles of the file, or of one object (``o``), in however many groups and materials; without objects, of one
    group (``g``). Polygons are split.

    Raises
    ------
    FileError
        A vertex or face that cannot be, no faces, or no such object or group.
    """
    vertices: list[list[str]] = []
    faces: list[list[int]] = []
    objects: list[str] = []
    groups: list[tuple[str, ...]] = []
    here, in_groups = "", ("",)
    text = read_text(file, "an OBJ file")
    for number, line in enumerate(text.replace("\\\n", " ").splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        key = words[0]
        if key == "v":
            if len(words) < 4:
                raise FileError(file, f"line {number}", "a vertex must have three numbers: export it again.")
            vertices.append(words[1:4])
        elif key == "f":
            faces.append(_face(file, number, words[1:], len(vertices)))
            objects.append(here)
            groups.append(in_groups)
        elif key == "o":
            here = line.split(None, 1)[1].strip() if len(words) > 1 else ""
        elif key == "g":
            in_groups = tuple(words[1:]) or ("",)
    if not faces:
        raise FileError(file, "", "must hold triangles; it has none: export a surface.")
    keep = _meant(file, objects, groups, node)
    flat = np.array([corner for face, kept in zip(faces, keep, strict=True) if kept for corner in face], dtype=np.int64)
    counts = np.array([len(face) for face, kept in zip(faces, keep, strict=True) if kept], dtype=np.int64)
    if flat.size and (flat.min() < 0 or flat.max() >= len(vertices)):
        raise FileError(file, "f", f"must name vertices 1 to {len(vertices)}; one names another: export it again.")
    triangles = fan(flat, counts)
    if not len(triangles):
        raise FileError(file, "", "must hold triangles; it has none: export a surface.")
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    return RawSurface(floats(file, vertices, "v").reshape(-1, 3), triangles, stated(file, comments))


def _face(file: Path, number: int, words: list[str], n_vertices: int) -> list[int]:
    try:
        corners = [int(word.split("/", 1)[0][:_DIGITS]) for word in words]
    except ValueError:
        raise FileError(file, f"line {number}", "a face must list numbers of vertices: export it again.") from None
    # They count from 1; negative ones count back from the last vertex so far.
    return [corner - 1 if corner > 0 else n_vertices + corner if corner < 0 else -1 for corner in corners]


def _meant(file: Path, objects: list[str], groups: list[tuple[str, ...]], node: str | None) -> list[bool]:
    """Which faces belong to the node."""
    named = list(dict.fromkeys(objects))
    in_groups = list(dict.fromkeys(name for names in groups for name in names))
    by_object = len(named) > 1 or named != [""]
    if node is not None and by_object and node not in named and node in in_groups:
        return [node in names for names in groups]
    names = named if by_object else in_groups
    # Several groups without objects and without a wish: groups of one part, as materials are.
    if node is None and (not by_object or len(named) == 1):
        return [True] * len(objects)
    name = names[chosen(file, "node", names, node)]
    return [one == name for one in objects] if by_object else [name in several for several in groups]
