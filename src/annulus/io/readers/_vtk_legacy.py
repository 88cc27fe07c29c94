"""Legacy ``.vtk`` files, versions 1 to 5: text and binary, polydata and unstructured grids."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.errors import FileError
from annulus.io._stated import stated
from annulus.io.readers._raw import cut, floats, whole
from annulus.io.readers._vtk_cells import VtkData, cells_of, from_cells, joined

__all__ = ["read_legacy"]

_TYPES = {
    "char": "i1",
    "signed_char": "i1",
    "unsigned_char": "u1",
    "short": "i2",
    "unsigned_short": "u2",
    "int": "i4",
    "unsigned_int": "u4",
    "long": "i8",
    "unsigned_long": "u8",
    "vtktypeint32": "i4",
    "vtktypeuint32": "u4",
    "vtktypeint64": "i8",
    "vtktypeuint64": "u8",
    # VTK writes its ids as int.
    "vtkidtype": "i4",
    "float": "f4",
    "double": "f8",
}

_CELLS = ("VERTICES", "LINES", "POLYGONS", "TRIANGLE_STRIPS", "CELLS")
_IMAGES = ("STRUCTURED_POINTS", "RECTILINEAR_GRID")
_TUPLES = {"VECTORS": 3, "NORMALS": 3, "TENSORS": 9, "TENSORS6": 6}


def read_legacy(file: Path) -> VtkData:
    """Points, triangles, lines, values, and what title and field data state.

    Raises
    ------
    FileError
        It is no such file, is cut off, or holds an image or another thing that is neither surface nor lines.
    """
    return _Parser(file, file.read_bytes()).data()


class _Parser:
    """Reads words and blocks of numbers one after the other."""

    def __init__(self, file: Path, content: bytes) -> None:
        self.file = file
        lines = re.match(rb"\s*(# ?vtk DataFile Version[^\r\n]*)(?:\r\n|\n|\r)([^\r\n]*)(?:\r\n|\n|\r)", content,
                         re.IGNORECASE)  # fmt: skip
        if lines is None:
            raise FileError(
                file, "", 'must be a readable VTK file, which begins with "# vtk DataFile Version"; it does not: '
                "export or copy it again.",
            )  # fmt: skip
        self.title = lines[2].decode("utf-8", "replace")
        self.content, self.at = content, lines.end()
        form = (self.word() or "").upper()
        if form not in ("ASCII", "BINARY"):
            raise FileError(file, "line 3", f"must be ASCII or BINARY; got {form[:20]!r}: export it again.")
        self.binary = form == "BINARY"
        self.points: FloatArray | None = None
        self.cells: dict[str, list[IntArray]] = {}
        self.types: IntArray | None = None
        self.values: dict[str, FloatArray] = {}
        self.fields: dict[str, str] = {}
        self.count, self.at_points = 0, False

    def data(self) -> VtkData:
        if (self.word() or "").upper() != "DATASET":
            raise FileError(self.file, "", "must be a readable VTK file with a DATASET; it has none: export it again.")
        kind = (self.word() or "").upper()
        if kind in _IMAGES:
            raise FileError(
                self.file, "", "must hold a surface or lines; it holds an image: make a surface of the label first, "
                "and export it.",
            )  # fmt: skip
        if kind not in ("POLYDATA", "UNSTRUCTURED_GRID"):
            raise FileError(
                self.file, "DATASET", f"must be POLYDATA or UNSTRUCTURED_GRID; got {kind[:30]!r}: export a surface."
            )
        while (word := self.word()) is not None:
            self._section(word.upper())
        if self.points is None:
            raise FileError(self.file, "POINTS", "must be in the file; they are not: export it again.")
        said = stated(self.file, [self.title], self.fields)
        if kind == "UNSTRUCTURED_GRID":
            cells = self.cells.get("CELLS", [])
            if self.types is None or len(self.types) != len(cells):
                raise cut(self.file)
            triangles, lines = from_cells(self.file, self.types, cells)
        else:
            triangles = joined(self.cells.get("POLYGONS", []), self.cells.get("TRIANGLE_STRIPS", []))
            lines = self.cells.get("LINES", [])
        return VtkData(self.points, triangles, lines, self.values, said)

    def word(self) -> str | None:
        """The next word; None at the end."""
        found = re.compile(rb"\s*(\S+)").match(self.content, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[1][:200].decode("utf-8", "replace")

    def whole(self, what: str) -> int:
        """The next word as a count."""
        word = self.word() or ""
        if not word.isascii() or not word.isdecimal() or len(word) > 15:
            raise FileError(self.file, what, f"must have a count; got {word[:20]!r}: export or copy it again.")
        return int(word)

    def numbers(self, count: int, kind: str, what: str) -> np.ndarray:
        """The next `count` numbers of a type."""
        dtype = _TYPES.get(kind.lower())
        if dtype is None:
            raise FileError(self.file, what, f"must be of a type of numbers; got {kind[:30]!r}: export it again.")
        if not self.binary:
            # Each number has a letter and a space.
            if 2 * count - 1 > len(self.content) - self.at:
                raise cut(self.file)
            words = []
            pattern = re.compile(rb"\s*(\S+)")
            for _ in range(count):
                found = pattern.match(self.content, self.at)
                if found is None:
                    raise cut(self.file)
                words.append(found[1])
                self.at = found.end()
            return floats(self.file, words, what)
        # The numbers begin behind the line's end.
        found = re.compile(rb"[^\n]*\n").match(self.content, self.at)
        begin = self.at if found is None else found.end()
        big = np.dtype(">" + dtype)
        if begin + count * big.itemsize > len(self.content):
            raise cut(self.file)
        self.at = begin + count * big.itemsize
        return np.frombuffer(self.content, big, count, begin)

    def _section(self, word: str) -> None:
        if word == "POINTS":
            n = self.whole(word)
            self.points = self.numbers(3 * n, self.word() or "", word).astype(np.float64).reshape(-1, 3)
        elif word in _CELLS:
            self.cells[word] = self._cells(word)
        elif word == "CELL_TYPES":
            self.types = whole(self.file, self.numbers(self.whole(word), "int", word), word)
        elif word == "METADATA":
            self._skip_metadata()
        elif word == "FIELD":
            self._field()
        elif word in ("POINT_DATA", "CELL_DATA"):
            self.count, self.at_points = self.whole(word), word == "POINT_DATA"
        elif word in ("SCALARS", "COLOR_SCALARS", "LOOKUP_TABLE", "TEXTURE_COORDINATES", *_TUPLES):
            self._attribute(word)
        elif word in ("GLOBAL_IDS", "PEDIGREE_IDS", "EDGE_FLAGS"):
            self.word()
            self.numbers(self.count, self.word() or "", word)
        else:
            raise FileError(
                self.file, word[:30], "is no part of a VTK file that is read here: it is damaged, or export it again."
            )

    def _cells(self, word: str) -> list[IntArray]:
        first, second = self.whole(word), self.whole(word)
        before = self.at
        if (self.word() or "").upper() == "OFFSETS":
            # Version 5: ends and corners, the first end being 0.
            ends = whole(self.file, self.numbers(first, self.word() or "", word), word)
            if (self.word() or "").upper() != "CONNECTIVITY":
                raise FileError(self.file, word, "must have OFFSETS and CONNECTIVITY: export it again.")
            corners = whole(self.file, self.numbers(second, self.word() or "", word), word)
            return cells_of(self.file, ends[1:], corners)
        self.at = before
        flat = whole(self.file, self.numbers(second, "int", word), word)
        cells, at = [], 0
        for _ in range(first):
            if at >= len(flat) or flat[at] < 0 or at + 1 + flat[at] > len(flat):
                raise cut(self.file)
            cells.append(flat[at + 1 : at + 1 + flat[at]])
            at += 1 + int(flat[at])
        return cells

    def _field(self) -> None:
        self.word()
        for _ in range(self.whole("FIELD")):
            name = self.word() or ""
            if name.upper() == "METADATA":
                self._skip_metadata()
                name = self.word() or ""
            width, rows = self.whole(f"FIELD {name}"), self.whole(f"FIELD {name}")
            kind = (self.word() or "").lower()
            if kind in ("string", "utf8_string"):
                text = self._texts(width * rows)
                if text and name.upper() in ("SPACE", "UNIT", "UNITS"):
                    self.fields[name] = text
                continue
            array = self.numbers(width * rows, kind, f"FIELD {name}")
            if self.at_points and width == 1 and rows == self.count:
                self.values[_decoded(name)] = array.astype(np.float64)

    def _texts(self, count: int) -> str:
        """The first of the next `count` texts."""
        if count > len(self.content):
            raise cut(self.file)
        end = self.content.find(b"\n", self.at)
        self.at = len(self.content) if end < 0 else end + 1
        first = ""
        for k in range(count):
            if self.binary:
                # Two bits say how wide the length is: 6, 14, 30 or 62 bits.
                width = 1 << (3 - (self.content[self.at] >> 6)) if self.at < len(self.content) else 1
                length = int.from_bytes(self.content[self.at : self.at + width], "big") & ((1 << (8 * width - 2)) - 1)
                begin = self.at + width
                self.at = begin + length
                if self.at > len(self.content):
                    raise cut(self.file)
                text = self.content[begin : self.at]
            else:
                end = self.content.find(b"\n", self.at)
                end = len(self.content) if end < 0 else end
                text, self.at = self.content[self.at : end], end + 1
            first = first if k else _decoded(text.decode("utf-8", "replace").strip())
        return first

    def _attribute(self, word: str) -> None:
        name = _decoded(self.word() or "")
        if word == "LOOKUP_TABLE":
            n = self.whole(word)
            self.numbers(4 * n, "unsigned_char" if self.binary else "float", word)
            return
        if word == "COLOR_SCALARS":
            width = self.whole(word)
            self.numbers(width * self.count, "unsigned_char" if self.binary else "float", word)
            return
        if word == "TEXTURE_COORDINATES":
            width, kind = self.whole(word), self.word() or ""
            self.numbers(width * self.count, kind, word)
            return
        kind, width = self.word() or "", _TUPLES.get(word, 1)
        if word == "SCALARS":
            before = self.at
            more = self.word() or ""
            if more.isdecimal():
                width, before, more = int(more[:6]), self.at, self.word() or ""
            if more.upper() == "LOOKUP_TABLE":
                self.word()
            else:
                self.at = before
        array = self.numbers(width * self.count, kind, f"{word} {name}")
        if self.at_points and width == 1:
            self.values[name] = array.astype(np.float64)

    def _skip_metadata(self) -> None:
        """Lines up to an empty one."""
        found = re.compile(rb"[^\n]*\n(?:[^\r\n]*\S[^\n]*\n)*").match(self.content, self.at)
        self.at = len(self.content) if found is None else found.end()


def _decoded(name: str) -> str:
    """A name whose spaces VTK wrote as %20."""
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda match: chr(int(match[1], 16)), name)
