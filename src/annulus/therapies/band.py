"""Direct posterior band: anchors along the posterior annulus, drawn together by a wire."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import InputError
from annulus.heart import Heart, State
from annulus.mechanics.network import Place, Tie
from annulus.quantity import Quantity
from annulus.sources import Assumption
from annulus.therapies._therapy import Load, Site, Stage, Therapy

__all__ = ["DirectBand", "band_facts"]

_NAME = re.compile(r"band(?:-(\d+(?:\.\d+)?))?")

_MAX_SHARE = 0.5
"""Share of its length that a band can be contracted by: beyond it the anchors meet (assumed)."""


@cache
def band_facts() -> Mapping[str, Any]:
    """Spacing of the anchors, and what is assumed."""
    text = resources.files("annulus.therapies").joinpath("band.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


@dataclass(frozen=True)
class DirectBand(Therapy):
    """Direct band (Cardioband): anchors every 8 mm along the posterior annulus, drawn together by a wire.

    The band is anchored from the atrium, from trigone to trigone behind, and contracted while the heart beats; the
    annulus gets shorter from front to back [cardioband-2016]. It lies on the annulus itself, in no vein.

    Parameters
    ----------
    contraction_mm
        By how much the band is contracted in all [mm].
    stiffness_n_per_mm
        Of band and anchors between two neighbouring anchors [N/mm].

    Raises
    ------
    InputError
        A contraction or stiffness that is not positive.
    """

    contraction_mm: float = band_facts()["assumed"]["contraction_mm"]
    stiffness_n_per_mm: float = band_facts()["assumed"]["stiffness_n_per_mm"]

    kind: ClassVar[str] = "direct_band"
    forms: ClassVar[str] = "band-MM (by how much it is contracted, in mm, such as band-20, which band alone is)"
    quantities: ClassVar[tuple[Quantity, ...]] = (
        Quantity("band.contraction", "therapy", "mm", "By how much the band is contracted.", label="band contracted"),
        Quantity("band.length_before", "therapy", "mm", "From the first to the last anchor, anchor by anchor, before."),
        Quantity("band.length_after", "therapy", "mm", "The same with the band contracted."),
        Quantity(
            "band.max_tension",
            "therapy",
            "N",
            "Largest tension of the band between two anchors.",
            label="largest tension of the band",
            digits=2,
        ),
        Quantity("band.max_anchor_force", "therapy", "N", "Largest force that one anchor holds.", digits=2),
        Quantity("band.n_anchors", "therapy", "n", "Number of anchors.", costly=True),
    )

    @classmethod
    def named(cls, text: str) -> DirectBand | None:
        """Band from a name ``band`` or ``band-MM``."""
        if not text.startswith("band"):
            return None
        match = _NAME.fullmatch(text)
        if match is None:
            raise InputError(f"a band must be named {cls.forms}; got {text!r}.")
        return cls() if match.group(1) is None else cls(float(match.group(1)))

    @classmethod
    def catalogue(cls) -> tuple[str, ...]:
        """Steps of 5 mm; a band is contracted by what the leak asks for."""
        return tuple(f"band-{mm}" for mm in range(5, 35, 5))

    def __post_init__(self) -> None:
        for name in ("contraction_mm", "stiffness_n_per_mm"):
            value = float(getattr(self, name))
            if not (np.isfinite(value) and value > 0.0):
                raise InputError(f"band {name} must be positive; got {value:g}.")
            object.__setattr__(self, name, value)

    @property
    def name(self) -> str:
        """Name such as ``band-20``."""
        return f"band-{self.contraction_mm:g}"

    def stages(self, heart: Heart, site: Site, load: Load) -> Sequence[Stage]:
        """The band is contracted: each stretch between two anchors by its share."""
        places = _anchor_places(heart)
        lengths = _lengths(_at(heart, places, heart.strip.annulus))
        share = self.contraction_mm / lengths.sum()
        if share > _MAX_SHARE:
            raise InputError(
                f"a band can be contracted by at most half of its length, here {_MAX_SHARE * lengths.sum():.1f} mm; "
                f"got {self.contraction_mm:g} mm: contract it less."
            )
        pairs = zip(places, places[1:], lengths, strict=False)
        ties = tuple(
            Tie(
                Place(annulus_place=float(first)),
                Place(annulus_place=float(second)),
                self.stiffness_n_per_mm,
                float((1.0 - share) * length),
            )
            for first, second, length in pairs
        )
        return (Stage("contracted", ties),)

    def numbers(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """Lengths, tensions, forces on anchors."""
        before, after = self._anchors(heart, states["contracted"])
        lengths = _lengths(before)
        rest = lengths * (1.0 - self.contraction_mm / lengths.sum())
        tension = self.stiffness_n_per_mm * np.maximum(_lengths(after) - rest, 0.0)
        edges = np.diff(after, axis=0)
        pull = tension[:, None] * edges / np.linalg.norm(edges, axis=1, keepdims=True)
        held = np.vstack([pull, np.zeros((1, 3))]) - np.vstack([np.zeros((1, 3)), pull])
        return {
            "band.contraction_mm": self.contraction_mm,
            "band.length_before_mm": float(lengths.sum()),
            "band.length_after_mm": float(_lengths(after).sum()),
            "band.max_tension_n": float(tension.max()),
            "band.max_anchor_force_n": float(np.linalg.norm(held, axis=1).max()),
        }

    def costly_numbers(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """How many anchors."""
        return {"band.n_anchors": len(_anchor_places(heart))}

    def summary(self, heart: Heart, site: Site, states: Mapping[str, State]) -> tuple[str, ...]:
        """How long it is, and what its anchors hold."""
        numbers = self.numbers(heart, site, states)
        _, before, after, tension, force = numbers.values()
        return (
            f"band with {len(_anchor_places(heart))} anchors goes from {before:.1f} to {after:.1f} mm under up to "
            f"{tension:.2f} N; one anchor holds up to {force:.2f} N",
        )

    def assumptions(self) -> tuple[Assumption, ...]:
        """What is assumed of band and anchors."""
        facts = band_facts()
        spacing = "distance between anchors; a secondary source, unverified"
        ends = "the band reaches from trigone to trigone behind, less 5 % of that arc at either end"
        share = "each stretch between two anchors is contracted by the same share; anchors do not tear out"
        stiff = "stiffness of band and anchors between two neighbouring anchors; no public value"
        dose = "by how much a band is contracted in use is not cited: an input"
        return (
            Assumption("band_anchor_spacing_mm", facts["anchor_spacing_mm"], "mm", spacing, "assumed"),
            Assumption("band_extent", "trigone to trigone", "", ends, "assumed"),
            Assumption("band_contraction", "even", "", share, "assumed"),
            Assumption("band_stiffness_n_per_mm", self.stiffness_n_per_mm, "N/mm", stiff, "assumed"),
            Assumption("band_contraction_mm", self.contraction_mm, "mm", dose, "assumed"),
        )

    def shapes(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """The band, anchor by anchor."""
        if states["contracted"].equilibrium is None:
            return {}
        _, after = self._anchors(heart, states["contracted"])
        return {"band": after, **{f"anchor {number}": point for number, point in enumerate(after, start=1)}}

    def _anchors(self, heart: Heart, state: State) -> tuple[FloatArray, FloatArray]:
        """Places of the anchors before and after [mm], each shape (k, 3)."""
        if state.equilibrium is None:
            raise InputError(f"the {state.name} state has no band.")
        places = _anchor_places(heart)
        return _at(heart, places, heart.strip.annulus), _at(heart, places, state.equilibrium.annulus)


def _anchor_places(heart: Heart) -> FloatArray:
    """Places of the anchors on the annulus' nodes, from behind one trigone to behind the other, shape (k,)."""
    facts, strip = band_facts(), heart.strip
    loop, n = strip.annulus_loop, len(strip.annulus)
    index, lengths = np.arange(n + 1.0), np.append(loop.arc_lengths, loop.length)
    # The nodes start at A and run to the left: LT comes first, RT last.
    left, right = np.sort(np.interp(strip.trigones, index, lengths))
    margin = facts["assumed"]["end_share"] * (right - left)
    n_anchors = max(round((right - left - 2.0 * margin) / facts["anchor_spacing_mm"]), 2) + 1
    return np.interp(np.linspace(left + margin, right - margin, n_anchors), lengths, index)


def _at(heart: Heart, places: FloatArray, annulus: FloatArray) -> FloatArray:
    """Points of the annulus' nodes at places [mm], shape (k, 3)."""
    closed = np.vstack([annulus, annulus[:1]])
    return np.stack([np.interp(places, np.arange(len(closed)), column) for column in closed.T], axis=1)


def _lengths(points: FloatArray) -> FloatArray:
    """Straight distances from each point to the next [mm], shape (k - 1,)."""
    return np.linalg.norm(np.diff(points, axis=0), axis=1)
