"""Surfaces and centrelines as VTK XML polygons, written without VTK: every digit of a float64."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from xml.sax.saxutils import quoteattr

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.anatomy import Case
from annulus.errors import InputError
from annulus.geometry import Curve, Surface
from annulus.io._atomic import write_text

__all__ = ["INSCRIBED", "write_case", "write_curve", "write_curves", "write_surface"]

INSCRIBED = "MaximumInscribedSphereRadius"
"""VMTK's name of the inscribed sphere's radius; SlicerVMTK's ``Radius`` is the area-equivalent one here."""

_NONE: Mapping[str, np.ndarray] = MappingProxyType({})


def write_surface(surface: Surface, path: Path) -> None:
    """Triangles, with SPACE and UNIT as field data, as Slicer writes them."""
    counts = np.full(len(surface.triangles), 3)
    _write(path, surface.points, polys=(surface.triangles.ravel(), counts))


def write_curve(curve: Curve, path: Path) -> None:
    """One centreline with the radii that are known, as `write_curves`."""
    write_curves({path.stem: curve}, path)


def write_case(case: Case, path: Path) -> None:
    """Centrelines of the vein and the arteries, as `write_curves`.

    Raises
    ------
    InputError
        The case has neither.
    """
    vein = case.coronary_sinus
    curves = {} if vein is None else {"coronary_sinus": vein.curve}
    curves |= {artery.name: artery.curve for artery in case.arteries}
    if not curves:
        raise InputError(
            f"{path}: case {case.id!r} must have a vein or an artery to be written as centrelines; it has none: name "
            "another part, such as annulus."
        )
    write_curves(curves, path)


def write_curves(curves: Mapping[str, Curve], path: Path) -> None:
    """Poly lines with the arrays of VMTK.

    Points: ``MaximumInscribedSphereRadius``, ``Radius`` [mm] and ``Abscissas`` [mm]; cells: ``CenterlineIds``,
    ``GroupIds``, ``TractIds``, ``Blanking``; fields: ``Names`` in order. Of several curves of which some have one
    radius only, that one stands in for the other: a round vessel has both alike. A radius of no curve is no array.
    """
    lines = list(curves.values())
    points: dict[str, FloatArray] = {}
    radii = {INSCRIBED: [line.mis_radius for line in lines], "Radius": [line.radius for line in lines]}
    other = {INSCRIBED: radii["Radius"], "Radius": radii[INSCRIBED]}
    for name, values in radii.items():
        if any(rows is not None for rows in values):
            found = [rows if rows is not None else other[name][k] for k, rows in enumerate(values)]
            known = [rows for rows in found if rows is not None]
            if len(known) == len(lines):
                points[name] = np.concatenate(known)
    points["Abscissas"] = np.concatenate([line.arc_lengths for line in lines])
    number = np.arange(len(lines))
    cells = {"CenterlineIds": number, "GroupIds": number, "TractIds": 0 * number, "Blanking": 0 * number}
    _write(
        path,
        np.vstack([line.points for line in lines]),
        lines=(np.arange(sum(map(len, lines))), np.array([len(line) for line in lines])),
        point_data=points,
        cell_data=cells,
        names=list(curves),
    )


def _write(
    path: Path,
    points: FloatArray,
    *,
    lines: tuple[IntArray, IntArray] | None = None,
    polys: tuple[IntArray, IntArray] | None = None,
    point_data: Mapping[str, np.ndarray] = _NONE,
    cell_data: Mapping[str, np.ndarray] = _NONE,
    names: Sequence[str] = (),
) -> None:
    """A piece of points and cells; `lines` and `polys` are the cells' points one after the other, and their counts."""
    none = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    (along, sizes), (around, corners) = lines or none, polys or none
    text = [
        '<?xml version="1.0"?>',
        '<VTKFile type="PolyData" version="1.0" byte_order="LittleEndian" header_type="UInt64">',
        "<PolyData><FieldData>",
        *(_strings(name, words) for name, words in (("SPACE", ["LPS"]), ("UNIT", ["mm"]), ("Names", names)) if words),
        "</FieldData>",
        f'<Piece NumberOfPoints="{len(points)}" NumberOfVerts="0" NumberOfLines="{len(sizes)}" NumberOfStrips="0" '
        f'NumberOfPolys="{len(corners)}">',
        "<PointData>",
        *(_array(name, values) for name, values in point_data.items()),
        "</PointData><CellData>",
        *(_array(name, values) for name, values in cell_data.items()),
        "</CellData><Points>",
        _array("Points", points),
        "</Points>",
    ]
    for kind, cells, counts in (("Lines", along, sizes), ("Polys", around, corners)):
        if len(counts):
            text += [f"<{kind}>", _array("connectivity", cells), _array("offsets", np.cumsum(counts)), f"</{kind}>"]
    text += ["</Piece></PolyData>", "</VTKFile>", ""]
    write_text("\n".join(text), path)


def _array(name: str, values: np.ndarray) -> str:
    kind, dtype = ("Float64", "<f8") if values.dtype.kind == "f" else ("Int64", "<i8")
    shape = f' NumberOfComponents="{values.shape[1]}"' if values.ndim == 2 else ""
    data = np.ascontiguousarray(values, dtype=dtype).tobytes()
    return f'<DataArray type="{kind}" Name={quoteattr(name)}{shape} format="binary">\n{_encoded(data)}\n</DataArray>'


def _strings(name: str, words: Sequence[str]) -> str:
    """Text as VTK keeps it: characters as numbers, each string ended by 0."""
    codes = " ".join(str(code) for word in words for code in [*word.encode(), 0])
    return (
        f'<Array type="String" Name={quoteattr(name)} NumberOfTuples="{len(words)}" format="ascii">\n{codes}\n</Array>'
    )


def _encoded(data: bytes) -> str:
    """Length and bytes in base 64, as VTK's inline binary arrays are."""
    return base64.b64encode(np.uint64(len(data)).tobytes() + data).decode("ascii")
