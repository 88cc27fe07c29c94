"""Leaflet heights and sheets, and an atrial dome, around a parametric annulus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._case import LeafletHeights, Leaflets
from annulus.anatomy._landmarks import commissure_positions
from annulus.anatomy.parametric._annulus import points_at_theta
from annulus.errors import InputError
from annulus.geometry import Surface

__all__ = ["CLEFT_SHARES", "LeafletParameters", "atrial_dome", "leaflet_heights", "parametric_leaflets"]

CLEFT_SHARES = (0.3, 0.7)
"""Between P1 and P2 and between P2 and P3: shares of the posterior arc from ALC; P2 takes the middle 40 %, assumed."""

_SCALLOP_HALF_WIDTH = 0.12
"""Half width of the indentation between two scallops, share of the posterior arc; assumed."""


@dataclass(frozen=True, slots=True)
class LeafletParameters:
    """Leaflet sizes.

    Parameters
    ----------
    anterior_height_mm, posterior_height_mm, commissural_height_mm
        Hinge to free edge at A, at P, and at the commissures [mm].
    opening_deg
        Angle of the drawn sheets below the annulus plane [deg]; heights do not depend on it.
    scallop_depth_mm
        By how much the posterior height is less between the scallops [mm]; 0 for a plain leaflet.
    cleft_depth_mm
        Depth of a slit between the scallops, from the free edge [mm]; only in a valve's mesh, 0 for none.
    """

    anterior_height_mm: float
    posterior_height_mm: float
    commissural_height_mm: float
    opening_deg: float = 65.0
    scallop_depth_mm: float = 0.0
    cleft_depth_mm: float = 0.0

    def __post_init__(self) -> None:
        for name in ("scallop_depth_mm", "cleft_depth_mm"):
            depth = getattr(self, name)
            if not 0.0 <= depth <= 0.7 * self.posterior_height_mm:
                raise InputError(
                    f"{name} must lie between 0 and 0.7 of posterior_height_mm; got {depth:g} with "
                    f"{self.posterior_height_mm:g} mm."
                )
        if not 0.0 < self.commissural_height_mm <= min(self.anterior_height_mm, self.posterior_height_mm):
            raise InputError(
                "commissural_height_mm must be positive and not above the other heights; got "
                f"{self.commissural_height_mm:g} with {self.anterior_height_mm:g} and {self.posterior_height_mm:g} mm."
            )
        if not 0.0 <= self.opening_deg <= 90.0:
            raise InputError(f"opening_deg must lie in [0, 90]; got {self.opening_deg:g}.")


_POWERS = (2.0, 2.5)
"""How the height falls from its greatest to the commissures, anterior and posterior [1]; assumed."""


def parametric_leaflets(annulus: Annulus, parameters: LeafletParameters, *, n_rows: int = 8) -> Leaflets:
    """Heights around the annulus, and an open sheet for each leaflet hinged on it.

    The height falls from A to the commissures as a parabola, from P with the power 2.5: full leaflets, as in the
    project's finite-element references (assumed; their area under pressure is then about twice the annulus's).
    The sheets hang straight down from the hinge at the opening angle: a drawing, not a closed valve.

    Raises
    ------
    InputError
        The annulus has no commissures, or a sheet would reach across the orifice.
    """
    if not {"ALC", "PMC"} <= annulus.landmarks.keys():
        raise InputError("leaflets need the commissures ALC and PMC as annulus landmarks; they are missing.")
    first, last = _commissures_deg(annulus)
    heights = leaflet_heights(annulus, parameters)
    anterior = _sheet(annulus, heights, np.linspace(last - 360.0, first, 49), parameters.opening_deg, n_rows)
    posterior = _sheet(annulus, heights, np.linspace(first, last, 73), parameters.opening_deg, n_rows)
    return Leaflets(anterior, posterior, heights)


def leaflet_heights(annulus: Annulus, parameters: LeafletParameters) -> LeafletHeights:
    """Heights every 5 degrees and at the commissures, which may be stand-ins (`commissure_positions`)."""
    first, last = _commissures_deg(annulus)
    theta = np.unique(np.append(np.arange(0.0, 360.0, 5.0), np.mod([first, last], 360.0)))
    return LeafletHeights(theta, _height(theta, first, last, parameters))


def _commissures_deg(annulus: Annulus) -> tuple[float, float]:
    positions, _ = commissure_positions(annulus)
    first, last = annulus.theta_deg(annulus.loop.at(positions))
    return float(first), float(last)


def _height(theta: FloatArray, first: float, last: float, parameters: LeafletParameters) -> FloatArray:
    """Leaflet height [mm] at angles [deg] in [0, 360)."""
    signed = np.where(theta > 180.0, theta - 360.0, theta)
    front = np.where(signed >= 0.0, signed / first, signed / (last - 360.0))
    back = np.where(theta <= 180.0, (180.0 - theta) / (180.0 - first), (theta - 180.0) / (last - 180.0))
    anterior = (theta <= first) | (theta >= last)
    share = 1.0 - np.clip(np.where(anterior, front, back), 0.0, 1.0) ** np.where(anterior, *_POWERS)
    top = np.where(anterior, parameters.anterior_height_mm, parameters.posterior_height_mm)
    height = parameters.commissural_height_mm + (top - parameters.commissural_height_mm) * share
    along = (theta - first) / (last - first)
    for place in CLEFT_SHARES:
        window = np.clip((along - place) / _SCALLOP_HALF_WIDTH, -1.0, 1.0)
        height = height - parameters.scallop_depth_mm * np.cos(0.5 * np.pi * window) ** 2
    return np.maximum(height, min(parameters.commissural_height_mm, parameters.posterior_height_mm / 3.0))


def _sheet(annulus: Annulus, heights: LeafletHeights, theta: FloatArray, opening_deg: float, n_rows: int) -> Surface:
    """Sheet hinged on the annulus between the first and last angle."""
    hinge = points_at_theta(annulus, theta)
    inward = -hinge[:, :2] / np.linalg.norm(hinge[:, :2], axis=1, keepdims=True)
    fall = np.radians(opening_deg)
    direction = np.column_stack([inward * np.cos(fall), np.full(len(theta), -np.sin(fall))])
    height = heights.at(theta)
    if (height * np.cos(fall) > 0.95 * np.linalg.norm(hinge[:, :2], axis=1)).any():
        raise InputError("opening_deg must be larger: a leaflet of this height reaches across the orifice.")
    rows = np.linspace(0.0, 1.0, n_rows)
    points = hinge[None] + (rows[:, None] * height)[:, :, None] * direction[None]
    return Surface(annulus.frame.to_world(points.reshape(-1, 3)), _grid(n_rows, len(theta), closed=False))


def atrial_dome(annulus: Annulus, *, height_mm: float, widening: float, n_rows: int = 16) -> Surface:
    """A plain dome over the annulus as a stand-in for the left atrium in pictures.

    Parameters
    ----------
    annulus
        Annulus.
    height_mm
        Top above the annulus plane [mm].
    widening
        Largest radius over the annulus radius [1].
    n_rows
        Rows from the annulus to the top.
    """
    theta = np.linspace(0.0, 360.0, 72, endpoint=False)
    base = points_at_theta(annulus, theta)
    # A quarter ellipse beyond the widest place, a smooth flare below it.
    up = np.linspace(0.0, 1.0, n_rows + 1)[:-1]
    level = np.sin(0.5 * np.pi * up)
    width = np.sqrt(1.0 - level**2) * (1.0 + (widening - 1.0) * 2.0 * np.sin(np.pi * np.minimum(up, 0.5)))
    rows = [
        np.column_stack([base[:, :2] * w, base[:, 2] * (1.0 - h) + height_mm * h])
        for w, h in zip(width, level, strict=True)
    ]
    points = np.vstack([*rows, [[0.0, 0.0, height_mm]]])
    side = _grid(n_rows, len(theta), closed=True)
    last = (n_rows - 1) * len(theta) + np.arange(len(theta))
    cap = np.column_stack([last, np.roll(last, -1), np.full(len(theta), len(points) - 1)])
    return Surface(annulus.frame.to_world(points), np.vstack([side, cap]))


def _grid(n_rows: int, n_columns: int, *, closed: bool) -> np.ndarray:
    """Triangles of a grid of points stored row by row, shape (m, 3)."""
    column = np.arange(n_columns if closed else n_columns - 1)
    following = (column + 1) % n_columns
    start = np.arange(n_rows - 1)[:, None] * n_columns
    a, b = (start + column).ravel(), (start + following).ravel()
    c, d = a + n_columns, b + n_columns
    return np.vstack([np.column_stack([a, b, c]), np.column_stack([b, d, c])])
