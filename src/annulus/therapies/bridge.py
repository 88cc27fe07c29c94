"""Septal bridge: a suture across the left atrium pulls the vein's middle towards the septum."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import InputError, rounded_down
from annulus.heart import Heart, State
from annulus.mechanics.network import Place, Tie
from annulus.quantity import Quantity
from annulus.sources import Assumption
from annulus.therapies._places import behind_p, beyond_annulus
from annulus.therapies._therapy import Load, Placement, Site, Stage, Therapy, Wish

__all__ = ["SeptalBridge"]

_NAME = re.compile(r"bridge(?:-(\d+(?:\.\d+)?))?")

_SEPTUM_DEG, _OUTSIDE_MM, _ABOVE_MM = 330.0, 5.0, 15.0
"""Where the septal anchor sits: annular angle between A and PM, beyond the annulus, above its plane [deg, mm]."""


@dataclass(frozen=True)
class SeptalBridge(Therapy):
    """Septal bridge (ARTO): a suture from a T-bar in the vein behind P2 to an anchor on the septum, shortened.

    The bridge crosses the left atrium and shortens the annulus from front to back [arto-eij-2015]. It may be pulled as
    far as one likes. A finite-element study, known at second hand, saw the leak rise again beyond some shortening; in
    this model it does not: with the T-bar behind P, on the FMR example by the full closure, it falls until the valve is
    tight (43, 22, 12, 5, 1, 0 mm2 at 0, 4, 8, 12, 16, 20 mm). Beside P2, towards AL, it rises first.

    Parameters
    ----------
    shortening_mm
        By how much the suture is taken in [mm].
    stiffness_n_per_mm
        Of suture, anchor and septum in series [N/mm].

    Raises
    ------
    InputError
        A shortening or stiffness that is not positive.
    """

    shortening_mm: float = 8.0
    stiffness_n_per_mm: float = 5.0

    kind: ClassVar[str] = "septal_bridge"
    forms: ClassVar[str] = (
        "bridge-MM (by how much its suture is taken in, in mm, such as bridge-8, which bridge alone is)"
    )
    needs: ClassVar[tuple[str, ...]] = ("coronary_sinus", "vein_radius")
    quantities: ClassVar[tuple[Quantity, ...]] = (
        Quantity("bridge.cs_s", "therapy", "mm", "Where the T-bar lies, along the vein from the ostium."),
        Quantity("bridge.length_before", "therapy", "mm", "From the T-bar to the septal anchor before."),
        Quantity("bridge.length_after", "therapy", "mm", "The same with the suture taken in."),
        Quantity("bridge.shortening", "therapy", "mm", "By how much the suture is taken in.", label="suture taken in"),
        Quantity("bridge.tension", "therapy", "N", "Tension of the suture.", label="tension of the bridge", digits=2),
    )

    @classmethod
    def named(cls, text: str) -> SeptalBridge | None:
        """Bridge from a name ``bridge`` or ``bridge-MM``."""
        if not text.startswith("bridge"):
            return None
        match = _NAME.fullmatch(text)
        if match is None:
            raise InputError(f"a bridge must be named {cls.forms}; got {text!r}.")
        return cls() if match.group(1) is None else cls(float(match.group(1)))

    @classmethod
    def catalogue(cls) -> tuple[str, ...]:
        """Steps of 2 mm; a suture has no sizes."""
        return tuple(f"bridge-{mm}" for mm in range(2, 14, 2))

    def __post_init__(self) -> None:
        for name in ("shortening_mm", "stiffness_n_per_mm"):
            value = float(getattr(self, name))
            if not (np.isfinite(value) and value > 0.0):
                raise InputError(f"bridge {name} must be positive; got {value:g}.")
            object.__setattr__(self, name, value)

    @property
    def name(self) -> str:
        """Name such as ``bridge-8``."""
        return f"bridge-{self.shortening_mm:g}"

    def site(self, heart: Heart, wish: Wish) -> Placement:
        """The T-bar as wished, else behind P."""
        wish.allow(self, "distal_at_mm")
        last = heart.strip.vein_length
        place, lines = wish.distal_at_mm, ()
        if place is None:
            place = float(np.clip(behind_p(heart), 0.0, last))
            why = "no site was asked for: the T-bar lies behind P, the middle of the posterior annulus"
            lines = (Assumption("distal_s_mm", place, "mm", why, "assumed"),)
        if not 0.0 < place <= last:
            raise InputError(
                f"the T-bar must lie 0 to {rounded_down(last)} mm from the ostium, 0 left out, where the "
                f"vein runs along the annulus; got {place:g} mm: move it."
            )
        site = Site(float(place))
        unloaded = float(np.linalg.norm(_bar(heart, site, heart.strip.vein) - _septal_anchor(heart)))
        if self.shortening_mm >= unloaded:
            raise InputError(
                f"a bridge can be taken in by less than its length, here {rounded_down(unloaded)} mm; got "
                f"{self.shortening_mm:g} mm: take in less."
            )
        return Placement(site, assumptions=lines)

    def stages(self, heart: Heart, site: Site, load: Load) -> Sequence[Stage]:
        """The suture is taken in."""
        if site.distal_s_mm is None:
            raise InputError(f"{self.name} needs a place for its T-bar on the vein.")
        anchor = _septal_anchor(heart)
        unloaded = float(np.linalg.norm(_bar(heart, site, heart.strip.vein) - anchor))
        rest = max(unloaded - self.shortening_mm, 0.0)
        bar, septum = Place(vein_s_mm=site.distal_s_mm), Place(point=anchor)
        return (Stage("bridged", (Tie(bar, septum, self.stiffness_n_per_mm, rest),)),)

    def numbers(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """Place, lengths and tension."""
        before, after = self._lines(heart, site, states["bridged"])
        lengths = [float(np.linalg.norm(line[1] - line[0])) for line in (before, after)]
        rest = max(lengths[0] - self.shortening_mm, 0.0)
        return {
            "bridge.cs_s_mm": site.distal_s_mm,
            "bridge.length_before_mm": lengths[0],
            "bridge.length_after_mm": lengths[1],
            "bridge.shortening_mm": self.shortening_mm,
            "bridge.tension_n": self.stiffness_n_per_mm * max(lengths[1] - rest, 0.0),
        }

    def summary(self, heart: Heart, site: Site, states: Mapping[str, State]) -> tuple[str, ...]:
        """Where it lies, and how long it is."""
        numbers = self.numbers(heart, site, states)
        at, before, after, _, tension = numbers.values()
        return (
            f"T-bar at {at:.1f} mm of the vein; the bridge goes from {before:.1f} to {after:.1f} mm under "
            f"{tension:.2f} N",
        )

    def assumptions(self) -> tuple[Assumption, ...]:
        """What is assumed of bridge and septum."""
        where = (
            "septal anchor: between A and PM, 5 mm beyond the annulus and 15 mm above its plane, fixed in space; the "
            "septum of a case is not known"
        )
        soft = "stiffness of suture, anchor and septum in series; no public value"
        return (
            Assumption("septal_anchor", f"{_SEPTUM_DEG:g} degrees", "", where, "assumed"),
            Assumption("bridge_stiffness_n_per_mm", self.stiffness_n_per_mm, "N/mm", soft, "assumed"),
        )

    def shapes(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """The suture between its ends, and these."""
        _, line = self._lines(heart, site, states["bridged"])
        return {"bridge": line, "T-bar": line[0], "septal": line[1]}

    def _lines(self, heart: Heart, site: Site, state: State) -> tuple[FloatArray, FloatArray]:
        """T-bar and septal anchor before and after [mm], shapes (2, 3)."""
        if state.equilibrium is None:
            raise InputError(f"the {state.name} state has no bridge.")
        anchor = _septal_anchor(heart)
        before, after = (_bar(heart, site, vein) for vein in (heart.strip.vein, state.equilibrium.vein))
        return np.stack([before, anchor]), np.stack([after, anchor])


def _bar(heart: Heart, site: Site, vein: FloatArray) -> FloatArray:
    """Place of the T-bar for positions of the vein's nodes [mm], shape (3,)."""
    where = np.clip((site.distal_s_mm or 0.0) / heart.strip.vein_spacing, 0.0, len(vein) - 1.0)
    return np.array([np.interp(where, np.arange(len(vein)), column) for column in vein.T])


def _septal_anchor(heart: Heart) -> FloatArray:
    """Where the septal anchor is taken to sit [mm], shape (3,)."""
    return beyond_annulus(heart.case.annulus, _SEPTUM_DEG, _OUTSIDE_MM, _ABOVE_MM)
