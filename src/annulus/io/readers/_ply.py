"""PLY, text and binary of either byte order: polygons and triangle strips."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.errors import FileError
from annulus.io._stated import stated
from annulus.io.readers._raw import RawSurface, cut, fan, floats, strip, whole

__all__ = ["read_surface"]

_TYPES = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("int64",), "i8"),
    **dict.fromkeys(("uint64",), "u8"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
}

_LISTS = ("vertex_indices", "vertex_index")

_HEAD_BYTES = 1 << 20
"""A header is no longer."""


@dataclass
class _Element:
    """A kind of rows: its properties are (name, type) or (name, type of the count, type of the items)."""

    name: str
    count: int
    properties: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def lists(self) -> bool:
        return any(len(one) == 3 for one in self.properties)


def read_surface(file: Path, node: str | None = None) -> RawSurface:
    """Points and triangles of the file; polygons are split, faces of fewer than three corners left out.

    Raises
    ------
    FileError
        It is no PLY, ends too early, or has no triangles.
    """
    if node is not None:
        raise FileError(file, f"node {node!r}", "names a part of a file; a PLY file has none: leave it out.")
    data = file.read_bytes()
    form, elements, comments, body = _header(file, data)
    rows = _text_rows(file, elements, body) if form == "ascii" else _binary_rows(file, form, elements, body)
    vertex = rows.get("vertex", {})
    missing = [axis for axis in "xyz" if axis not in vertex]
    if missing:
        raise FileError(
            file, "element vertex", f"must have x, y and z; missing: {', '.join(missing)}: export it again."
        )
    points = np.column_stack([np.asarray(vertex[axis], dtype=np.float64) for axis in "xyz"])
    triangles = _triangles(file, rows, len(points))
    if not len(triangles):
        raise FileError(file, "", "must hold triangles; it has none: export a surface.")
    return RawSurface(points, triangles, stated(file, comments))


_Columns = dict[str, "FloatArray | tuple[IntArray, IntArray]"]
"""Name to values, or to flat items and their counts."""


def _triangles(file: Path, rows: dict[str, _Columns], n_points: int) -> IntArray:
    parts = [np.zeros((0, 3), dtype=np.int64)]
    for name in _LISTS:
        faces = rows.get("face", {}).get(name)
        if isinstance(faces, tuple):
            parts.append(fan(*faces))
        strips = rows.get("tristrips", {}).get(name)
        if isinstance(strips, tuple):
            # -1 ends a strip.
            parts += [strip(part[part >= 0]) for part in np.split(strips[0], np.flatnonzero(strips[0] < 0))]
    found = np.vstack(parts)
    if found.size and (found.min() < 0 or found.max() >= n_points):
        raise FileError(
            file, "element face", f"must name vertices 0 to {n_points - 1}; one names another: export it again."
        )
    return found


def _header(file: Path, data: bytes) -> tuple[str, list[_Element], list[str], bytes]:
    end = re.search(rb"^end_header[ \t]*(?:\r\n|\n|\r)", data[:_HEAD_BYTES], re.MULTILINE) or re.search(
        rb"[\r\n]end_header[ \t]*(?:\r\n|\n|\r)", data[:_HEAD_BYTES]
    )
    if not data.startswith(b"ply"):
        raise FileError(file, "", 'must be a PLY file, which begins with "ply"; it does not: export or copy it again.')
    if end is None:
        raise cut(file)
    form, elements, comments = "", [], []
    for line in data[: end.start()].decode("latin-1").splitlines()[1:]:
        words = line.split()
        try:
            if words[:1] == ["format"]:
                form = words[1]
            elif words[:1] in (["comment"], ["obj_info"]):
                comments.append(line)
            elif words[:1] == ["element"]:
                elements.append(_Element(words[1], int(words[2])))
                if elements[-1].count < 0:
                    raise ValueError
            elif words[:1] == ["property"] and words[1] == "list":
                elements[-1].properties.append((words[4], _TYPES[words[2]], _TYPES[words[3]]))
            elif words[:1] == ["property"]:
                elements[-1].properties.append((words[2], _TYPES[words[1]]))
        except (IndexError, KeyError, ValueError):
            raise FileError(
                file, "header", f"must list elements and properties; got {line[:60]!r}: export it again."
            ) from None
    if form not in ("ascii", "binary_little_endian", "binary_big_endian"):
        raise FileError(file, "format", f"must be ascii, binary_little_endian or binary_big_endian; got {form[:40]!r}.")
    return form, elements, comments, data[end.end() :]


def _text_rows(file: Path, elements: list[_Element], body: bytes) -> dict[str, _Columns]:
    lines = [line for line in body.decode("latin-1").splitlines() if line.strip()]
    if sum(item.count for item in elements) > len(lines):
        raise cut(file)
    rows: dict[str, _Columns] = {}
    at = 0
    for item in elements:
        split = [line.split() for line in lines[at : at + item.count]]
        at += item.count
        if item.name not in ("vertex", "face", "tristrips"):
            continue
        if not item.lists:
            width = len(item.properties)
            if not width:
                continue
            if any(len(words) < width for words in split):
                raise cut(file)
            table = floats(file, [words[:width] for words in split], f"element {item.name}").reshape(-1, width)
            rows[item.name] = {one[0]: table[:, k] for k, one in enumerate(item.properties)}
            continue
        columns: dict[str, tuple[list[str], list[int]]] = {one[0]: ([], []) for one in item.properties}
        for words in split:
            place = 0
            for one in item.properties:
                size = 1
                if len(one) == 3:
                    if not words[place : place + 1] or not words[place].isdecimal():
                        raise FileError(file, f"element {item.name}", "must have counted lists: export it again.")
                    size, place = int(words[place]), place + 1
                if place + size > len(words):
                    raise cut(file)
                columns[one[0]][0].extend(words[place : place + size])
                columns[one[0]][1].append(size)
                place += size
        rows[item.name] = {
            name: (whole(file, floats(file, flat, name), name), np.array(counts, dtype=np.int64))
            for name, (flat, counts) in columns.items()
            if name in _LISTS
        }
    return rows


def _binary_rows(file: Path, form: str, elements: list[_Element], body: bytes) -> dict[str, _Columns]:
    order = "<" if form == "binary_little_endian" else ">"
    rows: dict[str, _Columns] = {}
    at = 0
    for item in elements:
        if not item.lists:
            row = np.dtype([(f"{k}", order + one[1]) for k, one in enumerate(item.properties)])
            if at + item.count * row.itemsize > len(body):
                raise cut(file)
            if row.itemsize:
                table = np.frombuffer(body, row, item.count, at)
                rows[item.name] = {one[0]: table[f"{k}"].astype(np.float64) for k, one in enumerate(item.properties)}
            at += item.count * row.itemsize
        else:
            # Each row of a list has its count at least.
            if item.count > len(body) - at:
                raise cut(file)
            rows[item.name], at = _all_triangles(file, item, order, body, at) or _row_by_row(
                file, item, order, body, at
            )
    return rows


def _all_triangles(file: Path, item: _Element, order: str, body: bytes, at: int) -> tuple[_Columns, int] | None:
    """The rows where every list has three items, which is nearly always so; None where it is not."""
    parts: list[tuple[str, str] | tuple[str, str, int]] = []
    for k, one in enumerate(item.properties):
        parts += (
            [(f"n{k}", order + one[1]), (f"{k}", order + one[2], 3)] if len(one) == 3 else [(f"{k}", order + one[1])]
        )
    row = np.dtype(parts)
    if at + item.count * row.itemsize > len(body):
        return None
    table = np.frombuffer(body, row, item.count, at)
    found: _Columns = {}
    for k, one in enumerate(item.properties):
        if len(one) == 3:
            if not (table[f"n{k}"] == 3).all():
                return None
            if one[0] in _LISTS:
                found[one[0]] = (whole(file, table[f"{k}"], one[0]).ravel(), np.full(item.count, 3, dtype=np.int64))
    return found, at + item.count * row.itemsize


def _row_by_row(file: Path, item: _Element, order: str, body: bytes, at: int) -> tuple[_Columns, int]:
    columns: dict[str, tuple[list[IntArray], list[int]]] = {one[0]: ([], []) for one in item.properties}
    kinds = [[np.dtype(order + word) for word in one[1:]] for one in item.properties]
    for _ in range(item.count):
        for one, kind in zip(item.properties, kinds, strict=True):
            size = 1
            if len(one) == 3:
                if at + kind[0].itemsize > len(body):
                    raise cut(file)
                size = int(np.frombuffer(body, kind[0], 1, at)[0])
                at += kind[0].itemsize
            if size < 0 or at + size * kind[-1].itemsize > len(body):
                raise cut(file)
            if one[0] in _LISTS:
                columns[one[0]][0].append(whole(file, np.frombuffer(body, kind[-1], size, at), one[0]))
                columns[one[0]][1].append(size)
            at += size * kind[-1].itemsize
    return {
        name: (np.concatenate(flat) if flat else np.zeros(0, dtype=np.int64), np.array(counts, dtype=np.int64))
        for name, (flat, counts) in columns.items()
        if name in _LISTS
    }, at
