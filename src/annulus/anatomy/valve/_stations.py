"""Where the columns of a valve stand on the annulus: the commissures, A and P are among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._landmarks import commissure_positions
from annulus.errors import InputError

__all__ = [
    "CoaptationLine",
    "Stations",
    "hinge_positions",
    "hinge_stations",
    "line_marks",
    "meeting_points",
    "station_deg",
]


@dataclass(frozen=True, slots=True)
class CoaptationLine:
    """Line of coaptation seen from the atrium: a parabola that curves forward to the commissures, a smile.

    Parameters
    ----------
    width
        Half length over the annulus' half width [1]: it reaches the commissures (assumed).
    depth
        Distance of its middle from P over AP [1], as in the finite-element references.
    rise
        How far its ends lie forward, over the distance of the commissures from the level of its middle [1] (assumed).
    """

    width: float = 0.85
    depth: float = 0.32
    rise: float = 0.6


@dataclass(frozen=True, eq=False)
class Stations:
    """Columns of a valve on an annulus, counter-clockwise seen from the atrium, the first at PMC.

    Parameters
    ----------
    positions
        Places on ``annulus.loop``, edge index plus fraction, shape (n,).
    is_anterior
        Whether the strip after each column belongs to the anterior leaflet, shape (n,).
    side
        0 where a column belongs to the anterolateral tip, 1 to the posteromedial one, shape (n,).
    share
        Arc from A over the arc from A to P on the column's side [1], shape (n,).
    posterior_share
        Arc from ALC over the posterior arc from ALC to PMC [1]; not-a-number on the anterior leaflet, shape (n,).
    commissures
        How the commissures were found.
    """

    positions: FloatArray
    is_anterior: np.ndarray
    side: np.ndarray
    share: FloatArray
    posterior_share: FloatArray
    commissures: str


def hinge_stations(annulus: Annulus, n_columns: int) -> Stations:
    """Columns on the annulus, equally spaced within each of the arcs PMC-A, A-ALC, ALC-P and P-PMC.

    Raises
    ------
    InputError
        Fewer than 12 columns, an odd number, or landmarks in an impossible order.
    """
    if n_columns < 12 or n_columns % 2:
        raise InputError(f"n_columns must be even and at least 12; got {n_columns}.")
    loop = annulus.loop
    pair, words = commissure_positions(annulus)
    others, _ = loop.closest(np.array([annulus.landmarks["A"], annulus.landmarks["P"]]))
    lengths = np.append(loop.arc_lengths, loop.length)
    index = np.arange(len(loop) + 1.0)
    a, alc, p, pmc = np.interp([others[0], pair[0], others[1], pair[1]], index, lengths)
    forward = 1.0 if loop.area_vector @ annulus.frame.axes[2] > 0.0 else -1.0

    def arc(start: float, end: float) -> float:
        """Arc length counter-clockwise from start to end [mm]."""
        return float((forward * (end - start)) % loop.length)

    arcs = np.array([arc(pmc, a), arc(a, alc), arc(alc, p), arc(p, pmc)])
    if abs(arcs.sum() - loop.length) > 1e-6 * loop.length or arcs.min() < 0.02 * loop.length:
        raise InputError("annulus landmarks must run PMC, A, ALC, P around the loop, apart from each other.")
    half = n_columns // 2
    n_front = min(max(round(half * (arcs[0] + arcs[1]) / loop.length), 2), half - 3)
    counts = (n_front, n_front, half - n_front, half - n_front)
    from_a = arcs[0] + arcs[1]
    starts = np.append(0.0, np.cumsum(arcs[:-1]))
    walked = np.concatenate(
        [start + length * np.arange(n) / n for start, length, n in zip(starts, arcs, counts, strict=True)]
    )
    lateral = (walked > arcs[0]) & (walked <= starts[3])
    to_p = arcs[1] + arcs[2]
    beyond_p = arcs[3] + arcs[0]
    share = np.where(
        lateral,
        (walked - arcs[0]) / to_p,
        np.where(walked <= arcs[0], arcs[0] - walked, arcs[0] + loop.length - walked) / beyond_p,
    )
    anterior = np.arange(n_columns) < 2 * n_front
    posterior_share = np.where(walked >= from_a - 1e-9, (walked - from_a) / (arcs[2] + arcs[3]), np.nan)
    places = np.interp((pmc + forward * walked) % loop.length, lengths, index)
    return Stations(places, anterior, np.where(lateral, 0, 1), share, posterior_share, words)


def hinge_positions(annulus: Annulus, n_columns: int = 80) -> FloatArray:
    """Places of a valve's hinge vertices on ``annulus.loop``, edge index plus fraction, shape (n_columns,).

    ``moved.loop.at(positions)`` is the hinge on the same annulus after it was cinched.
    """
    return hinge_stations(annulus, n_columns).positions


def meeting_points(annulus: Annulus, hinge: FloatArray, line: CoaptationLine) -> FloatArray:
    """Points of the annulus plane that a leaflet is drawn towards from its hinge; annulus frame [mm], shape (n, 2).

    They lie on the line of coaptation.
    """
    x = hinge[:, 0]
    back, front, share, ends = line_marks(annulus, x)
    middle = back + line.depth * (front - back)
    return np.column_stack([line.width * x, middle + line.rise * (ends - middle) * share**2])


def line_marks(annulus: Annulus, x: FloatArray) -> tuple[float, float, FloatArray, FloatArray]:
    """What a line of coaptation is measured by at places x [mm], annulus frame.

    Returns
    -------
    back, front
        y of P and of A [mm].
    share
        x over that of the commissure on its side, within [0, 1], shape (n,).
    ends
        y of that commissure [mm], shape (n,).
    """
    frame = annulus.frame
    front, back = frame.to_local(np.array([annulus.landmarks["A"], annulus.landmarks["P"]]))[:, 1]
    pair, _ = commissure_positions(annulus)
    (x_lateral, y_lateral), (x_medial, y_medial) = frame.to_local(annulus.loop.at(pair))[:, :2]
    share = np.clip(x / np.where(x < 0.0, x_lateral, x_medial), 0.0, 1.0)
    return float(back), float(front), share, np.where(x < 0.0, y_lateral, y_medial)


def station_deg(annulus: Annulus, n_columns: int = 80) -> FloatArray:
    """Annular angle of each column of a valve [deg], shape (n_columns,)."""
    return annulus.theta_deg(annulus.loop.at(hinge_positions(annulus, n_columns)))
