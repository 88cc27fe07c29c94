"""Parameters of a heart of which only some numbers are known: given, following from given ones, or a preset's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from annulus.anatomy.parametric._circumflex import Dominance
from annulus.anatomy.parametric._presets import Preset, preset_parameters
from annulus.errors import InputError
from annulus.sources import Assumption

__all__ = ["Filling", "filled_by"]

_FIELDS: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        "ap_mm": ("annulus.ap_mm", 1.0),
        "alpm_mm": ("annulus.alpm_mm", 1.0),
        "height_mm": ("annulus.height_mm", 1.0),
        "intertrigonal_mm": ("annulus.it_mm", 1.0),
        "cs_length_mm": ("coronary_sinus.length_mm", 1.0),
        "cs_ostium_distance_mm": ("coronary_sinus.ostium_distance_mm", 1.0),
        "cs_p2_distance_mm": ("coronary_sinus.mid_distance_mm", 1.0),
        "cs_gcv_distance_mm": ("coronary_sinus.gcv_distance_mm", 1.0),
        "cs_ostium_height_mm": ("coronary_sinus.ostium_height_mm", 1.0),
        "cs_p2_height_mm": ("coronary_sinus.mid_height_mm", 1.0),
        "cs_gcv_height_mm": ("coronary_sinus.gcv_height_mm", 1.0),
        "cs_ostium_diameter_mm": ("coronary_sinus.ostium_radius_mm", 0.5),
        "cs_proximal_diameter_mm": ("coronary_sinus.proximal_radius_mm", 0.5),
        "cs_gcv_diameter_mm": ("coronary_sinus.gcv_radius_mm", 0.5),
        "lcx_crossing_mm": ("circumflex.crossing_at_mm", 1.0),
        "lcx_gap_mm": ("circumflex.crossing_gap_mm", 1.0),
        "lcx_diameter_mm": ("circumflex.proximal_lumen_diameter_mm", 1.0),
        "anterior_leaflet_mm": ("leaflets.anterior_height_mm", 1.0),
        "posterior_leaflet_mm": ("leaflets.posterior_height_mm", 1.0),
        "al_tip_lateral_mm": ("papillary.al_lateral_mm", 1.0),
        "al_tip_posterior_mm": ("papillary.al_posterior_mm", 1.0),
        "al_tip_depth_mm": ("papillary.al_depth_mm", 1.0),
        "pm_tip_lateral_mm": ("papillary.pm_lateral_mm", 1.0),
        "pm_tip_posterior_mm": ("papillary.pm_posterior_mm", 1.0),
        "pm_tip_depth_mm": ("papillary.pm_depth_mm", 1.0),
        "lv_pressure_mmhg": ("ventricle.lv_pressure_mmhg", 1.0),
        "la_pressure_mmhg": ("ventricle.la_pressure_mmhg", 1.0),
    }
)
"""Clinical number to the parameter that it sets, and how much of the parameter one of it is."""

_DISTANCES = tuple(f"coronary_sinus.{place}_distance_mm" for place in ("ostium", "mid", "gcv"))
_HEIGHTS = tuple(f"coronary_sinus.{place}_height_mm" for place in ("ostium", "mid", "gcv"))
_RADII = tuple(f"coronary_sinus.{place}_radius_mm" for place in ("ostium", "proximal", "gcv", "end"))


@dataclass(frozen=True, eq=False)
class Filling:
    """Values of all parameters, and a line for each that nobody gave.

    Parameters
    ----------
    preset
        What filled in.
    values
        By "part.field".
    lines
        Assumptions by "part.field", given ones left out.
    """

    preset: Preset
    values: Mapping[str, float]
    lines: Mapping[str, Assumption]

    def part(self, name: str) -> dict[str, float]:
        """Values of one part by field."""
        prefix = f"{name}."
        return {key.removeprefix(prefix): value for key, value in self.values.items() if key.startswith(prefix)}

    def with_rule(self, changed: Mapping[str, float], why: str) -> Filling:
        """With parameters that follow from given ones; what is given, or what the rule leaves as it is, stays."""
        new = {name: value for name, value in changed.items() if name in self.lines and value != self.values[name]}
        lines = {name: Assumption(name, value, self.lines[name].unit, why, "rule") for name, value in new.items()}
        return Filling(self.preset, {**self.values, **new}, {**self.lines, **lines})

    def without(self, part: str) -> Filling:
        """Without the lines of a part that the case does not have."""
        kept = {name: line for name, line in self.lines.items() if not name.startswith(f"{part}.")}
        return Filling(self.preset, self.values, kept)

    @contextmanager
    def in_clinical_words(self) -> Iterator[None]:
        """Let errors name clinical numbers, and say which of them are the preset's."""
        try:
            yield
        except InputError as error:
            names = {field.split(".")[1]: name for name, (field, _) in _FIELDS.items()}
            told = re.sub(r"\b\w+_mm\b", lambda match: names.get(match[0], match[0]), str(error))
            own = [
                name for name, (field, _) in _FIELDS.items() if field in self.lines and re.search(rf"\b{name}\b", told)
            ]
            hint = ""
            if own:
                several = len(own) > 1
                hint = f" {' and '.join(own)} {'are' if several else 'is'} not given but filled in from the preset "
                hint += f"{self.preset.value}: give {'them' if several else 'it'} too."
            raise InputError(told + hint) from None


