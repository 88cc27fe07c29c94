"""Mitral cerclage: a cable in a loop through the vein, the septum and the right heart, under tension."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from annulus.anatomy.measures import Crossing
from annulus.errors import InputError, rounded_down
from annulus.heart import Heart, State
from annulus.mechanics.network import TensionLoop, loop_wall_load
from annulus.quantity import Quantity
from annulus.sources import Assumption
from annulus.therapies._places import beyond_annulus
from annulus.therapies._therapy import Load, Placement, Site, Stage, Therapy, Wish

__all__ = ["Cerclage", "cerclage_facts"]

_NAME = re.compile(r"cerclage(?:-(\d+(?:\.\d+)?))?(-bare)?")


@cache
def cerclage_facts() -> Mapping[str, Any]:
    """What is published of the cable, and what is assumed of its course."""
    text = resources.files("annulus.therapies").joinpath("cerclage.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


@dataclass(frozen=True)
class Cerclage(Therapy):
    """Cerclage: a cable in a loop through the vein, the septum and the right heart, drawn tight.

    The loop encircles annulus and outflow tract and presses the posterior annulus forwards, as hard as its tension over
    its radius [cerclage-pmc3034128]. Where it crosses the circumflex an arch carries it across: its feet take the
    tension, nothing presses between them. The bare cable, without the arch, presses on the artery.

    Parameters
    ----------
    tension_n
        Tension of the cable [N].
    arch
        With the protection arch.

    Raises
    ------
    InputError
        A tension that is not positive.
    """

    tension_n: float = cerclage_facts()["assumed"]["tension_n"]
    arch: bool = True

    kind: ClassVar[str] = "cerclage"
    forms: ClassVar[str] = (
        "cerclage-N[-bare] (tension in N, bare without its protection arch, such as cerclage-2, which cerclage "
        "alone is)"
    )
    needs: ClassVar[tuple[str, ...]] = ("coronary_sinus", "vein_radius")
    quantities: ClassVar[tuple[Quantity, ...]] = (
        Quantity("cerclage.tension", "therapy", "N", "Tension of the cable.", label="tension of the loop", digits=2),
        Quantity("cerclage.distal_s", "therapy", "mm", "Where the cable leaves the vein for the septum."),
        Quantity("cerclage.path_before", "therapy", "mm", "Cable in the vein and on to its fixed points, before."),
        Quantity(
            "cerclage.path_after", "therapy", "mm", "The same with the loop drawn tight.", label="length of the loop"
        ),
        Quantity(
            "cerclage.max_load",
            "therapy",
            "N/m",
            "Largest load of the cable on the vein's wall, mean over 6 mm: tension times curvature.",
            label="largest load of the loop on the wall",
            digits=0,
        ),
    )

    @classmethod
    def named(cls, text: str) -> Cerclage | None:
        """Cerclage from a name ``cerclage``, ``cerclage-N`` or ``cerclage-N-bare``."""
        if not text.startswith("cerclage"):
            return None
        match = _NAME.fullmatch(text)
        if match is None:
            raise InputError(f"a cerclage must be named {cls.forms}; got {text!r}.")
        tension = [] if match.group(1) is None else [float(match.group(1))]
        return cls(*tension, arch=match.group(2) is None)

    @classmethod
    def catalogue(cls) -> tuple[str, ...]:
        """Steps of 1 N, with and without the arch; a cable has no sizes."""
        return tuple(f"cerclage-{n}{bare}" for bare in ("", "-bare") for n in range(1, 5))

    def __post_init__(self) -> None:
        value = float(self.tension_n)
        if not (np.isfinite(value) and 0.0 < value <= 20.0):
            raise InputError(f"cerclage tension_n must lie in (0, 20] N, what the model supports; got {value:g}.")
        object.__setattr__(self, "tension_n", value)

    @property
    def name(self) -> str:
        """Name such as ``cerclage-2`` or ``cerclage-2-bare``."""
        return f"cerclage-{self.tension_n:g}{'' if self.arch else '-bare'}"

    def site(self, heart: Heart, wish: Wish) -> Placement:
        """Where the cable leaves the vein, as wished, else at the end of its stretch along the annulus."""
        wish.allow(self, "distal_at_mm")
        last = heart.strip.vein_length
        distal, lines = wish.distal_at_mm, ()
        if distal is None:
            distal = last
            why = "no site was asked for: the cable leaves the vein where that leaves the annulus"
            lines = (Assumption("distal_s_mm", distal, "mm", why, "assumed"),)
        if not 0.0 < distal <= last + 1e-9:
            raise InputError(
                f"the cable must leave the vein 0 to {rounded_down(last)} mm from the ostium, 0 left out, where the "
                f"vein runs along the annulus; got {distal:g} mm: move it."
            )
        return Placement(Site(float(distal), 0.0), assumptions=lines)

    def stages(self, heart: Heart, site: Site, load: Load) -> Sequence[Stage]:
        """The loop is drawn tight."""
        return (Stage("tightened", (self._loop(heart, site),)),)

    def numbers(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """Tension, lengths, loads."""
        loop, state = self._loop(heart, site), states["tightened"]
        if state.equilibrium is None:
            raise InputError(f"the {state.name} state has no loop.")
        before, after = (_length(_line(heart, loop, vein)) for vein in (heart.strip.vein, state.equilibrium.vein))
        return {
            "cerclage.tension_n": self.tension_n,
            "cerclage.distal_s_mm": loop.distal_s_mm,
            "cerclage.path_before_mm": before,
            "cerclage.path_after_mm": after,
            "cerclage.max_load_n_per_m": 1e3 * float(self._loads(heart, loop, state).max()),
        }

    def flags(self, heart: Heart, site: Site, states: Mapping[str, State]) -> tuple[str, ...]:
        """Arteries that the cable presses, and an arch with nothing to span."""
        loop = self._loop(heart, site)
        inside = _crossed(heart, loop)
        flags = []
        if self.arch and loop.arch_s_mm is None:
            flags.append("no artery crosses the cable's stretch of vein: the arch spans nothing.")
        s = heart.strip.vein_spacing * np.arange(len(heart.strip.vein))
        loads = self._loads(heart, loop, states["tightened"])
        for crossing in inside:
            spanned = loop.arch_s_mm is not None and loop.arch_s_mm[0] <= crossing.cs_s_mm <= loop.arch_s_mm[1]
            if not spanned:
                load = 1e3 * float(np.interp(crossing.cs_s_mm, s, loads))
                harmful = cerclage_facts()["harmful_n"]
                flags.append(
                    f"the cable crosses {crossing.artery} at {crossing.cs_s_mm:.1f} mm of the vein without an arch and "
                    f"presses the wall there with {load:.0f} N/m; such a cable under {harmful:g} N halved the coronary "
                    "pressure (cerclage-pmc3034128)."
                )
        return tuple(flags)

    def summary(self, heart: Heart, site: Site, states: Mapping[str, State]) -> tuple[str, ...]:
        """How tight, how far it was drawn, where the arch stands."""
        numbers, loop = self.numbers(heart, site, states), self._loop(heart, site)
        arch = "without an arch"
        if loop.arch_s_mm is not None:
            arch = f"the arch spans {loop.arch_s_mm[0]:.1f} to {loop.arch_s_mm[1]:.1f} mm of the vein"
        before, after = numbers["cerclage.path_before_mm"], numbers["cerclage.path_after_mm"]
        return (f"loop under {self.tension_n:g} N: its path goes from {before:.1f} to {after:.1f} mm; {arch}",)

    def assumptions(self) -> tuple[Assumption, ...]:
        """What is assumed of the cable and its course."""
        facts = cerclage_facts()["assumed"]
        course = (
            "beyond the vein the cable runs to two points fixed in space, in the septum in front of A (0 degrees, 10 "
            "mm beyond the annulus, 10 mm below its plane) and beside the ostium (320 degrees, 10 mm, 5 mm below); "
            "septum and right heart of a case are not known"
        )
        lines = [
            Assumption("cerclage_tension_n", self.tension_n, "N", "no tension of use is published", "assumed"),
            Assumption("cerclage_course", "two fixed points", "", course, "assumed"),
            Assumption("cerclage_friction", 0.0, "1", "the cable slides: one tension all along", "assumed"),
        ]
        if self.arch:
            why = (
                "longest arch: one spans the course on which the artery with the least gap at a crossing lies within "
                f"{facts['arch_clearance_mm']:g} mm of the vein, at least {facts['arch_mm']:g} mm; rigid, its feet do "
                "not slide, nothing presses under it; beyond it the cable presses what lies between vein and annulus"
            )
            lines.append(Assumption("cerclage_arch_mm", facts["max_arch_mm"], "mm", why, "assumed"))
        return tuple(lines)

    def shapes(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """The cable from fixed point to fixed point, and the arch's feet."""
        loop, state = self._loop(heart, site), states["tightened"]
        if state.equilibrium is None:
            return {}
        out: dict[str, Any] = {"cerclage": _line(heart, loop, state.equilibrium.vein)}
        if loop.arch_s_mm is not None:
            spanned = heart.strip.path(state.equilibrium.vein, loop.arch_s_mm[1], loop.arch_s_mm[0])
            out |= {"arch": spanned, "arch distal foot": spanned[0], "arch proximal foot": spanned[-1]}
        return out

    def _loop(self, heart: Heart, site: Site) -> TensionLoop:
        if site.distal_s_mm is None:
            raise InputError(f"{self.name} needs a place where its cable leaves the vein.")
        facts = cerclage_facts()["assumed"]
        septum, right = (beyond_annulus(heart.case.annulus, *facts[name]) for name in ("septum", "right_heart"))
        width = cerclage_facts()["cable_diameter_mm"]
        loop = TensionLoop(self.tension_n, site.distal_s_mm, 0.0, septum, right, width_mm=width)
        return replace(loop, arch_s_mm=_spanned(heart, loop)) if self.arch else loop

    def _loads(self, heart: Heart, loop: TensionLoop, state: State) -> np.ndarray:
        """Load on the wall at each vein node, mean over 6 mm, without the ends of vein and arch [N/mm]."""
        if state.equilibrium is None:
            raise InputError(f"the {state.name} state has no loop.")
        return loop_wall_load(loop, state.equilibrium)


