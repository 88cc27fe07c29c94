"""Whether a double anchor suits a heart: length of ribbon against vein, anchors against the vein at their landing."""

from __future__ import annotations

from typing import Any

from annulus.heart import Heart
from annulus.mechanics.network import CinchParameters
from annulus.sources import Assumption
from annulus.therapies._anchor_family import carillon
from annulus.therapies._therapy import Placement, SizeFit

__all__ = ["AnchorSizing"]

_ABOUT_MM = 10.0
"""The published rule has the vein "about" 40 mm longer than the device: this much less still serves (assumed)."""

_PLICATION_MM = 10.0
"""Plication with which a device that is pulled by a force is sized [mm] (assumed; as where none is asked for)."""


class AnchorSizing:
    """The sizing rule of a device with two anchors and a ribbon."""

    def size_fit(self: Any, heart: Heart, placement: Placement | None) -> SizeFit:
        """The sizing rule in a heart; arguments as in `annulus.therapies.Therapy.size_fit`."""
        ends = [part.to_mm for part in heart.sinus.parts if part.name == "great cardiac vein"]
        vein = float(ends[0] if ends else heart.sinus.curve.length)
        numbers = {
            "length_mm": self.length_mm,
            "distal_diameter_mm": self.distal_diameter_mm,
            "proximal_diameter_mm": self.proximal_diameter_mm,
            "vein_mm": vein,
        }
        rule = carillon()["sizing"]
        longer, asked = vein - self.length_mm, rule["vein_longer_mm"] - _ABOUT_MM
        off = abs(longer - rule["vein_longer_mm"])
        reason = sentence = ""
        if longer < asked:
            reason = "vein too short"
            sentence = f"the vein is {longer:.0f} mm longer than {self.name}; {asked:g} mm is the least."
        if placement is None:
            return SizeFit(numbers, reason, sentence, (off, 0.0))
        site = placement.site
        distal, proximal = site.distal_s_mm or 0.0, site.proximal_s_mm
        if proximal is None:
            proximal = heart.model(CinchParameters()).proximal_end(distal, self.length_mm + _PLICATION_MM)
        at = [distal + 0.5 * self.distal_footprint_mm, max(proximal - 0.5 * self.proximal_footprint_mm, 0.0)]
        wide = 2.0 * heart.sinus.curve.radius_at(at)
        ratios = {"distal": self.distal_diameter_mm / wide[0], "proximal": self.proximal_diameter_mm / wide[1]}
        numbers |= {"distal_s_mm": distal, "proximal_s_mm": float(proximal)}
        numbers |= {f"{end}_oversize": float(ratio) for end, ratio in ratios.items()}
        low, high = rule["oversize"]
        for end, ratio in ratios.items():
            if not reason and not low <= ratio <= high:
                reason = f"{end} anchor too {'small' if ratio < low else 'large'}"
                sentence = (
                    f"the {end} anchor is {ratio:.2f} times the vein at its landing; {low:g} to {high:g} is the rule."
                )
        return SizeFit(numbers, reason, sentence, (off, abs(float(ratios["distal"] - ratios["proximal"]))))

    def size_assumptions(self) -> tuple[Assumption, ...]:
        """What the rule rests on."""
        rule = carillon()["sizing"]
        ratio = "anchor over vein diameter in the middle of its footprint; no public source gives the makers' ratio"
        longer = (
            f"the published rule is a device about {rule['vein_longer_mm']:g} mm shorter than the vein; "
            f"{_ABOUT_MM:g} mm less is allowed"
        )
        return (
            Assumption("oversize", " to ".join(f"{end:g}" for end in rule["oversize"]), "1", ratio, "assumed"),
            Assumption("vein_longer_mm", rule["vein_longer_mm"] - _ABOUT_MM, "mm", longer, "assumed"),
        )
