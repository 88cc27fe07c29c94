"""Who can take which device: a site by the landing rule, the sizing rule there, and the choice among sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import numpy as np

from annulus.errors import InputError
from annulus.heart import Heart
from annulus.mechanics.network import CinchParameters
from annulus.planning import require_parts
from annulus.sources import Assumption
from annulus.study._design import Combination, Landing, LoadRule
from annulus.therapies import Placement, Therapy, Wish
from annulus.therapies.double_anchor import DEFAULT_PLICATION_MM, DoubleAnchor, carillon

__all__ = ["FIT_ASSUMPTIONS", "Fit", "chosen"]

_STEP_MM = 2.0
"""Between sites that the rule ``anchored`` tries."""

_ABOUT_MM = 10.0
"""The published rule has the vein "about" 40 mm longer than the device: this much less still serves (assumed)."""


@dataclass(frozen=True)
class Fit:
    """Whether a therapy fits a heart.

    Parameters
    ----------
    therapy
        It.
    placement
        Where it is placed; None where it cannot be.
    numbers
        Columns ``fit.*`` that are numbers.
    reason
        In a few words, the same for every heart; empty where it fits.
    sentence
        The reason with this heart's numbers.
    """

    therapy: Therapy
    placement: Placement | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    sentence: str = ""

    @property
    def fits(self) -> bool:
        """Placed, and within the sizing rule."""
        return not self.reason


def chosen(heart: Heart, what: Combination, kept: dict[Any, Any]) -> Fit:
    """What a heart gets: the therapy, or of several that fit the one whose length suits the vein best.

    The published rule is a device about 40 mm shorter than the vein: of those that fit, the length nearest to that,
    then the more even oversize of both anchors, then the first. Where none fits, the one that comes next to it is
    named, without a placement.

    Parameters
    ----------
    heart
        The measured heart.
    what
        What is to be done.
    kept
        What sites of this heart share; filled here.
    """
    fits = [_fit(heart, one, what.landing, what.load, kept) for one in what.choices]
    if len(fits) == 1:
        return fits[0]
    order = [(not fit.fits, fit.placement is None, _off_rule_mm(fit), _uneven(fit), i) for i, fit in enumerate(fits)]
    best = fits[min(order)[-1]]
    if best.fits:
        return best
    reasons = dict.fromkeys(fit.reason for fit in fits)
    told = "; ".join(f"{reason} ({', '.join(_names(fits, reason))})" for reason in reasons)
    return replace(best, placement=None, sentence=f"no size fits: {told}.")


FIT_ASSUMPTIONS: tuple[Assumption, ...] = (
    Assumption(
        "oversize",
        " to ".join(f"{end:g}" for end in carillon()["sizing"]["oversize"]),
        "1",
        "anchor over vein diameter in the middle of its footprint; no public source gives the makers' ratio",
        "assumed",
    ),
    Assumption(
        "vein_longer_mm",
        carillon()["sizing"]["vein_longer_mm"] - _ABOUT_MM,
        "mm",
        f"the published rule is a device about 40 mm shorter than the vein; {_ABOUT_MM:g} mm less is allowed",
        "assumed",
    ),
)
"""What fits rest on."""


def _fit(heart: Heart, therapy: Therapy, landing: Landing, load: LoadRule, kept: dict[Any, Any]) -> Fit:
    try:
        require_parts(heart.case, therapy)
    except InputError as error:
        return Fit(therapy, reason="part of the case missing", sentence=str(error))
    if not isinstance(therapy, DoubleAnchor):
        try:
            return Fit(therapy, therapy.site(heart, _wish(landing, load)))
        except InputError as error:
            return Fit(therapy, reason="cannot be placed", sentence=str(error))
    numbers = {
        "fit.length_mm": therapy.length_mm,
        "fit.distal_diameter_mm": therapy.distal_diameter_mm,
        "fit.proximal_diameter_mm": therapy.proximal_diameter_mm,
        "fit.vein_mm": _vein_mm(heart),
    }
    longer, asked = numbers["fit.vein_mm"] - therapy.length_mm, carillon()["sizing"]["vein_longer_mm"] - _ABOUT_MM
    try:
        # No landing helps where the vein is too short.
        rule = replace(landing, distal="ostium") if longer < asked else landing
        found = _placed(heart, therapy, rule, load, kept)
    except InputError as error:
        word = "vein too short" if longer < asked or "fit into the vein" in str(error) else "cannot be placed"
        return Fit(therapy, None, numbers, word, str(error))
    site, ratios = found.site, _oversize(heart, therapy, found, kept)
    numbers |= {
        "fit.distal_s_mm": site.distal_s_mm or np.nan,
        "fit.proximal_s_mm": np.nan if site.proximal_s_mm is None else site.proximal_s_mm,
        "fit.distal_oversize": ratios[0],
        "fit.proximal_oversize": ratios[1],
    }
    if longer < asked:
        told = f"the vein is {longer:.0f} mm longer than {therapy.name}; {asked:g} mm is the least."
        return Fit(therapy, found, numbers, "vein too short", told)
    for end, ratio in zip(("distal", "proximal"), ratios, strict=True):
        low, high = carillon()["sizing"]["oversize"]
        if not low <= ratio <= high:
            word = "small" if ratio < low else "large"
            told = f"the {end} anchor is {ratio:.2f} times the vein at its landing; {low:g} to {high:g} is the rule."
            return Fit(therapy, found, numbers, f"{end} anchor too {word}", told)
    return Fit(therapy, found, numbers)


def _wish(landing: Landing, load: LoadRule, distal: float | None = None) -> Wish:
    return Wish(
        landing.distal_at_mm if distal is None else distal,
        None,
        load.traction_n,
        load.plication_mm,
        load.traction_reaction,
    )


def _placed(heart: Heart, device: DoubleAnchor, landing: Landing, load: LoadRule, kept: dict[Any, Any]) -> Placement:
    """The placement by the landing rule; devices of one length and footprints share their sites.

    Raises
    ------
    InputError
        There is none.
    """
    like = (device.length_mm, device.distal_footprint_mm, device.proximal_footprint_mm)
    key = ("site", like, landing, load)
    if key not in kept:
        try:
            kept[key] = device.site(heart, _wish(landing, load))
        except InputError as error:
            kept[key] = error
    first = kept[key]
    if isinstance(first, InputError):
        raise first
    if landing.distal != "anchored" or landing.distal_at_mm is not None:
        return first
    low, high = carillon()["sizing"]["oversize"]
    for placement in _sites(heart, device, landing, load, first, kept.setdefault((key, "all"), [])):
        if all(low <= ratio <= high for ratio in _oversize(heart, device, placement, kept)):
            return placement
    # None obeys the rule: the usual site, which tells what is wrong.
    return first


def _sites(
    heart: Heart,
    device: DoubleAnchor,
    landing: Landing,
    load: LoadRule,
    first: Placement,
    found: list[Placement | None],
) -> Iterator[Placement]:
    """Sites from the usual one on, distally; `found` holds those that were asked for before, None at their end."""
    start = first.site.distal_s_mm or 0.0
    for step in count():
        if step == len(found):
            try:
                found.append(device.site(heart, _wish(landing, load, start + step * _STEP_MM)) if step else first)
            except InputError:
                found.append(None)
        placement = found[step]
        if placement is None:
            return
        yield placement


def _oversize(heart: Heart, device: DoubleAnchor, placed: Placement, kept: dict[Any, Any]) -> tuple[float, float]:
    """Distal and proximal anchor over the vein's diameter in the middle of their footprints [1]."""
    key = ("vein", placed.site, device.length_mm, device.distal_footprint_mm, device.proximal_footprint_mm)
    if key not in kept:
        site = placed.site
        distal, proximal = site.distal_s_mm or 0.0, site.proximal_s_mm
        if proximal is None:
            # Pulled by a force: where it would end at the plication that is taken where none is asked for.
            model = heart.model(CinchParameters())
            proximal = model.proximal_end(distal, device.length_mm + DEFAULT_PLICATION_MM)
        at = [distal + 0.5 * device.distal_footprint_mm, max(proximal - 0.5 * device.proximal_footprint_mm, 0.0)]
        kept[key] = tuple((2.0 * np.asarray(heart.sinus.curve.radius_at(at))).tolist())
    vein = kept[key]
    return device.distal_diameter_mm / vein[0], device.proximal_diameter_mm / vein[1]


def _vein_mm(heart: Heart) -> float:
    """Length of the vein up to the end of the great cardiac vein where the case names it, else all of it [mm]."""
    ends = [part.to_mm for part in heart.sinus.parts if part.name == "great cardiac vein"]
    return float(ends[0] if ends else heart.sinus.curve.length)


def _off_rule_mm(fit: Fit) -> float:
    if "fit.length_mm" not in fit.numbers:
        return 0.0
    longer = fit.numbers["fit.vein_mm"] - fit.numbers["fit.length_mm"]
    return abs(longer - carillon()["sizing"]["vein_longer_mm"])


def _uneven(fit: Fit) -> float:
    ends = [fit.numbers.get(f"fit.{end}_oversize", 0.0) for end in ("distal", "proximal")]
    return abs(ends[0] - ends[1])


def _names(fits: Sequence[Fit], reason: str) -> list[str]:
    names = [fit.therapy.name for fit in fits if fit.reason == reason]
    return names if len(names) <= 3 else [*names[:2], f"{len(names) - 2} more"]
