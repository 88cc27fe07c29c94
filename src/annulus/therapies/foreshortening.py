"""Foreshortening bridge: two anchors in the vein, whose bridge shortens over weeks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from annulus.errors import InputError
from annulus.heart import Heart, State
from annulus.mechanics.network import Anchors, CinchParameters, Landing, Ribbon
from annulus.quantity import Quantity
from annulus.sources import Assumption
from annulus.therapies._anchor_family import carillon_family
from annulus.therapies._therapy import Load, Placement, Site, Stage, Therapy, Wish
from annulus.therapies._vein_landing import landing_flags

__all__ = ["ForeshorteningBridge"]

_NAME = re.compile(r"foreshortening(?:-(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?)?")

_OVERSIZE, _FOOTPRINT_MM = 1.2, 15.0
"""Stent over vein diameter at its landing, and length of vein that either stent covers [1, mm] (assumed)."""


@dataclass(frozen=True)
class ForeshorteningBridge(Therapy):
    """Foreshortening bridge (MONARC): two stents in the vein, joined by a bridge that shortens over weeks.

    The stents are opened with the bridge taut but without pull; once they have grown in, it shortens: what a double
    anchor does by traction on the table, only weeks later.

    Parameters
    ----------
    shortening_mm
        By how much the bridge shortens [mm].
    length_mm
        Bridge between the facing ends of the stents as it is implanted [mm].

    Raises
    ------
    InputError
        A length that is not positive, or a bridge that would shorten to nothing.
    """

    shortening_mm: float = 10.0
    length_mm: float = 70.0

    kind: ClassVar[str] = "foreshortening"
    forms: ClassVar[str] = (
        "foreshortening-MM[-LENGTH] (by how much the bridge shortens and its length as implanted, in mm, such as "
        "foreshortening-10-70, which foreshortening alone is)"
    )
    needs: ClassVar[tuple[str, ...]] = ("coronary_sinus", "vein_radius")
    slips: ClassVar[bool] = True
    quantities: ClassVar[tuple[Quantity, ...]] = (
        Quantity("foreshortening.distal_s", "therapy", "mm", "Distal end of the bridge, along the vein."),
        Quantity("foreshortening.proximal_s", "therapy", "mm", "Its proximal end."),
        Quantity("foreshortening.length_before", "therapy", "mm", "Length of the bridge as implanted."),
        Quantity("foreshortening.shortening", "therapy", "mm", "By how much it shortens.", label="bridge shortens"),
        Quantity(
            "foreshortening.tension", "therapy", "N", "Tension of the shortened bridge.", label="tension of the bridge",
            digits=2,
        ),
    )  # fmt: skip

    @classmethod
    def named(cls, text: str) -> ForeshorteningBridge | None:
        """Bridge from a name ``foreshortening``, ``foreshortening-MM`` or ``foreshortening-MM-LENGTH``."""
        if not text.startswith("foreshortening"):
            return None
        match = _NAME.fullmatch(text)
        if match is None:
            raise InputError(f"a foreshortening bridge must be named {cls.forms}; got {text!r}.")
        return cls(*(float(part) for part in match.groups() if part is not None))

    @classmethod
    def catalogue(cls) -> tuple[str, ...]:
        """Steps of 5 mm; no dose is published."""
        return tuple(f"foreshortening-{mm}" for mm in range(5, 25, 5))

    def __post_init__(self) -> None:
        for name in ("shortening_mm", "length_mm"):
            value = float(getattr(self, name))
            if not (np.isfinite(value) and value > 0.0):
                raise InputError(f"foreshortening {name} must be positive; got {value:g}.")
            object.__setattr__(self, name, value)
        if not self.shortening_mm < self.length_mm:
            raise InputError(
                f"a bridge can shorten by less than its length of {self.length_mm:g} mm; got {self.shortening_mm:g} mm."
            )

    @property
    def name(self) -> str:
        """Name such as ``foreshortening-10`` or ``foreshortening-10-60``."""
        length = "" if self.length_mm == type(self).length_mm else f"-{self.length_mm:g}"
        return f"foreshortening-{self.shortening_mm:g}{length}"

    def site(self, heart: Heart, wish: Wish) -> Placement:
        """The distal end as wished, else the proximal stent just inside the ostium; between them the bridge is taut."""
        wish.allow(self, "distal_at_mm")
        model, lines = heart.model(CinchParameters()), ()
        if wish.distal_at_mm is not None:
            landing = Landing(wish.distal_at_mm, model.proximal_end(wish.distal_at_mm, self.length_mm))
        else:
            landing = Landing(model.distal_end(_FOOTPRINT_MM, self.length_mm), _FOOTPRINT_MM)
            why = "no site was asked for: the proximal stent lies just inside the ostium"
            lines = (Assumption("distal_s_mm", landing.distal_s_mm, "mm", why, "assumed"),)
        last = min(heart.strip.vein_length, heart.sinus.curve.length - _FOOTPRINT_MM)
        if landing.distal_s_mm > last:
            raise InputError(
                f"the distal stent must land at most {last:.1f} mm from the ostium, where the vein still runs along "
                f"the annulus and has {_FOOTPRINT_MM:g} mm for it; got {landing.distal_s_mm:.1f} mm: move it or take a "
                "shorter bridge."
            )
        return Placement(Site(float(landing.distal_s_mm), float(landing.proximal_s_mm)), assumptions=lines)

    def stages(self, heart: Heart, site: Site, load: Load) -> Sequence[Stage]:
        """The bridge has shortened."""
        landing = _landing(site)
        length = self.length_mm - self.shortening_mm
        stents = _stents(heart, landing)
        return (Stage("shortened", (Ribbon(landing.distal_s_mm, landing.proximal_s_mm, length, stents),)),)

    def numbers(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """Ends, lengths, tension."""
        state = states["shortened"].equilibrium
        return {
            "foreshortening.distal_s_mm": site.distal_s_mm,
            "foreshortening.proximal_s_mm": site.proximal_s_mm,
            "foreshortening.length_before_mm": self.length_mm,
            "foreshortening.shortening_mm": self.shortening_mm,
            "foreshortening.tension_n": 0.0 if state is None else state.tension_n,
        }

    def flags(self, heart: Heart, site: Site, states: Mapping[str, State]) -> tuple[str, ...]:
        """Side branches and valves under the stents, other stents in the target zone."""
        landing = _landing(site)
        return landing_flags(heart, landing, _stents(heart, landing), carillon_family().large_branch_mm)

    def summary(self, heart: Heart, site: Site, states: Mapping[str, State]) -> tuple[str, ...]:
        """Where it lies, and how far it shortens."""
        distal, proximal, before, shortening, tension = self.numbers(heart, site, states).values()
        return (
            f"bridge from {proximal:.1f} to {distal:.1f} mm of the vein, implanted without pull, shortens from "
            f"{before:.1f} to {before - shortening:.1f} mm under {tension:.2f} N",
        )

    def assumptions(self) -> tuple[Assumption, ...]:
        """What is assumed of bridge and stents."""
        dose = "by how much the bridge shortens is not cited: an input, by default a double anchor's plication"
        taut = "implanted taut along the inner wall without pull; nothing grows over it and tissue does not creep"
        wide = "stent over vein diameter at its landing; the vein widens to it; no public value"
        return (
            Assumption("bridge_shortening_mm", self.shortening_mm, "mm", dose, "assumed"),
            Assumption("bridge_length_mm", self.length_mm, "mm", "bridge as implanted; no public value", "assumed"),
            Assumption("bridge_implanted", "taut", "", taut, "assumed"),
            Assumption("stent_oversize", _OVERSIZE, "1", wide, "assumed"),
            Assumption("stent_length_mm", _FOOTPRINT_MM, "mm", "length of vein that a stent covers", "assumed"),
        )

    def shapes(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """The bridge's path, and the stents' places."""
        state = states["shortened"]
        if state.equilibrium is None or state.model is None:
            return {}
        landing = _landing(site)
        path = state.model.strip.path(state.equilibrium.vein, landing.distal_s_mm, landing.proximal_s_mm)
        return {"bridge": path, "distal": path[0], "proximal": path[-1]}


def _stents(heart: Heart, landing: Landing) -> Anchors:
    """Both stents, wider than the vein in the middle of either by the assumed share."""
    middles = landing.distal_s_mm + 0.5 * _FOOTPRINT_MM, max(landing.proximal_s_mm - 0.5 * _FOOTPRINT_MM, 0.0)
    distal, proximal = 2.0 * _OVERSIZE * heart.sinus.curve.radius_at(middles)
    return Anchors(float(distal), _FOOTPRINT_MM, float(proximal), _FOOTPRINT_MM)


def _landing(site: Site) -> Landing:
    if site.distal_s_mm is None or site.proximal_s_mm is None:
        raise InputError("a foreshortening bridge needs both ends on the vein.")
    return Landing(site.distal_s_mm, site.proximal_s_mm)
