"""VTK's XML files, ``.vtp`` and ``.vtu``: text, base64 and appended data, plain or compressed, of either byte order.

A file that inflates out of proportion is refused before it fills the memory.
"""

from __future__ import annotations

import binascii
import lzma
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from annulus._typing import IntArray
from annulus.errors import FileError
from annulus.io._stated import stated
from annulus.io.readers._raw import cut, floats, whole
from annulus.io.readers._vtk_cells import VtkData, cells_of, from_cells, joined

__all__ = ["read_xml"]

_TYPES = {
    **{f"Int{8 * n}": f"i{n}" for n in (1, 2, 4, 8)},
    **{f"UInt{8 * n}": f"u{n}" for n in (1, 2, 4, 8)},
    "Float32": "f4",
    "Float64": "f8",
    "String": "u1",
}

_RATIO, _SPARE = 200, 64 << 20
"""Compressed data may grow by so much, and by so many bytes beyond: smooth coordinates shrink by 2 to 5, zeros by a
thousand."""


def read_xml(file: Path) -> VtkData:
    """Points, triangles, lines and values of all pieces of the file.

    Raises
    ------
    FileError
        It is no such file, is cut off, is compressed in a way that is not decoded, or holds neither surface nor lines.
    """
    reader = _Reader(file)
    points, triangles, lines, values, before = [], [], [], [], 0
    for piece in reader.pieces():
        flat = reader.array(piece.find("Points/DataArray"), "Points")
        if len(flat) % 3:
            raise cut(file)
        own = flat.reshape(-1, 3)
        corners, polylines = reader.cells(piece)
        points.append(own)
        triangles.append(corners + before)
        lines += [line + before for line in polylines]
        values.append(reader.values(piece, len(own)))
        before += len(own)
    if not points:
        raise FileError(file, "", "must hold a piece with points; it has none: export it again.")
    names = [name for name in values[0] if all(name in other for other in values)]
    return VtkData(
        np.vstack(points).astype(np.float64),
        np.vstack(triangles),
        lines,
        {name: np.concatenate([one[name] for one in values]) for name in names},
        stated(file, reader.comments, reader.fields()),
    )