def filled_by(preset: Preset, given: Mapping[str, float], *, dominance: Dominance = Dominance.RIGHT) -> Filling:
    """All parameters of a heart of which some clinical numbers are `given` by name.

    What is left out is the preset's, except where it hangs on what is given: the vein keeps the preset's taper, lies
    farthest from the annulus behind P2, and lower where it lies nearer; commissural leaflets are shortened with the
    others. These rules keep the shape plausible; no datum stands behind them.
    """
    rows = {item.name: item for item in preset_parameters(preset, dominance=dominance)}
    known = {field: factor * given[name] for name, (field, factor) in _FIELDS.items() if name in given}
    lines = {
        name: Assumption(name, row.value, row.unit, f"not given; preset {preset.value}: {row.why}", row.source)
        for name, row in rows.items()
        if name not in known
    }
    begin = {name: row.value for name, row in rows.items()}
    filling = Filling(preset, {**begin, **known}, lines)
    share = {name: value / begin[name] for name, value in known.items()}
    filling = filling.with_rule(_proportional(_RADII, begin, share), "in the preset's proportion to given diameters")
    middle = filling.values[_DISTANCES[1]]
    filling = filling.with_rule(
        {name: min(begin[name], middle) for name in (_DISTANCES[0], _DISTANCES[2])},
        "not farther from the annulus than behind P2",
    )
    nearer = {
        height: begin[height] * min(1.0, filling.values[distance] / begin[distance]) ** 2
        for height, distance in zip(_HEIGHTS, _DISTANCES, strict=True)
    }
    filling = filling.with_rule(nearer, "lowered with the square of the distance, which is less than the preset's")
    length = min(1.0, share.get("coronary_sinus.length_mm", 1.0))
    filling = filling.with_rule(
        {"coronary_sinus.sinus_length_mm": length * begin["coronary_sinus.sinus_length_mm"]},
        "in proportion to the vein, which is shorter than the preset's",
    )
    shorter = min(1.0, *(share.get(f"leaflets.{side}_height_mm", 1.0) for side in ("anterior", "posterior")))
    return filling.with_rule(
        {"leaflets.commissural_height_mm": shorter * begin["leaflets.commissural_height_mm"]},
        "in proportion to the leaflet that is shorter than the preset's",
    )


def _proportional(profile: tuple[str, ...], begin: Mapping[str, float], share: Mapping[str, float]) -> dict[str, float]:
    """Places of a profile by the shares of the given ones: linear between them, level beyond."""
    at = [k for k, name in enumerate(profile) if name in share]
    if not at:
        return {}
    factors = np.interp(np.arange(len(profile)), at, [share[profile[k]] for k in at])
    return {name: begin[name] * float(factor) for name, factor in zip(profile, factors, strict=True)}