def _crossed(heart: Heart, loop: TensionLoop) -> list[Crossing]:
    """Crossings of arteries with the cable's stretch of vein."""
    return [crossing for crossing in heart.crossings.values() if 0.0 < crossing.cs_s_mm < loop.distal_s_mm]


def _line(heart: Heart, loop: TensionLoop, vein: np.ndarray) -> np.ndarray:
    """Points of the cable [mm], shape (k, 3)."""
    path = heart.strip.path(vein, loop.distal_s_mm, loop.proximal_s_mm)
    return np.vstack([loop.distal_point, path, loop.proximal_point])


def _length(line: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())


def _spanned(heart: Heart, loop: TensionLoop) -> tuple[float, float] | None:
    """What an arch is to span [mm]: the course near the vein of the artery that crosses with the least gap."""
    crossings, facts = _crossed(heart, loop), cerclage_facts()["assumed"]
    if not crossings:
        return None
    tightest = min(crossings, key=lambda crossing: np.inf if crossing.gap_mm is None else crossing.gap_mm)
    middle, s = tightest.cs_s_mm, heart.gap_stations
    low = high = middle
    for artery, gaps in zip(heart.case.arteries, heart.gaps, strict=True):
        if artery.name == tightest.artery:
            far = s[~(gaps < facts["arch_clearance_mm"])]
            low, high = far[far <= middle].max(initial=0.0), far[far >= middle].min(initial=s[-1])
    least, longest = 0.5 * facts["arch_mm"], facts["max_arch_mm"]
    low, high = min(low, middle - least), max(high, middle + least)
    if high - low > longest:
        low = min(max(middle - 0.5 * longest, low), high - longest)
        high = low + longest
    return max(float(low), 0.0), min(float(high), loop.distal_s_mm)
