"""Commissures from leaflet meshes: where the tissue nearest to the annulus changes from one leaflet to the other."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._case import Leaflets
from annulus.anatomy._landmarks import ANTERIOR_SHARE, commissure_positions
from annulus.anatomy.parametric._annulus import points_at_theta
from annulus.geometry import Surface
from annulus.kernels.ladders import nearest_distances
from annulus.sources import Assumption

__all__ = ["with_commissures"]

_BAND_MM = 3.0
"""Tissue farther from the annulus than this does not tell whose leaflet hangs there; a hole tells nothing either."""

_CERTAIN = 0.2
"""Of all votes that the arc on either side of a crossing could give, what agrees is at least this share."""

_AGAINST = 0.25
"""What contradicts the crossing is at most this share of what agrees."""

_WITHIN_DEG = (20.0, 130.0)
"""A commissure lies within these angles from A [deg]; published shares of the perimeter put it near 65."""

_STAND_IN = "an anterior arc of the published share of the perimeter stands in"


def with_commissures(annulus: Annulus, leaflets: Leaflets) -> tuple[Annulus, Assumption | None]:
    """Annulus whose commissures are known where its landmarks or the leaflets' meshes tell them.

    Each degree of the annulus votes for the leaflet whose mesh is nearer, by the difference of both distances, neither
    counted beyond 3 mm. On either side of A the crossing parts most votes: holes do not vote, and a fragment, a fold or
    a leaflet that reaches beyond is outvoted.

    Returns
    -------
    annulus
        With ALC and PMC added where the meshes show both; landmarks that it has stay.
    assumption
        From the meshes, or stand-in and why; None where the landmarks name both.
    """
    if {"ALC", "PMC"} <= annulus.landmarks.keys():
        return annulus, None
    why = "the commissures are unknown"
    if leaflets.anterior is not None and leaflets.posterior is not None:
        crossings = _crossings_deg(annulus, leaflets.anterior, leaflets.posterior)
        if crossings is not None:
            found = annulus.frame.to_world(points_at_theta(annulus, crossings))
            landmarks = {"ALC": found[0], "PMC": found[1], **annulus.landmarks}
            sources = {**dict.fromkeys(("ALC", "PMC"), "from the meshes"), **annulus.landmark_sources}
            value = f"from the meshes: ALC at {crossings[0]:.0f} and PMC at {crossings[1]:.0f} deg"
            why = "where the nearest leaflet mesh changes along the annulus; for the valve only, no measure uses them"
            return Annulus(annulus.loop, landmarks, sources), Assumption("commissures", value, "", why, "rule")
        why += ", and the leaflets' meshes do not part the annulus in two arcs"
    _, words = commissure_positions(annulus)
    return annulus, Assumption("commissures", words, "", f"{why}; {_STAND_IN}", ANTERIOR_SHARE.source)


def _crossings_deg(annulus: Annulus, anterior: Surface, posterior: Surface) -> FloatArray | None:
    """Annular angles of ALC and PMC [deg], shape (2,); None where the meshes show none."""
    stations = annulus.frame.to_world(points_at_theta(annulus, np.arange(360.0) + 0.5))
    front, back = (np.minimum(nearest_distances(stations, s.corners), _BAND_MM) for s in (anterior, posterior))
    votes = back - front
    lateral, medial = _crossing(votes[:180]), _crossing(votes[:179:-1])
    return None if lateral is None or medial is None else np.array([lateral, 360.0 - medial])


def _crossing(votes: FloatArray) -> float | None:
    """Angle from A where the anterior votes end [deg], from votes at every degree from A to P, shape (180,)."""
    parted = np.append(0.0, np.cumsum(votes))
    # Over a hole every place parts the votes alike: the middle of what is within a degree of the best.
    best = np.flatnonzero(parted >= parted.max() - _BAND_MM)
    at = 0.5 * float(best[0] + best[-1])
    if not _WITHIN_DEG[0] <= at <= _WITHIN_DEG[1]:
        return None
    for arc in (votes[: round(at)], -votes[round(at) :]):
        agreeing, against = np.maximum(arc, 0.0).sum(), np.maximum(-arc, 0.0).sum()
        if agreeing < _CERTAIN * _BAND_MM * len(arc) or against > _AGAINST * agreeing:
            return None
    return at
