"""Straight rods in the vein: they push the middle of the posterior annulus forwards."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from annulus.errors import InputError, rounded_down
from annulus.heart import Heart, State
from annulus.mechanics.network import Rod
from annulus.quantity import Quantity
from annulus.sources import Assumption
from annulus.therapies._places import behind_p
from annulus.therapies._therapy import Load, Placement, Site, Stage, Therapy, Wish

__all__ = ["StraightRods"]

_NAME = re.compile(r"rods(?:-([123])(?:-(\d+(?:\.\d+)?))?)?")

_MOST = 3
"""Rods that the catheter takes [ptma-eij]."""


@dataclass(frozen=True)
class StraightRods(Therapy):
    """Straight rods (PTMA): one to three rods in the vein push the middle of the posterior annulus forwards.

    The vein is bent round the annulus; rods that are straight at rest unbend it. Their ends push outwards, their middle
    inwards, behind P2: the annulus gets shorter from front to back and a little wider. More rods, or stiffer ones, do
    more; they are added one by one until the leak is least [ptma-eij].

    Parameters
    ----------
    n_rods
        How many, 1 to 3.
    length_mm
        Length of the straight stretch [mm].
    bending_nmm2
        Bending stiffness of one rod [N mm2]; rods slide on each other, so theirs add up.

    Raises
    ------
    InputError
        Not one to three rods, a length or stiffness that is not positive.
    """

    n_rods: int = 2
    length_mm: float = 60.0
    bending_nmm2: float = 400.0

    kind: ClassVar[str] = "straight_rods"
    forms: ClassVar[str] = (
        "rods-N[-LENGTH] (one to three rods, length of their straight stretch in mm, such as rods-2; rods alone are "
        "two)"
    )
    needs: ClassVar[tuple[str, ...]] = ("coronary_sinus", "vein_radius")
    quantities: ClassVar[tuple[Quantity, ...]] = (
        Quantity("n_rods", "therapy", "n", "Number of rods.", costly=True),
        Quantity("rods.distal_s", "therapy", "mm", "Distal end of the rods, along the vein from the ostium."),
        Quantity("rods.proximal_s", "therapy", "mm", "Their proximal end."),
        Quantity("rods.bending", "therapy", "N mm2", "Bending stiffness of all rods together.", costly=True),
        Quantity("rods.sag_before", "therapy", "mm", "Rise of the rods' path over the straight line between its ends."),
        Quantity("rods.sag_after", "therapy", "mm", "The same with the rods in.", label="rise of the rods"),
    )

    @classmethod
    def named(cls, text: str) -> StraightRods | None:
        """Rods from a name ``rods``, ``rods-N`` or ``rods-N-LENGTH``."""
        if not text.startswith("rods"):
            return None
        match = _NAME.fullmatch(text)
        if match is None:
            raise InputError(f"rods must be named {cls.forms}; got {text!r}.")
        if match.group(1) is None:
            return cls()
        sizes = [] if match.group(2) is None else [float(match.group(2))]
        return cls(int(match.group(1)), *sizes)

    @classmethod
    def catalogue(cls) -> tuple[str, ...]:
        """One, two and three rods."""
        return tuple(f"rods-{n}" for n in range(1, _MOST + 1))

    def __post_init__(self) -> None:
        if self.n_rods not in range(1, _MOST + 1):
            raise InputError(f"rods must be one to {_MOST}; got {self.n_rods}.")
        for name in ("length_mm", "bending_nmm2"):
            value = float(getattr(self, name))
            if not (np.isfinite(value) and value > 0.0):
                raise InputError(f"rods' {name} must be positive; got {value:g}.")
            object.__setattr__(self, name, value)

    @property
    def name(self) -> str:
        """Name such as ``rods-2`` or ``rods-2-45``."""
        return f"rods-{self.n_rods}" + ("" if self.length_mm == type(self).length_mm else f"-{self.length_mm:g}")

    def site(self, heart: Heart, wish: Wish) -> Placement:
        """The distal end as wished, else the middle of the rods behind P."""
        wish.allow(self, "distal_at_mm")
        last = heart.strip.vein_length
        distal, lines = wish.distal_at_mm, ()
        if distal is None:
            distal = float(np.clip(behind_p(heart) + 0.5 * self.length_mm, self.length_mm, last))
            why = "no site was asked for: the middle of the rods lies behind P, the middle of the posterior annulus"
            lines = (Assumption("distal_s_mm", distal, "mm", why, "assumed"),)
        if self.length_mm > last:
            raise InputError(
                f"rods must be no longer than the vein runs along the annulus, here {rounded_down(last)} mm; got "
                f"{self.length_mm:g} mm: take shorter ones."
            )
        if not self.length_mm <= distal <= last:
            raise InputError(
                f"rods of {self.length_mm:g} mm must end between {self.length_mm:g} and {last:.1f} mm from the ostium, "
                f"where the vein runs along the annulus; got {distal:g} mm: move them or take shorter ones."
            )
        return Placement(Site(float(distal), float(distal) - self.length_mm), assumptions=lines)

    def stages(self, heart: Heart, site: Site, load: Load) -> Sequence[Stage]:
        """The rods are in."""
        if site.distal_s_mm is None or site.proximal_s_mm is None:
            raise InputError(f"{self.name} needs both ends on the vein.")
        rod = Rod(self.n_rods * self.bending_nmm2, site.distal_s_mm, site.proximal_s_mm)
        return (Stage("rods", (rod,)),)

    def numbers(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """Places, and how far the rods straightened their path."""
        before, after = self._paths(heart, site, states["rods"])
        return {
            "rods.distal_s_mm": site.distal_s_mm,
            "rods.proximal_s_mm": site.proximal_s_mm,
            "rods.sag_before_mm": _sag(before),
            "rods.sag_after_mm": _sag(after),
        }

    def costly_numbers(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """How many, how stiff."""
        return {"n_rods": self.n_rods, "rods.bending_nmm2": self.n_rods * self.bending_nmm2}

    def summary(self, heart: Heart, site: Site, states: Mapping[str, State]) -> tuple[str, ...]:
        """Where they lie, and how far they straightened the vein."""
        before, after = (_sag(path) for path in self._paths(heart, site, states["rods"]))
        what = f"{self.n_rods} rod{'s' if self.n_rods > 1 else ''} of {self.length_mm:g} mm"
        return (
            f"{what} from {site.proximal_s_mm:.1f} to {site.distal_s_mm:.1f} mm of the vein: the path rises "
            f"{before:.1f} -> {after:.1f} mm over the line between its ends",
        )

    def assumptions(self) -> tuple[Assumption, ...]:
        """What is assumed of the rods."""
        stiff = "bending stiffness of one rod, as of a nitinol wire of 0.6 mm; no public value"
        long = "length of the straight stretch; no public value"
        slide = "rods slide on each other and in the catheter: their stiffnesses add up, the ends are free"
        return (
            Assumption("rod_bending_nmm2", self.bending_nmm2, "N mm2", stiff, "assumed"),
            Assumption("rod_length_mm", self.length_mm, "mm", long, "assumed"),
            Assumption("rods", "sliding", "", slide, "assumed"),
        )

    def shapes(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """Their path in the vein."""
        return {"rods": self._paths(heart, site, states["rods"])[1]}

    def _paths(self, heart: Heart, site: Site, state: State) -> tuple[np.ndarray, np.ndarray]:
        """Points of the rods' path without them and with them [mm], shapes (k, 3)."""
        if site.distal_s_mm is None or site.proximal_s_mm is None or state.equilibrium is None or state.model is None:
            raise InputError(f"the {state.name} state has no rods.")
        strip = state.model.strip
        ends = site.distal_s_mm, site.proximal_s_mm
        return strip.path(strip.vein, *ends), strip.path(state.equilibrium.vein, *ends)


def _sag(path: np.ndarray) -> float:
    """Largest distance of a path from the straight line between its ends [mm]."""
    along = (path[-1] - path[0]) / np.linalg.norm(path[-1] - path[0])
    offset = path - path[0]
    return float(np.linalg.norm(offset - np.outer(offset @ along, along), axis=1).max())
