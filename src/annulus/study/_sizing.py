"""How a size suits a heart where it is placed: `annulus.therapies.Sizing`, by the rules of a plan, site by site."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from annulus.heart import Heart
from annulus.mechanics.network import CinchParameters
from annulus.planning import PlanRules
from annulus.sources import Assumption
from annulus.therapies import Placement, Therapy

__all__ = ["SizeFit", "placed_alike", "size_assumptions", "size_fit"]


@dataclass(frozen=True, slots=True)
class SizeFit:
    """How a size suits a heart by its sizing rule.

    Parameters
    ----------
    numbers
        What the rule looks at: name with unit to value.
    reason
        What forbids the size, in a few words that are the same in every heart; empty where it suits.
    sentence
        The reason with this heart's numbers.
    order
        Of several that suit, the one with the least is taken.
    """

    numbers: Mapping[str, float]
    reason: str = ""
    sentence: str = ""
    order: tuple[float, ...] = ()


def size_fit(therapy: Therapy, heart: Heart, placement: Placement | None) -> SizeFit | None:
    """How a therapy's size suits a heart where it is placed; without a placement, what can be said before.

    Returns
    -------
    SizeFit
        None for a therapy without a sizing rule.
    """
    size, rules = therapy.sizing, PlanRules()
    if size is None:
        return None
    ends = [part.to_mm for part in heart.sinus.parts if part.name == "great cardiac vein"]
    vein = float(ends[0] if ends else heart.sinus.curve.length)
    numbers = {
        "length_mm": size.length_mm,
        "distal_diameter_mm": size.distal_diameter_mm,
        "proximal_diameter_mm": size.proximal_diameter_mm,
        "vein_mm": vein,
    }
    longer, asked = vein - size.length_mm, rules.vein_longer_mm(size)
    off = abs(longer - size.vein_longer_mm)
    reason = sentence = ""
    if longer < asked:
        reason = "vein too short"
        sentence = f"the vein is {longer:.0f} mm longer than {therapy.name}; {asked:g} mm is the least."
    if placement is None:
        return SizeFit(numbers, reason, sentence, (off, 0.0))
    site = placement.site
    distal, proximal = site.distal_s_mm or 0.0, site.proximal_s_mm
    if proximal is None:
        path = size.length_mm + size.usual_plication_mm
        proximal = heart.model(CinchParameters()).proximal_end(distal, path)
    at = [distal + 0.5 * size.distal_footprint_mm, max(proximal - 0.5 * size.proximal_footprint_mm, 0.0)]
    wide = 2.0 * heart.sinus.curve.radius_at(at)
    ratios = {"distal": size.distal_diameter_mm / wide[0], "proximal": size.proximal_diameter_mm / wide[1]}
    numbers |= {"distal_s_mm": distal, "proximal_s_mm": float(proximal)}
    numbers |= {f"{end}_oversize": float(ratio) for end, ratio in ratios.items()}
    for (end, ratio), (low, high) in zip(ratios.items(), rules.oversize(size), strict=True):
        if not reason and not low <= ratio <= high:
            reason = f"{end} anchor too {'small' if ratio < low else 'large'}"
            sentence = (
                f"the {end} anchor is {ratio:.2f} times the vein at its landing; {low:g} to {high:g} is the rule."
            )
    return SizeFit(numbers, reason, sentence, (off, abs(float(ratios["distal"] - ratios["proximal"]))))


def placed_alike(therapy: Therapy) -> Hashable:
    """Sizes that are alike in this are placed alike in every heart: diameters do not move a landing."""
    size = therapy.sizing
    return therapy.name if size is None else (size.length_mm, size.distal_footprint_mm, size.proximal_footprint_mm)


def size_assumptions(therapy: Therapy) -> tuple[Assumption, ...]:
    """What the sizing rule rests on."""
    size = therapy.sizing
    return () if size is None else PlanRules().size_assumptions(size)
