"""One virtual patient: a joint draw made into a heart, or the reason why there can be no such heart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import cache
from itertools import islice
from typing import TypeVar

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._case import Case, Leaflets
from annulus.anatomy._leaflet_parameters import ChordaeParameters
from annulus.anatomy._vessels import Artery, CoronarySinus
from annulus.anatomy.measures import AnnulusMeasures, check_coronary_sinus, measure_annulus
from annulus.anatomy.parametric._annulus import AnnulusParameters, parametric_annulus, points_at_theta
from annulus.anatomy.parametric._case import PapillaryParameters, VentricleParameters, assembled_case
from annulus.anatomy.parametric._circumflex import (
    CROSSING_MARGIN_MM,
    CircumflexParameters,
    CrossingSide,
    Dominance,
    course_at_crossing,
    parametric_circumflex,
)
from annulus.anatomy.parametric._leaflets import LeafletParameters, parametric_leaflets
from annulus.anatomy.parametric._presets import Preset, preset
from annulus.anatomy.parametric._sinus import CoronarySinusParameters, parametric_coronary_sinus
from annulus.anatomy.parametric._walls import WALL_OVERLAP_MM, annulus_clearance, wall_gap
from annulus.errors import InputError
from annulus.population._copula import Copula
from annulus.population._preset import PopulationPreset
from annulus.sources import Assumption

__all__ = ["REDRAWN", "ImpossibleHeartError", "Rejection", "patient_case", "patient_values"]

Made = TypeVar("Made")

REDRAWN = "circumflex.annulus_distance_mm"
"""What is drawn again, up to `_REDRAWS` times, where only the artery does not fit: drawing the whole patient again
would thin out the arteries between vein and annulus."""

_REDRAWS = 10


class Rejection(Enum):
    """Why a draw was no heart."""

    ANNULUS = "no annulus has these diameters and this height"
    VEIN_TOO_HIGH = "the vein is higher above the annulus than it is away from it"
    VEIN_LENGTH = "a vein of this length does not fit around the annulus"
    VEIN_FAR = "the vein nowhere runs along the annulus"
    VEIN_IN_ANNULUS = "the vein's wall cuts the annulus"
    PASSES_OFF_VEIN = "the artery would pass beyond the great cardiac vein"
    ARTERY = "the artery cannot run beside this vein"
    WALLS_OVERLAP = "the walls of vein and artery overlap"
    ARTERY_IN_ANNULUS = "the artery's wall cuts the annulus"
    LEAFLETS_TOO_SHORT = "leaflets stretched flat would not meet"
    LEAFLETS = "no leaflets have these heights around this annulus"
    VALVE = "its valve cannot be closed"
    LEAK = "its closed valve leaks less or more than the group's"


class ImpossibleHeartError(InputError):
    """A draw that is no heart."""

    def __init__(self, reason: Rejection, detail: str) -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason.value}: {detail}")

    def __reduce__(self) -> tuple[type[ImpossibleHeartError], tuple[Rejection, str]]:
        return type(self), (self.reason, self.detail)


def patient_values(preset: PopulationPreset, copula: Copula, generator: np.random.Generator) -> dict[str, float]:
    """All parameters of one draw, fixed ones among them, and the drawn choices as 0 or 1 (marginals as a number)."""
    values = {name: item.value for name, item in preset.parameters.items()}
    values |= copula.draw(generator)
    chance = dict(zip(preset.shares, generator.random(len(preset.shares)), strict=True))
    for name in ("between", "left_dominant"):
        values[f"choice.{name}"] = float(chance[name] < preset.shares[name].value)
    one, three = preset.shares["one_marginal"].value, preset.shares["three_marginals"].value
    which = chance["one_marginal"]
    values["choice.n_marginals"] = 1.0 if which < one else 3.0 if which > 1.0 - three else 2.0
    return values


def patient_case(
    preset: PopulationPreset,
    values: Mapping[str, float],
    *,
    id: str,  # noqa: A002
    redraws: Iterable[float] = (),
) -> tuple[Case, dict[str, float]]:
    """The heart of a draw, its valve not closed yet, and the values that it has in the end.

    Parameters
    ----------
    preset
        Population, for what its hearts assume.
    values
        Of `patient_values`.
    id
        Name of the case.
    redraws
        Further draws of `REDRAWN`.

    Raises
    ------
    ImpossibleHeartError
        There is no such heart.
    """
    # First what costs nothing to see.
    site, station = values["circumflex.crossing_at_mm"], values["coronary_sinus.length_mm"]
    if site > station - CROSSING_MARGIN_MM:
        raise ImpossibleHeartError(
            Rejection.PASSES_OFF_VEIN, f"at {site:.0f} mm of a vein whose last station is at {station:.0f} mm."
        )
    ring = _made(Rejection.ANNULUS, lambda: parametric_annulus(AnnulusParameters(**_part(values, "annulus"))))
    leaflets = _leaflets(ring, values, preset)
    sinus = _vein(ring, _part(values, "coronary_sinus"), preset)
    arteries, values = _fitting_arteries(ring, sinus, values, redraws)
    case = assembled_case(
        ring,
        coronary_sinus=sinus,
        arteries=arteries,
        leaflets=leaflets,
        papillary=_tips(ring, _part(values, "papillary"), preset.heart),
        ventricle=VentricleParameters(**_part(values, "ventricle")),
        id=id,
        assumptions=(
            Assumption(
                name="virtual_patient",
                value=preset.name,
                unit="",
                why="a draw from published spreads and assumed correlations, no person; see docs/population.md",
                source="assumed",
            ),
        ),
    )
    return case, values


def _made(reason: Rejection, make: Callable[[], Made]) -> Made:
    try:
        return make()
    except InputError as error:
        raise ImpossibleHeartError(reason, str(error)) from None


def _part(values: Mapping[str, float], part: str) -> dict[str, float]:
    prefix = f"{part}."
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


def _vein(ring: Annulus, fields: dict[str, float], preset: PopulationPreset) -> CoronarySinus:
    distance = fields.pop("distance_mm")
    outwards = distance / preset.parameters["coronary_sinus.distance_mm"].value
    for station in ("ostium", "mid", "gcv"):
        fields[f"{station}_distance_mm"] *= outwards
    hinge = points_at_theta(ring, np.array([fields["ostium_theta_deg"], 180.0]))[:, 2]
    for station, z in zip(("ostium", "mid"), hinge, strict=True):
        away, up = fields[f"{station}_distance_mm"], fields[f"{station}_height_mm"] - float(z)
        if away < abs(up) + 0.5:
            raise ImpossibleHeartError(
                Rejection.VEIN_TOO_HIGH, f"{abs(up):.1f} mm and {away:.1f} mm at the {station} station."
            )
    sinus = _made(Rejection.VEIN_LENGTH, lambda: parametric_coronary_sinus(ring, CoronarySinusParameters(**fields)))
    _made(Rejection.VEIN_FAR, lambda: check_coronary_sinus(sinus, ring))
    clearance = annulus_clearance(ring, sinus.curve)
    if clearance.min() < 0.0:
        raise ImpossibleHeartError(Rejection.VEIN_IN_ANNULUS, f"by {-clearance.min():.1f} mm.")
    return sinus


def _fitting_arteries(
    ring: Annulus, sinus: CoronarySinus, values: Mapping[str, float], redraws: Iterable[float]
) -> tuple[tuple[Artery, ...], dict[str, float]]:
    """Arteries that clear vein and annulus, and the values with the distance to the annulus that lets them."""
    tries = islice(redraws, _REDRAWS if values["choice.between"] else 0)
    own = dict(values)
    while True:
        try:
            return _arteries(ring, sinus, own), own
        except ImpossibleHeartError:
            following = next(tries, None)
            if following is None:
                raise
            own[REDRAWN] = following


def _arteries(ring: Annulus, sinus: CoronarySinus, values: Mapping[str, float]) -> tuple[Artery, ...]:
    fields = _part(values, "circumflex")
    large, far, nearer = (
        fields.pop(f"left_dominant_{name}") for name in ("lumen_diameter_mm", "end_at_mm", "distance_share")
    )
    dominance = Dominance.LEFT if values["choice.left_dominant"] else Dominance.RIGHT
    if dominance is Dominance.LEFT:
        fields["proximal_lumen_diameter_mm"], fields["end_at_mm"] = large, far
        fields["annulus_distance_mm"] *= nearer
    side = CrossingSide.BETWEEN if values["choice.between"] else CrossingSide.OVER
    station, at = sinus.parts[1].to_mm, fields["crossing_at_mm"]
    course = course_at_crossing(at, end_at_mm=fields["end_at_mm"], station_mm=station)
    parameters = {**fields, **course, "n_marginals": int(values["choice.n_marginals"])}
    arteries = _made(
        Rejection.ARTERY,
        lambda: parametric_circumflex(
            ring,
            sinus,
            # Level: the site that is drawn is the one that is seen along the annulus axis.
            CircumflexParameters(**parameters, crossing_side=side, dominance=dominance, level=True),
        ),
    )
    main, *marginals = arteries
    _check_artery(ring, sinus, main)
    # A marginal is drawn straight down the free wall; where that would lead it through the vein it is left out.
    return main, *(item for item in marginals if wall_gap(sinus, item) >= -WALL_OVERLAP_MM)


def _check_artery(ring: Annulus, sinus: CoronarySinus, artery: Artery) -> None:
    gap = wall_gap(sinus, artery)
    if gap < -WALL_OVERLAP_MM:
        raise ImpossibleHeartError(Rejection.WALLS_OVERLAP, f"by {-gap:.1f} mm.")
    clearance = annulus_clearance(ring, artery.curve)
    if clearance.min() < 0.0:
        raise ImpossibleHeartError(Rejection.ARTERY_IN_ANNULUS, f"by {-clearance.min():.1f} mm.")


def _tips(ring: Annulus, fields: dict[str, float], group: Preset) -> PapillaryParameters:
    """Tips of the group's heart, moved with the trigones: muscle and fibrous body stay together in dilatation."""
    back = _behind_trigones(ring) - _behind_trigones(_group_ring(group))
    for side, moved in zip(("al", "pm"), back, strict=True):
        fields[f"{side}_posterior_mm"] += float(moved)
    return PapillaryParameters(**fields)


