"""Numbers in the buffers of a glTF: accessors, quantised and sparse ones too, within what the buffers hold."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from annulus.errors import FileError
from annulus.io._reading import existing, within

__all__ = ["GltfBuffers"]

_KINDS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC3": 3}


class GltfBuffers:
    """Reads accessors of one file.

    Parameters
    ----------
    file, document, binary
        The file, its JSON, and the binary chunk of a GLB.
    """

    def __init__(self, file: Path, document: dict[str, Any], binary: bytes) -> None:
        self._file = file
        self._document = document
        self._binary = binary
        self._known: dict[int, bytes] = {}

    def values(self, number: object, kind: str, *, base_of_zeros: int = 0) -> np.ndarray:
        """Values of an accessor, shape (n, 3) for VEC3 and (n,) for SCALAR.

        Parameters
        ----------
        number
            Of the accessor.
        kind
            "VEC3" or "SCALAR", which it must be.
        base_of_zeros
            How many values a sparse accessor may have that stands on nothing: as many as a morph moves points.

        Raises
        ------
        FileError
            It is not in the file, not of this kind, holds no data, or reaches beyond its buffer.
        """
        item = self._entry("accessors", number)
        place = f"accessors[{number}]"
        count, width = self._whole(item, "count", place), _WIDTHS[kind]
        if item.get("type") != kind:
            raise FileError(self._file, place, f"must be of type {kind}; got {str(item.get('type'))[:20]!r}.")
        dtype = self._dtype(item, place)
        sparse = item.get("sparse")
        if "bufferView" in item:
            found = self._view(item["bufferView"], self._whole(item, "byteOffset", place), count, width, dtype, place)
            found = found.copy()
        elif isinstance(sparse, dict) and count == max(base_of_zeros, self._whole(sparse, "count", place)):
            found = np.zeros((count, width), dtype=dtype)
        else:
            raise FileError(
                self._file, place, "must have data; it has none, so all its points would be zero: export it without "
                "compression.",
            )  # fmt: skip
        if isinstance(sparse, dict):
            self._replace(found, sparse, place)
        values = found.astype(np.float64)
        if item.get("normalized") and dtype.kind in "iu":
            # glTF 2.0, 3.6.2.2: -128 and -127 are both -1.
            values = np.maximum(values / np.iinfo(dtype).max, -1.0)
        return values if width > 1 else values[:, 0]

    def _replace(self, found: np.ndarray, sparse: dict[str, Any], place: str) -> None:
        n = self._whole(sparse, "count", place)
        where, what = sparse.get("indices"), sparse.get("values")
        if not isinstance(where, dict) or not isinstance(what, dict) or n > len(found):
            raise FileError(self._file, f"{place}.sparse", "must have indices and values: export it again.")
        at = self._view(where.get("bufferView"), self._whole(where, "byteOffset", place), n, 1,
                        self._dtype(where, place), place)[:, 0].astype(np.int64)  # fmt: skip
        if n and (at.min() < 0 or at.max() >= len(found)):
            raise FileError(self._file, f"{place}.sparse", "must replace values that are there: export it again.")
        offset = self._whole(what, "byteOffset", place)
        found[at] = self._view(what.get("bufferView"), offset, n, found.shape[1], found.dtype, place)

    def _view(self, number: object, offset: int, count: int, width: int, dtype: np.dtype, place: str) -> np.ndarray:
        view = self._entry("bufferViews", number)
        extensions = view.get("extensions")
        for known in ("EXT_meshopt_compression", "KHR_meshopt_compression"):
            if isinstance(extensions, dict) and known in extensions:
                raise FileError(
                    self._file, f"bufferViews[{number}]", f"must not be compressed; it is, by {known}: export it "
                    "without compression.",
                )  # fmt: skip
        data = self._buffer(view.get("buffer"))
        begin = self._whole(view, "byteOffset", place)
        length, size = self._whole(view, "byteLength", place), width * dtype.itemsize
        step = self._whole(view, "byteStride", place) or size
        end = offset + (step * (count - 1) + size if count else 0)
        if step < size or end > length or begin + length > len(data):
            raise FileError(
                self._file, place, "must lie within its buffer; it reaches beyond: export or copy it again."
            )
        if not count:
            return np.zeros((0, width), dtype=dtype)
        return np.ndarray((count, width), dtype, data, begin + offset, (step, dtype.itemsize))

    def _buffer(self, number: object) -> bytes:
        item = self._entry("buffers", number)
        if not isinstance(number, int):
            raise FileError(self._file, "buffers", "must be numbered: export it again.")
        if number not in self._known:
            self._known[number] = self._content(item, f"buffers[{number}]")
        return self._known[number]

    def _content(self, item: dict[str, Any], place: str) -> bytes:
        uri, length = item.get("uri"), self._whole(item, "byteLength", place)
        if uri is None:
            data = self._binary
        elif isinstance(uri, str) and uri.startswith("data:"):
            try:
                data = base64.b64decode(uri.partition(",")[2], validate=True)
            except (binascii.Error, ValueError):
                raise FileError(self._file, place, "must be base64; it is not: export or copy it again.") from None
        else:
            path = within(self._file.parent, unquote(str(uri)), place=place, named_in=self._file)
            data = existing(path, place=place, named_in=self._file).read_bytes()
        if len(data) < length:
            raise FileError(self._file, place, "must be whole; it ends too early: export or copy it again.")
        return data

    def _entry(self, key: str, number: object) -> dict[str, Any]:
        table = self._document.get(key)
        good = isinstance(table, list) and isinstance(number, int) and 0 <= number < len(table)
        if not good or not isinstance(table[number], dict):  # type: ignore[index]
            raise FileError(self._file, key, f"must have number {str(number)[:20]}; it has not: export it again.")
        return table[number]  # type: ignore[index]

    def _dtype(self, item: dict[str, Any], place: str) -> np.dtype:
        kind = item.get("componentType")
        if not isinstance(kind, int) or kind not in _KINDS:
            raise FileError(self._file, f"{place}.componentType", f"must be a type of glTF; got {str(kind)[:20]}.")
        return np.dtype(_KINDS[kind])

    def _whole(self, item: dict[str, Any], key: str, place: str) -> int:
        value = item.get(key, 0)
        if not isinstance(value, int) or not 0 <= value < 1 << 48:
            raise FileError(self._file, f"{place}.{key}", "must be a whole number of at least 0: export it again.")
        return value
