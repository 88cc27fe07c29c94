"""The anatomic orifice: plates with slits of known width between their faces, in any position in space."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from annulus.outcomes import anatomic_orifice
from annulus.verification._case import VerificationCase
from annulus.verification._valve_plates import plates

__all__ = ["orifice_cases"]

_THICKNESS_MM, _LENGTH_MM = 1.0, 20.0
_SLITS_MM = (0.2, 0.8, 3.0)
_TILTS_DEG = (0.0, 80.0)


def _area(n: int, slit_mm: float, tilt_deg: float) -> float:
    """Orifice of plates of 20 n columns whose faces are `slit_mm` apart over 20 mm [mm2]."""
    half = 0.5 * (_THICKNESS_MM + slit_mm)
    valve = plates(lambda x: half * (np.abs(x) < 0.5 * _LENGTH_MM + 1e-9), n_columns=20 * n + 1)
    turn = Rotation.from_euler("xz", [tilt_deg, 20.0], degrees=True).as_matrix()
    return anatomic_orifice(valve, valve.surface.points @ turn.T, thickness_mm=_THICKNESS_MM, min_jet_mm2=0.0).area_mm2


def _slit_values(n: int) -> dict[str, float]:
    return {
        f"{slit:g} mm at {tilt:g} deg": _area(n, slit, tilt) / (slit * _LENGTH_MM)
        for slit in _SLITS_MM
        for tilt in _TILTS_DEG
    }


def _jump_values(n: int) -> dict[str, float]:
    """Orifice over width of slits that hardly open, over that of a wide one."""
    wide = _area(n, 1.0, 0.0)
    return {f"{slit:g} mm": _area(n, slit, 0.0) / (slit * wide) for slit in (0.001, 0.01, 0.1)}


def orifice_cases() -> tuple[VerificationCase, ...]:
    """Cases of the orifice between faces."""
    return (
        VerificationCase(
            "orifice-slits",
            "plates 1 mm thick, a slit of 20 mm between their faces, tilted: width times length",
            "mechanics-notes",
            {f"{slit:g} mm at {tilt:g} deg": 1.0 for slit in _SLITS_MM for tilt in _TILTS_DEG},
            _slit_values,
            (1, 2),
            5e-2,
            note="at either end the faces part over the width of a column, and its edge is as near as the other face",
        ),
        VerificationCase(
            "orifice-opens",
            "a slit that opens from nothing on: its orifice grows in proportion, without a jump",
            "mechanics-notes",
            {f"{slit:g} mm": 1.0 for slit in (0.001, 0.01, 0.1)},
            _jump_values,
            (1, 2),
            5e-2,
        ),
    )
