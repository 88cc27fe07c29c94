"""From what the user asks for (anchor site, traction or plication) to a landing, with every rule checked."""

from __future__ import annotations

from annulus.anatomy import CoronarySinus
from annulus.devices import DoubleAnchor
from annulus.errors import InputError
from annulus.mechanics.network import Cinch, CinchModel, Landing
from annulus.sources import Assumption

__all__ = ["DEFAULT_PLICATION_MM", "anchor_flags", "anchor_sizing", "implanted"]

DEFAULT_PLICATION_MM = 10.0
"""Plication when neither traction nor plication is asked for [mm] (assumed; always listed in the result)."""


def implanted(
    model: CinchModel,
    device: DoubleAnchor,
    *,
    vein_mm: float,
    landing: Landing | None,
    distal_at_mm: float | None,
    traction_n: float | None,
    plication_mm: float | None,
) -> tuple[Cinch, tuple[Assumption, ...]]:
    """Implant a device in a vein of length `vein_mm` and say what had to be assumed.

    Raises
    ------
    InputError
        Contradicting wishes, or an anchor off the vein.
    """
    if traction_n is not None and plication_mm is not None:
        raise InputError("traction and plication must not both be given; got both: give one of them.")
    if landing is not None and (distal_at_mm is not None or traction_n is not None or plication_mm is not None):
        raise InputError(
            "a full landing fixes the plication; got distal site, traction or plication too: give the landing alone."
        )
    if plication_mm is not None and not plication_mm >= 0.0:
        raise InputError(f"plication must be >= 0 mm; got {plication_mm:g}.")
    lines: list[Assumption] = []
    length = device.length_mm
    if landing is not None:
        _require_on_vein(model, device, landing.distal_s_mm, vein_mm)
        return Cinch.by_plication(model, landing, length), ()
    if traction_n is None and plication_mm is None:
        plication_mm = DEFAULT_PLICATION_MM
        why = "neither traction nor plication was asked for"
        lines.append(Assumption("plication_mm", plication_mm, "mm", why, "assumed"))
    if distal_at_mm is None:
        wanted = length + (DEFAULT_PLICATION_MM if plication_mm is None else plication_mm)
        distal_at_mm = _distal_site(model, device, wanted)
        why = "no site was asked for: the proximal anchor, unloaded, lies just inside the ostium"
        lines.append(Assumption("distal_s_mm", distal_at_mm, "mm", why, "assumed"))
    _require_on_vein(model, device, distal_at_mm, vein_mm)
    if plication_mm is not None:
        proximal = model.proximal_end(distal_at_mm, length + plication_mm)
        return Cinch.by_plication(model, Landing(distal_at_mm, proximal), length), tuple(lines)
    return Cinch.by_traction(model, distal_at_mm, length, traction_n or 0.0), tuple(lines)


def anchor_sizing(sinus: CoronarySinus, device: DoubleAnchor, landing: Landing) -> dict[str, float]:
    """Anchor over vein diameter (area-equivalent) in the middle of each anchor's footprint; empty without radius."""
    if sinus.curve.radius is None:
        return {}
    distal = landing.distal_s_mm + 0.5 * device.distal_footprint_mm
    proximal = max(landing.proximal_s_mm - 0.5 * device.proximal_footprint_mm, 0.0)
    vein = 2.0 * sinus.curve.radius_at([distal, proximal])
    return {
        "distal_oversize": float(device.distal_diameter_mm / vein[0]),
        "proximal_oversize": float(device.proximal_diameter_mm / vein[1]),
    }


def anchor_flags(device: DoubleAnchor, landing: Landing, sizing: dict[str, float]) -> tuple[str, ...]:
    """Sentences on anchors that do not sit as they should."""
    flags = [
        f"the {end} anchor ({diameter:g} mm) is smaller than the vein at its site "
        f"(ratio {sizing[f'{end}_oversize']:.2f}): it does not hold."
        for end, diameter in (("distal", device.distal_diameter_mm), ("proximal", device.proximal_diameter_mm))
        if sizing.get(f"{end}_oversize", 1.0) < 1.0
    ]
    out = device.proximal_footprint_mm - landing.proximal_s_mm
    if out > 0.0:
        flags.append(f"the proximal anchor reaches {out:.1f} mm out of the ostium.")
    return tuple(flags)


def _distal_site(model: CinchModel, device: DoubleAnchor, path_mm: float) -> float:
    """Arc length at which a path of `path_mm` from just inside the ostium ends."""
    start = device.proximal_footprint_mm
    last = model.strip.vein_length
    if start >= last or model.slack_free_path(Landing(last, start)) < path_mm:
        raise InputError(
            f"device and plication together must fit into the vein: {path_mm:.1f} mm of path are needed, the modelled "
            f"vein is {last:.1f} mm long: take a shorter device or less plication."
        )
    low, high = start, last
    for _ in range(60):
        middle = 0.5 * (low + high)
        if middle > start and model.slack_free_path(Landing(middle, start)) < path_mm:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _require_on_vein(model: CinchModel, device: DoubleAnchor, distal_s_mm: float, vein_mm: float) -> None:
    most = min(model.strip.vein_length, vein_mm - device.distal_footprint_mm)
    if not 0.0 < distal_s_mm <= most:
        raise InputError(
            f"distal anchor must land at 0 to {most:.1f} mm from the ostium (the vein runs along the annulus for "
            f"{model.strip.vein_length:.1f} mm and is {vein_mm:.1f} mm long; the anchor needs "
            f"{device.distal_footprint_mm:g} mm of it); got {distal_s_mm:g} mm: move it."
        )
