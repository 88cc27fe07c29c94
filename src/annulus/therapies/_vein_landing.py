"""How anchors sit in the vein: diameters at the landing, bounds of the oversize, what must not lie there."""

from __future__ import annotations

from collections.abc import Mapping

from annulus.heart import Heart
from annulus.mechanics.network import Anchors, Landing
from annulus.therapies._anchor_family import AnchorFamily

__all__ = ["anchor_sizing", "landing_flags", "sizing_flags"]


def anchor_sizing(heart: Heart, landing: Landing, anchors: Anchors) -> dict[str, float]:
    """Vein diameter (area-equivalent) in the middle of each anchor's footprint, and the anchor's over it."""
    curve = heart.sinus.curve
    if curve.radius is None:
        return {}
    distal = landing.distal_s_mm + 0.5 * anchors.distal_length_mm
    proximal = max(landing.proximal_s_mm - 0.5 * anchors.proximal_length_mm, 0.0)
    vein = 2.0 * curve.radius_at([distal, proximal])
    return {
        "distal_vein_diameter_mm": float(vein[0]),
        "proximal_vein_diameter_mm": float(vein[1]),
        "distal_oversize": float(anchors.distal_diameter_mm / vein[0]),
        "proximal_oversize": float(anchors.proximal_diameter_mm / vein[1]),
    }


def sizing_flags(
    sizing: Mapping[str, float], anchors: Anchors, family: AnchorFamily, *, device_mm: float, vein_mm: float
) -> tuple[str, ...]:
    """Anchors outside of the bounds of their oversize, and a device too long for its vein."""
    flags = []
    for end, diameter, (low, high) in (
        ("distal", anchors.distal_diameter_mm, family.distal_oversize),
        ("proximal", anchors.proximal_diameter_mm, family.proximal_oversize),
    ):
        ratio = sizing.get(f"{end}_oversize")
        if ratio is None or low <= ratio <= high:
            continue
        what = f"the {end} anchor ({diameter:g} mm) is"
        if ratio < 1.0:
            flags.append(f"{what} smaller than the vein at its site (ratio {ratio:.2f}): it does not hold.")
        elif ratio < low:
            flags.append(
                f"{what} {ratio:.2f} times the vein at its site, less than the sizing rule's {low:g}: it may slip."
            )
        else:
            flags.append(
                f"{what} {ratio:.2f} times the vein at its site, more than the sizing rule's {high:g}: it strains the "
                "wall and stays narrow; take a smaller one or land it where the vein is wider."
            )
    longer, asked = vein_mm - device_mm, family.vein_longer_mm
    if longer < asked - family.about_mm:
        flags.append(
            f"the vein of {vein_mm:.0f} mm is only {longer:.0f} mm longer than the device; the length rule asks for "
            f"about {asked:g} mm: take a shorter device."
        )
    return tuple(flags)


def landing_flags(heart: Heart, landing: Landing, anchors: Anchors, large_branch_mm: float) -> tuple[str, ...]:
    """Large side branches and venous valves under an anchor, stents anywhere in the target zone; nothing where the case
    tells of none."""
    sinus, flags = heart.sinus, []
    covered = anchors.covered(landing.distal_s_mm, landing.proximal_s_mm)
    for end, (low, high) in zip(("distal", "proximal"), covered, strict=True):
        flags += [
            f"the {end} anchor covers the mouth of {branch.name} ({branch.diameter_mm:g} mm) at {branch.at_mm:.1f} mm "
            "of the vein: move the landing."
            for branch in sinus.branches
            if low <= branch.at_mm <= high and branch.diameter_mm >= large_branch_mm
        ]
        flags += [
            f"the {end} anchor lands on the venous valve at {s:.1f} mm of the vein: move the landing."
            for s in sinus.valves_mm
            if low <= s <= high
        ]
    start, end = covered[1][0], covered[0][1]
    flags += [
        f"the stent {stent.name} lies at {stent.from_mm:.1f} to {stent.to_mm:.1f} mm of the vein, in the target zone "
        f"({max(start, 0.0):.1f} to {end:.1f} mm): such patients were excluded."
        for stent in sinus.stents
        if stent.from_mm <= end and stent.to_mm >= start
    ]
    return tuple(flags)