def _behind_trigones(ring: Annulus) -> FloatArray:
    """How far the centroid lies in front of left and right trigone [mm], shape (2,)."""
    return -ring.frame.to_local(np.array([ring.landmarks["LT"], ring.landmarks["RT"]]))[:, 1]


@cache
def _group_ring(group: Preset) -> Annulus:
    return preset(group).annulus


@cache
def _group_width_mm(group: Preset) -> float:
    return _mean_width_mm(measure_annulus(_group_ring(group), minimal_surface=False))


def _mean_width_mm(measured: AnnulusMeasures) -> float:
    """Area over perimeter [mm]: leaflets as high as this, times a number, have that number of annulus areas."""
    return float(measured.area_2d_mm2 / measured.perimeter_3d_mm)


_STRETCH = ChordaeParameters().closing_stretch


def _leaflets(ring: Annulus, values: Mapping[str, float], preset: PopulationPreset) -> Leaflets:
    fields = _part(values, "leaflets")
    size = fields.pop("size")
    measured = measure_annulus(ring, minimal_surface=False)
    # Leaflets grow with the annulus: within a group their area has the same share of its area.
    grown = size * _mean_width_mm(measured) / _group_width_mm(preset.heart)
    for name in ("anterior_height_mm", "posterior_height_mm", "commissural_height_mm"):
        fields[name] *= grown
    reach = _STRETCH * (fields["anterior_height_mm"] + fields["posterior_height_mm"])
    if reach < measured.ap_mm:
        raise ImpossibleHeartError(
            Rejection.LEAFLETS_TOO_SHORT,
            f"stretched together {reach:.1f} mm over a diameter of {measured.ap_mm:.1f} mm.",
        )
    return _made(Rejection.LEAFLETS, lambda: parametric_leaflets(ring, LeafletParameters(**fields)))
