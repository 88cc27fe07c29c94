"""The valves of the independent finite-element solutions, made anew from their published recipe.

The recipe is that of the README of ``shared/reference/leaflet-closure``; `tests/unit/test_reference_valves.py` compares
the meshes with the files there, so that a solver can be tested on them where the files are absent. Their axes are the
annulus frame of this package turned by nothing: x between the commissures, y anterior, z to the atrium; their angle is
90 degrees at A. Their tip 0 lies at +x (posteromedial); in this package's own valves tip 0 is anterolateral.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus.anatomy.valve import CHORDAE_GROUPS, Chordae, Valve
from annulus.anatomy.valve._grid import grid_leaflets, grid_vertices, valve_grid

__all__ = ["ReferenceValve", "reference_valve"]

THICKNESS_MM = 1.0
MODULUS_MPA = 40.0
AREA_MM2 = {"marginal": 0.4, "basal": 0.4, "strut": 1.2}
OPENING = np.radians(60.0)
SIZES = {"A": (28.0, 36.0, 6.0), "B": (36.0, 41.0, 4.0)}
TIPS_START = {"A": (10.0, -3.0, -30.0), "B": (10.0, -3.0, -29.5)}
TIPS_END = {"A": (10.0, -3.0, -30.0), "B": (13.0, -6.0, -36.0)}


@dataclass(frozen=True, eq=False)
class ReferenceValve:
    """Valve with its tips where they end, and where they start [mm], shape (2, 3)."""

    valve: Valve
    tips_start: np.ndarray


def reference_valve(case: str, *, n_columns: int = 80, n_rows: int = 10) -> ReferenceValve:
    """The stress-free valve "caseA" (also without contact) or "caseB", mid-surface, thickness 1 mm."""
    letter = case.removeprefix("case")[:1]
    theta = np.radians(90.0 + 360.0 * np.arange(n_columns) / n_columns)
    columns = _curtain(letter, theta, np.arange(n_rows + 1) / n_rows)
    # Middle of the strip after each column, in [0, 360).
    middle = (np.degrees(theta) + 180.0 / n_columns) % 360.0
    number = grid_vertices(n_columns, n_rows)
    tips = np.array([TIPS_END[letter], TIPS_END[letter]]) * [[1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]]
    start = np.array([TIPS_START[letter], TIPS_START[letter]]) * [[1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]]
    valve = Valve(
        surface=valve_grid(columns),
        leaflet=grid_leaflets((middle > 20.0) & (middle < 160.0), n_rows),
        hinge=number[:, 0],
        thickness_mm=np.full(2 * n_columns * n_rows, THICKNESS_MM),
        tips=tips,
        chordae=_chordae(n_columns, n_rows),
    )
    return ReferenceValve(valve, start)


def _annulus(letter: str, t: np.ndarray) -> np.ndarray:
    ap, cc, height = SIZES[letter]
    y = ap / 2.0 * (np.sin(t) + 0.25 * np.cos(t) ** 2)
    return np.column_stack([cc / 2.0 * np.cos(t), y, -height / 2.0 * np.cos(2.0 * t)])


def _length(t: np.ndarray) -> np.ndarray:
    degrees = np.degrees(t) % 360.0
    front = (degrees - 20.0) / 140.0
    back = ((degrees - 160.0) % 360.0) / 220.0
    anterior = 7.0 + 15.0 * (1.0 - np.abs(2.0 * front - 1.0) ** 2)
    posterior = 7.0 + 5.5 * (1.0 - np.abs(2.0 * back - 1.0) ** 2.5)
    return np.where((degrees >= 20.0) & (degrees <= 160.0), anterior, posterior)


def _target(letter: str, hinge: np.ndarray) -> np.ndarray:
    return np.column_stack([0.62 * hinge[:, 0], np.full(len(hinge), -0.18 * SIZES[letter][0])])


def _curtain(letter: str, t: np.ndarray, share: np.ndarray) -> np.ndarray:
    hinge = _annulus(letter, t)
    inward = _target(letter, hinge) - hinge[:, :2]
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    along = np.column_stack([np.cos(OPENING) * inward, np.full(len(t), -np.sin(OPENING))])
    return hinge[:, None] + (share * _length(t)[:, None])[..., None] * along[:, None]


def _closed(letter: str, t: float, share: float) -> np.ndarray:
    """Idealised closed position: along the straight line to K, then straight down."""
    hinge = _annulus(letter, np.array([t]))
    key = np.append(_target(letter, hinge)[0], -4.0)
    reach = 1.2 * share * float(_length(np.array([t]))[0])
    line = float(np.linalg.norm(key - hinge[0]))
    if reach <= line:
        return hinge[0] + reach / line * (key - hinge[0])
    return key - [0.0, 0.0, reach - line]


def _chordae(n_columns: int, n_rows: int) -> Chordae:
    """Both cases have the chordae of case A."""
    places = [("marginal", angle, n_rows) for angle in 82.5 - 15.0 * np.arange(12)]
    places += [("basal", angle, round(0.75 * n_rows)) for angle in (75.0, 52.5, 30.0, -15.0, -45.0, -75.0)]
    places += [("strut", 67.5, round(0.5 * n_rows))]
    theta = np.radians(90.0 + 360.0 * np.arange(n_columns) / n_columns)
    sheet = _curtain("A", theta, np.arange(n_rows + 1) / n_rows)
    rows = []
    for group, angle, row in places:
        for tip, wanted in enumerate((angle, 180.0 - angle)):
            apart = (np.degrees(theta) - wanted + 180.0) % 360.0 - 180.0
            column = _nearest(apart, mirrored=tip == 1)
            place = np.array(TIPS_END["A"]) * [1.0 - 2.0 * tip, 1.0, 1.0]
            closed = _closed("A", theta[column], row / n_rows)
            straight = np.linalg.norm(place - sheet[column, row])
            length = max(float(np.linalg.norm(place - closed)), float(straight) + 0.5)
            stiffness = MODULUS_MPA * AREA_MM2[group] / length
            rows.append((column * (n_rows + 1) + row, tip, stiffness, length, CHORDAE_GROUPS.index(group)))
    return Chordae.at_vertices(*np.array(rows).T)


def _nearest(apart: np.ndarray, *, mirrored: bool) -> int:
    """Column nearest to the wanted angle; of two at equal distance the same one on either side."""
    size = np.round(np.abs(apart), 9)
    nearest = np.flatnonzero(size == size.min())
    order = np.argsort(apart[nearest])
    return int(nearest[order[0 if mirrored else -1]])
