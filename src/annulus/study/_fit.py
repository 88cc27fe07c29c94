"""Who can take which device: a site by the landing rule, the sizing rule there, and the choice among sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from annulus.errors import InputError
from annulus.heart import Heart
from annulus.planning import require_parts
from annulus.study._design import Combination, Landing, LoadRule
from annulus.study._sizing import placed_alike, size_fit
from annulus.therapies import Placement, Therapy, Wish

__all__ = ["Fit", "chosen"]

_STEP_MM = 2.0
"""Between sites that the rule ``anchored`` tries."""


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
    order
        Of several that fit, the one with the least is taken.
    """

    therapy: Therapy
    placement: Placement | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    sentence: str = ""
    order: tuple[float, ...] = ()

    @property
    def fits(self) -> bool:
        """Placed, and within the sizing rule."""
        return not self.reason


def chosen(heart: Heart, what: Combination, kept: dict[Any, Any]) -> Fit:
    """What a heart gets: the therapy, or of several that fit the one that its kind's sizing rule puts first.

    Where none fits, the one that comes next to it is named, without a placement.

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
    order = [(not fit.fits, fit.placement is None, fit.order, i) for i, fit in enumerate(fits)]
    best = fits[min(order)[-1]]
    if best.fits:
        return best
    reasons = dict.fromkeys(fit.reason for fit in fits)
    told = "; ".join(f"{reason} ({', '.join(_names(fits, reason))})" for reason in reasons)
    return replace(best, placement=None, sentence=f"no size fits: {told}.")


def _fit(heart: Heart, therapy: Therapy, landing: Landing, load: LoadRule, kept: dict[Any, Any]) -> Fit:
    try:
        require_parts(heart.case, therapy)
    except InputError as error:
        return Fit(therapy, reason="part of the case missing", sentence=str(error))
    before = size_fit(therapy, heart, None)
    # No landing helps a size that is wrong before it is placed.
    searched = landing.distal == "anchored" and landing.distal_at_mm is None and before is not None
    try:
        sites = _sites(heart, therapy, landing, load, kept)
        placed = next(sites)
        found = size_fit(therapy, heart, placed)
        if searched and found is not None and found.reason and before is not None and not before.reason:
            for other in sites:
                there = size_fit(therapy, heart, other)
                if there is not None and not there.reason:
                    placed, found = other, there
                    break
    except InputError as error:
        numbers = {} if before is None else before.numbers
        reason = (before.reason if before is not None else "") or "cannot be placed"
        return Fit(therapy, None, _columns(numbers), reason, str(error), () if before is None else before.order)
    if found is None:
        return Fit(therapy, placed)
    return Fit(therapy, placed, _columns(found.numbers), found.reason, found.sentence, found.order)


def _columns(numbers: Mapping[str, float]) -> dict[str, float]:
    return {f"fit.{key}": value for key, value in numbers.items()}


def _wish(landing: Landing, load: LoadRule, distal: float | None = None) -> Wish:
    return Wish(
        landing.distal_at_mm if distal is None else distal,
        None,
        load.traction_n,
        load.plication_mm,
        load.traction_reaction,
    )


def _sites(
    heart: Heart, therapy: Therapy, landing: Landing, load: LoadRule, kept: dict[Any, Any]
) -> Iterator[Placement]:
    """Sites from the usual one on, distally; sizes that are placed alike share them.

    Raises
    ------
    InputError
        There is not even the usual one.
    """
    key = (type(therapy), placed_alike(therapy), landing, load)
    found: list[Placement | InputError] = kept.setdefault(key, [])
    for step in count():
        if step == len(found):
            start = found[0].site.distal_s_mm if found and isinstance(found[0], Placement) else None
            try:
                wish = _wish(landing, load, start + step * _STEP_MM if step and start is not None else None)
                found.append(therapy.site(heart, wish))
            except InputError as error:
                found.append(error)
        placement = found[step]
        if isinstance(placement, Placement):
            yield placement
            if placement.site.distal_s_mm is None:
                return
        elif step == 0:
            raise placement
        else:
            return


def _names(fits: Sequence[Fit], reason: str) -> list[str]:
    names = [fit.therapy.name for fit in fits if fit.reason == reason]
    return names if len(names) <= 3 else [*names[:2], f"{len(names) - 2} more"]
