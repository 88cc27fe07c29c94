"""STL, text and binary."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import FileError
from annulus.io._stated import stated
from annulus.io.readers._raw import RawSurface, chosen, cut, floats

__all__ = ["read_surface"]

_HEAD, _TRIANGLE = 84, 50
"""Bytes of a binary STL before its triangles, and of each."""

_PEEK = 4096


def read_surface(file: Path, node: str | None = None) -> RawSurface:
    """Triangles of the file, three points each, or of one named solid of a text file.

    Bytes behind the last triangle of a binary file are left out, as other readers do.

    Raises
    ------
    FileError
        It ends too early, has no triangles, or no such solid.
    """
    data = file.read_bytes()
    # Binary headers may begin with the word "solid" too, but numbers have zero bytes and text has none.
    if data[:_PEEK].lstrip()[:5].lower() == b"solid" and b"\0" not in data[:_PEEK]:
        head, points = _text(file, data, node)
    else:
        if node is not None:
            raise FileError(file, f"node {node!r}", "names a part; a binary STL has none: leave it out.")
        head, points = data[:80], _binary(file, data)
    if not len(points):
        raise FileError(file, "", "must hold triangles; it has none: export a surface.")
    triangles = np.arange(len(points), dtype=np.int64).reshape(-1, 3)
    return RawSurface(points, triangles, stated(file, [head.decode("latin-1")]))


def _binary(file: Path, data: bytes) -> FloatArray:
    if len(data) < _HEAD:
        raise FileError(file, "", "must hold triangles; it is too short for an STL file: export or copy it again.")
    count = int.from_bytes(data[_HEAD - 4 : _HEAD], "little")
    if len(data) < _HEAD + _TRIANGLE * count:
        if len(data) == _HEAD + _TRIANGLE * int.from_bytes(data[_HEAD - 4 : _HEAD], "big"):
            raise FileError(file, "", "must be little-endian, as STL is; it is big-endian: export it again.")
        raise cut(file)
    row = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("rest", "<u2")])
    return np.frombuffer(data, row, count, _HEAD)["corners"].astype(np.float64).reshape(-1, 3)


def _text(file: Path, data: bytes, node: str | None) -> tuple[bytes, FloatArray]:
    """First line, and the corners of the one solid meant."""
    solids = list(re.finditer(rb"^[ \t]*solid\b[ \t]*([^\r\n]*)", data, re.IGNORECASE | re.MULTILINE))
    ends = len(re.findall(rb"^[ \t]*endsolid\b", data, re.IGNORECASE | re.MULTILINE))
    if re.search(rb"facet", data, re.IGNORECASE) and ends < len(solids):
        raise cut(file)
    names = [match[1].decode("utf-8", "replace").strip() for match in solids]
    plain = [re.sub(r"\b(3D Slicer output\.|SPACE\s*=\s*\w+|UNIT\s*=\s*\w+)", "", name).strip() for name in names]
    index = chosen(file, "node", plain, node)
    begin = solids[index].end()
    end = solids[index + 1].start() if index + 1 < len(solids) else len(data)
    words = re.findall(rb"\bvertex\s+(\S+)\s+(\S+)\s+(\S+)", data[begin:end], re.IGNORECASE)
    facets = len(re.findall(rb"\bendfacet\b", data[begin:end], re.IGNORECASE))
    if len(words) != 3 * facets:
        raise FileError(
            file, "", f"must have three corners in each facet; {facets} facets have {len(words)}: export it again."
        )
    return solids[0][0], floats(file, words, "vertex").reshape(-1, 3)