class _Reader:
    """The XML of one file and the bytes of its arrays."""

    def __init__(self, file: Path) -> None:
        self.file = file
        data = file.read_bytes()
        if b"<VTKFile" not in data[:8192]:
            raise FileError(file, "", "must be a readable VTK file in XML; it is none, or cut off: export it again.")
        if b"<!DOCTYPE" in data[:8192] or b"<!ENTITY" in data[:8192]:
            raise FileError(file, "", "must hold no DOCTYPE or ENTITY, as VTK writes none; it does: export it again.")
        if b"</VTKFile>" not in data:
            raise FileError(
                file, "", "must end with </VTKFile>; the file is cut off or no VTK XML: export or copy it again."
            )
        self.appended, self.encoding = b"", "raw"
        found = re.search(rb"<AppendedData[^>]*>\s*_", data)
        if found is not None:
            end = data.rfind(b"</AppendedData>")
            if end < found.end():
                raise cut(file)
            self.appended = data[found.end() : end]
            self.encoding = "base64" if b"base64" in found[0] else "raw"
            data = data[: found.start()] + data[end + len(b"</AppendedData>") :]
        self.comments = [one.decode("utf-8", "replace") for one in re.findall(rb"<!--(.*?)-->", data, re.DOTALL)]
        try:
            self.root = ElementTree.fromstring(data)
        except (ElementTree.ParseError, ValueError, LookupError, RecursionError) as error:
            raise FileError(
                file,
                "",
                f"must be a readable VTK file; its XML is broken ({str(error)[:60]}): export or copy it again.",
            ) from None
        self.kind = self.root.get("type", "")
        if self.kind in ("ImageData", "RectilinearGrid"):
            raise _image(file)
        if self.kind not in ("PolyData", "UnstructuredGrid"):
            raise FileError(file, "type", f"must be PolyData or UnstructuredGrid; got {self.kind[:40]!r}: export such.")
        self.order = ">" if self.root.get("byte_order") == "BigEndian" else "<"
        self.head = np.dtype(self.order + ("u8" if self.root.get("header_type") == "UInt64" else "u4"))
        self.compressor = self.root.get("compressor", "")
        offsets = {int(k) for one in self.root.iter("DataArray") if (k := one.get("offset") or "").isdecimal()}
        self.ends = [*sorted(offsets), len(self.appended)]

    def pieces(self) -> Iterator[ElementTree.Element]:
        yield from self.root.iterfind(f"{self.kind}/Piece")

    def fields(self) -> dict[str, str]:
        """Name to text of the field data."""
        found = {}
        for one in self.root.iterfind(f"{self.kind}/FieldData/*"):
            if one.get("type") == "String" and (one.get("Name") or "").upper() in ("SPACE", "UNIT", "UNITS"):
                codes = self.array(one, "FieldData").astype(np.uint8).tobytes()
                found[one.get("Name") or ""] = codes.split(b"\0")[0].decode("utf-8", "replace")
        return found

    def values(self, piece: ElementTree.Element, n_points: int) -> dict[str, np.ndarray]:
        """Name to values at the points, of arrays with one number each."""
        found = {}
        for one in piece.iterfind("PointData/DataArray"):
            if one.get("NumberOfComponents", "1") in ("1", "0") and one.get("type") != "String":
                array = self.array(one, "PointData").astype(np.float64)
                if len(array) != n_points:
                    raise cut(self.file)
                found[one.get("Name") or ""] = array
        return found

    def cells(self, piece: ElementTree.Element) -> tuple[IntArray, list[IntArray]]:
        """Triangles and lines of a piece."""
        if self.kind == "UnstructuredGrid":
            cells = self._cells(piece.find("Cells"))
            types = whole(self.file, self.array(piece.find("Cells/DataArray[@Name='types']"), "types"), "types")
            if len(types) != len(cells):
                raise cut(self.file)
            return from_cells(self.file, types, cells)
        lines, strips, polygons = (self._cells(piece.find(name)) for name in ("Lines", "Strips", "Polys"))
        return joined(polygons, strips), lines

    def _cells(self, group: ElementTree.Element | None) -> list[IntArray]:
        if group is None or group.find("DataArray[@Name='offsets']") is None:
            return []
        corners, ends = (
            whole(self.file, self.array(group.find(f"DataArray[@Name='{name}']"), name), name)
            for name in ("connectivity", "offsets")
        )
        return cells_of(self.file, ends, corners)

    def array(self, one: ElementTree.Element | None, what: str) -> np.ndarray:
        """Values of a data array, flat."""
        if one is None:
            raise FileError(self.file, what, "must have its data array; it is missing: export it again.")
        kind = _TYPES.get(one.get("type", ""))
        if kind is None:
            raise FileError(
                self.file, what, f"must be numbers; got type {str(one.get('type'))[:20]!r}: export it again."
            )
        form, text = one.get("format", "ascii"), one.text or ""
        if form == "ascii":
            return floats(self.file, text.split(), what)
        if form == "appended":
            at = one.get("offset", "")
            if not at.isdecimal() or int(at) > len(self.appended):
                raise cut(self.file)
            end = next((k for k in self.ends if k > int(at)), len(self.appended))
            raw = self.appended[int(at) : end]
            raw = _base64(self.file, raw) if self.encoding == "base64" else raw
        else:
            raw = _base64(self.file, text.encode("ascii", "replace"))
        data = self._inflated(raw) if self.compressor else self._plain(raw)
        dtype = np.dtype(self.order + kind)
        if len(data) % dtype.itemsize:
            raise cut(self.file)
        return np.frombuffer(data, dtype)

    def _plain(self, raw: bytes) -> bytes:
        size = self.head.itemsize
        if not raw:
            return b""
        if len(raw) < size:
            raise cut(self.file)
        n = int(np.frombuffer(raw, self.head, 1)[0])
        if len(raw) < size + n:
            raise cut(self.file)
        return raw[size : size + n]

    def _inflated(self, raw: bytes) -> bytes:
        size = self.head.itemsize
        if len(raw) < 3 * size:
            if len(raw) >= size and not int(np.frombuffer(raw, self.head, 1)[0]):
                return b""
            raise cut(self.file)
        blocks, whole, last = (int(k) for k in np.frombuffer(raw, self.head, 3))
        if blocks > len(raw) // size:
            raise cut(self.file)
        if blocks == 0:
            return b""
        if len(raw) < (3 + blocks) * size:
            raise cut(self.file)
        lengths = [int(k) for k in np.frombuffer(raw, self.head, blocks, 3 * size)]
        sizes = [whole] * (blocks - 1) + [last or whole]
        if sum(sizes) > _RATIO * len(raw) + _SPARE:
            raise FileError(
                self.file, "", f"must not inflate by more than {_RATIO} times; it says that it does: export it without "
                "compression.",
            )  # fmt: skip
        at, parts = (3 + blocks) * size, []
        for length, expected in zip(lengths, sizes, strict=True):
            if at + length > len(raw):
                raise cut(self.file)
            parts.append(self._block(raw[at : at + length], expected))
            at += length
        return b"".join(parts)

    def _block(self, raw: bytes, expected: int) -> bytes:
        try:
            if self.compressor == "vtkZLibDataCompressor":
                data = zlib.decompressobj().decompress(raw, expected + 1)
            elif self.compressor == "vtkLZMADataCompressor":
                data = lzma.LZMADecompressor(memlimit=1 << 28).decompress(raw, expected + 1)
            else:
                raise FileError(
                    self.file, "compressor", f"{self.compressor[:40]} is not decoded here: export it with zlib or "
                    "without compression.",
                )  # fmt: skip
        except (zlib.error, lzma.LZMAError):
            raise FileError(self.file, "", "its compressed data are broken: export or copy it again.") from None
        if len(data) != expected:
            raise FileError(self.file, "", "its compressed data are not as long as it says: export or copy it again.")
        return data


def _image(file: Path) -> FileError:
    return FileError(
        file, "", "must hold a surface or lines; it holds an image: make a surface of the label first, and export it."
    )


def _base64(file: Path, text: bytes) -> bytes:
    """Bytes of base64 text; header and data may have been padded each."""
    text = b"".join(text.split())
    try:
        return b"".join(binascii.a2b_base64(part, strict_mode=True) for part in re.findall(rb"[^=]+={0,2}", text))
    except binascii.Error:
        raise FileError(file, "", "its base64 data are broken: export or copy it again.") from None
