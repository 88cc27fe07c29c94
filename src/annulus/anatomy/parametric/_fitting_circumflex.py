"""A circumflex that passes or crosses the vein where it was asked to and finds room beside vein and annulus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from annulus.anatomy._annulus import Annulus
from annulus.anatomy._vessels import Artery, CoronarySinus
from annulus.anatomy.measures import vessel_crossings
from annulus.anatomy.parametric._circumflex import (
    CROSSING_MARGIN_MM,
    CircumflexParameters,
    CrossingSide,
    Dominance,
    course_at_crossing,
    parametric_circumflex,
)
from annulus.anatomy.parametric._filling import Filling
from annulus.anatomy.parametric._walls import WALL_OVERLAP_MM, annulus_clearance, wall_gap
from annulus.errors import InputError

__all__ = ["fitting_circumflex"]

_CORRECTIONS, _CROSSING_ERROR_MM = 12, 1e-3
"""How often, and until when, the circumflex is moved until its crossing measures as asked."""

_NEAR_GAPS_MM = (3.0, 2.0, 1.0)
_BIFURCATION_HEIGHTS_MM = (10.0, 15.0, 5.0, 0.0)
_BIFURCATION_DISTANCES_MM = (5.0, 8.0, 3.0)
"""Where the artery may run and come from, in the order of trial; assumed, as the presets' own."""


def fitting_circumflex(
    ring: Annulus,
    sinus: CoronarySinus,
    filling: Filling,
    given: Mapping[str, float],
    *,
    side: CrossingSide,
    dominance: Dominance,
) -> tuple[Filling, tuple[Artery, ...]]:
    """Arteries that cross as asked and clear vein and annulus, and the filling with the places that let them.

    Parameters
    ----------
    ring, sinus
        Annulus and vein, made from `filling`.
    filling
        All parameters of the heart.
    given
        Clinical numbers; ``lcx_crossing_mm`` and ``lcx_gap_mm`` are met as `measure` finds them.
    side, dominance
        Course of the artery.

    Raises
    ------
    InputError
        There is no room for the artery.
    """
    filling = _coursed(filling, side)
    own = filling.part("circumflex")
    # What is listed of a crossing is what `measure` finds, given or the preset's.
    crosses = side in (CrossingSide.UNDER, CrossingSide.OVER)
    asked = [
        given.get(name, own[field] if crosses else None)
        for name, field in (("lcx_crossing_mm", "crossing_at_mm"), ("lcx_gap_mm", "crossing_gap_mm"))
    ]
    said = ""
    for index, ways in enumerate(_ways(own)):
        shape = CircumflexParameters(
            **{**own, **ways},
            crossing_side=side,
            n_marginals=2,
            dominance=dominance,
            level=index > 0 or asked != [None, None],
        )
        main, *marginals = _crossing_as_asked(ring, sinus, shape, asked)
        gap, clearance = wall_gap(sinus, main), float(annulus_clearance(ring, main.curve).min())
        if gap >= -WALL_OVERLAP_MM and clearance >= 0.0:
            # A marginal is drawn straight down the free wall; where that would lead it through the vein it is left out.
            kept = [item for item in marginals if wall_gap(sinus, item) >= -WALL_OVERLAP_MM]
            changed = {f"circumflex.{name}": value for name, value in ways.items()}
            return filling.with_rule(changed, "so that the artery clears vein and annulus"), (main, *kept)
        said = f"cuts the annulus by {-clearance:.1f} mm" if clearance < 0.0 else f"overlaps the vein by {-gap:.1f} mm"
    end = sinus.curve.at(sinus.parts[1].to_mm)[None]
    raise InputError(
        f"a circumflex of {own['proximal_lumen_diameter_mm']:g} mm must find room between vein and annulus; with "
        f"crossing_at_mm {own['crossing_at_mm']:g}, mid_distance_mm "
        f"{filling.values['coronary_sinus.mid_distance_mm']:g} and gcv_distance_mm "
        f"{float(ring.loop.closest(end)[1][0]):.1f} it {said}: move vein or crossing, or leave the circumflex out."
    )


def _coursed(filling: Filling, side: CrossingSide) -> Filling:
    """With the circumflex' places along the vein that go with its crossing."""
    own, station = filling.part("circumflex"), filling.values["coronary_sinus.length_mm"]
    at, latest = own["crossing_at_mm"], station - CROSSING_MARGIN_MM
    if side is CrossingSide.NONE:
        # Only where the artery ends hangs on it then.
        at = min(at, latest - CROSSING_MARGIN_MM - own["crossing_length_mm"])
    elif at > latest:
        raise InputError(
            f"crossing_at_mm must be at least {CROSSING_MARGIN_MM:g} mm below length_mm ({station:g} mm), the artery "
            f"needs the room to come beside the vein; got {at:g} mm."
        )
    course = course_at_crossing(at, end_at_mm=own["end_at_mm"], station_mm=station)
    return filling.with_rule(
        {f"circumflex.{name}": value for name, value in course.items()}, "goes with the crossing and the vein's length"
    )


def _crossing_as_asked(
    ring: Annulus, sinus: CoronarySinus, shape: CircumflexParameters, asked: Sequence[float | None]
) -> tuple[Artery, ...]:
    """Arteries whose crossing and gap measure as asked: the course bends, so that they differ from the parameters."""
    arteries = parametric_circumflex(ring, sinus, shape)
    for _ in range(_CORRECTIONS):
        crossings = vessel_crossings(sinus, arteries[0], ring)
        if asked == [None, None] or len(crossings) != 1 or crossings[0].gap_mm is None:
            break
        got = (crossings[0].cs_s_mm, crossings[0].gap_mm)
        at, gap = (0.0 if wish is None else wish - found for wish, found in zip(asked, got, strict=True))
        if max(abs(at), abs(gap)) < _CROSSING_ERROR_MM:
            break
        at = min(max(shape.crossing_at_mm + at, shape.near_from_mm + 0.5), shape.near_to_mm - 0.5)
        shape = replace(shape, crossing_at_mm=at, crossing_gap_mm=shape.crossing_gap_mm + gap)
        arteries = parametric_circumflex(ring, sinus, shape)
    return arteries


def _ways(own: Mapping[str, float]) -> Iterator[dict[str, float]]:
    """How the artery may run where no datum says: first as the preset's, then nearer to the vein or from elsewhere."""
    yield {}
    for near in (own["near_gap_mm"], *_NEAR_GAPS_MM):
        for height in _BIFURCATION_HEIGHTS_MM:
            for distance in _BIFURCATION_DISTANCES_MM:
                yield {
                    "near_gap_mm": max(near, own["crossing_gap_mm"]),
                    "bifurcation_height_mm": height,
                    "bifurcation_distance_mm": distance,
                }
