"""Curves as tables, ``.csv``: one row a point, columns whose names stay."""

from __future__ import annotations

from pathlib import Path

from annulus.geometry import Curve
from annulus.io._atomic import write_text
from annulus.io.readers._curve_table import CURVE_COLUMNS

__all__ = ["write_curve"]


def write_curve(curve: Curve, path: Path) -> None:
    """Arc length, point and radii in mm, LPS, every digit; a radius that is not known is empty."""
    radii = [[""] * len(curve) if values is None else values.tolist() for values in (curve.radius, curve.mis_radius)]
    rows = [",".join(CURVE_COLUMNS)]
    for s, (x, y, z), radius, mis in zip(curve.arc_lengths.tolist(), curve.points.tolist(), *radii, strict=True):
        rows.append(f"{s!r},{x!r},{y!r},{z!r},{radius},{mis},LPS")
    write_text("\n".join(rows) + "\n", path)
