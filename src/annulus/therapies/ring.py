"""Surgical annuloplasty ring: the annulus takes its shape, all round or behind the trigones."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Annulus, trigone_positions
from annulus.anatomy.parametric import AnnulusParameters, parametric_annulus
from annulus.errors import InputError
from annulus.heart import Heart, State
from annulus.mechanics.network import Reshape
from annulus.quantity import Quantity
from annulus.sources import Assumption
from annulus.therapies._therapy import Load, Placement, Site, Stage, Therapy, Wish

__all__ = ["RingExtent", "RingShape", "SurgicalRing", "ring_facts", "ringed_annulus"]

_NAME = re.compile(r"ring(?:-(\d+(?:\.\d+)?))?(?:-(planar|saddle))?(?:-(complete|partial))?")


@cache
def ring_facts() -> Mapping[str, Any]:
    """Labelled sizes [mm] and assumed proportions."""
    text = resources.files("annulus.therapies").joinpath("ring.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


class RingShape(Enum):
    """Shape of a ring seen from the side."""

    PLANAR = "planar"
    SADDLE = "saddle"


class RingExtent(Enum):
    """How far a ring reaches round the annulus."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    """From trigone to trigone behind; the anterior arc between them keeps its shape."""


@dataclass(frozen=True)
class SurgicalRing(Therapy):
    """Surgical ring: the annulus takes the shape of a rigid ring.

    Parameters
    ----------
    size_mm
        Labelled size [mm], one of the catalogue; taken as the ring's width between the sides, where the annulus is
        sewn on (an assumption: makers label differently). None for the one next to the intertrigonal distance.
    shape, extent
        Planar or saddle; complete or partial.
    ap_share
        AP over width [1]; 3 : 4 is assumed.
    saddle_share
        Height over width of a saddle ring [1]; assumed.

    Raises
    ------
    InputError
        Not a labelled size, or a share out of range.
    """

    size_mm: float | None = None
    shape: RingShape = RingShape.SADDLE
    extent: RingExtent = RingExtent.COMPLETE
    ap_share: float = 0.75
    saddle_share: float = 0.15

    kind: ClassVar[str] = "surgical_ring"
    forms: ClassVar[str] = (
        "ring-SIZE[-planar|-saddle][-complete|-partial], such as ring-28-planar (without a size the one next to the "
        "intertrigonal distance)"
    )
    closure: ClassVar[str] = "full"
    quantities: ClassVar[tuple[Quantity, ...]] = (
        Quantity("size", "therapy", "mm", "Labelled size of the ring, taken as its width."),
    )

    @classmethod
    def named(cls, text: str) -> SurgicalRing | None:
        """Ring from a name such as ``ring-28-planar-partial``."""
        if not text.startswith("ring"):
            return None
        match = _NAME.fullmatch(text)
        if match is None:
            raise InputError(f"a ring must be named {cls.forms}; got {text!r}.")
        shape, extent = match.group(2) or RingShape.SADDLE.value, match.group(3) or RingExtent.COMPLETE.value
        size = None if match.group(1) is None else float(match.group(1))
        return cls(size, RingShape(shape), RingExtent(extent))

    @classmethod
    def catalogue(cls) -> tuple[str, ...]:
        """Names of all labelled sizes, saddle and complete."""
        return tuple(f"ring-{size:g}" for size in ring_facts()["size_mm"])

    def __post_init__(self) -> None:
        sizes = ring_facts()["size_mm"]
        if self.size_mm is not None and self.size_mm not in sizes:
            made = ", ".join(f"{size:g}" for size in sizes)
            raise InputError(f"ring size_mm must be one of {made}; got {self.size_mm:g}: take a labelled size.")
        for name, (low, high) in (("ap_share", (0.5, 1.0)), ("saddle_share", (0.01, 0.35))):
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"ring {name} must lie in [{low:g}, {high:g}]; got {value:g}.")

    @property
    def name(self) -> str:
        """Name such as ``ring-28-saddle-complete``."""
        size = "" if self.size_mm is None else f"-{self.size_mm:g}"
        return f"ring{size}-{self.shape.value}-{self.extent.value}"

    def site(self, heart: Heart, wish: Wish) -> Placement:
        """Nothing to be wished for; the size that a heart asks for where the name leaves it open."""
        wish.allow(self)
        if self.size_mm is not None:
            return Placement()
        size, between = self.sized(heart).size_mm, _intertrigonal_mm(heart)
        why = (
            f"no size was asked for: the labelled size next to the intertrigonal distance, here {between:.1f} mm, as "
            "by a sizer whose notches stand at the trigones; taken as the ring's width where the annulus is sewn on"
        )
        return Placement(assumptions=(Assumption("ring_size_mm", size, "mm", why, "assumed"),))

    def sized(self, heart: Heart) -> SurgicalRing:
        """This ring, with the size that a heart asks for where it has none: by its measured intertrigonal distance."""
        if self.size_mm is not None:
            return self
        between = _intertrigonal_mm(heart)
        return replace(self, size_mm=min(ring_facts()["size_mm"], key=lambda size: abs(size - between)))

    def flags(self, heart: Heart, site: Site, states: Mapping[str, State]) -> tuple[str, ...]:
        """An intertrigonal distance for which no size is made."""
        between, sizes = _intertrigonal_mm(heart), ring_facts()["size_mm"]
        if self.size_mm is not None or sizes[0] - 1.0 <= between <= sizes[-1] + 1.0:
            return ()
        return (
            f"no labelled size is made for the intertrigonal distance of {between:.1f} mm: the nearest, "
            f"{self.sized(heart).size_mm:g} mm, is taken.",
        )

    def stages(self, heart: Heart, site: Site, load: Load) -> Sequence[Stage]:
        """The ring is sewn in."""
        return (Stage("sewn", (Reshape(ringed_annulus(heart.case.annulus, self.sized(heart))),)),)

    def numbers(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """Its size."""
        return {"size_mm": self.sized(heart).size_mm}

    def shapes(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """The line that the annulus is sewn to."""
        points = states["sewn"].annulus.loop.points
        return {"ring": np.vstack([points, points[:1]])}

    def line(self) -> Annulus:
        """Line along which the annulus is sewn on, in its own annulus frame, with landmarks.

        Raises
        ------
        InputError
            The ring has no size yet.
        """
        width = self.size_mm
        if width is None:
            raise InputError("a ring without a size has no line: take SurgicalRing.sized(heart).")
        # The intertrigonal distance only places the trigones on the ring.
        flat = self.shape is RingShape.PLANAR
        parameters = AnnulusParameters(
            ap_mm=self.ap_share * width,
            alpm_mm=width,
            height_mm=0.2 if flat else self.saddle_share * width,
            it_mm=0.67 * width,
        )
        ring = parametric_annulus(parameters)
        if not flat:
            return ring
        # A saddle of 0.2 mm, pressed flat: less than 1e-4 of any length changes.
        return ring.transformed(np.diag([1.0, 1.0, 0.0]))

    def assumptions(self) -> tuple[Assumption, ...]:
        """What is assumed of the ring."""
        size = "the labelled size is taken as the ring's width where the annulus is sewn on; makers label differently"
        known = [] if self.size_mm is None else [Assumption("ring_size_mm", self.size_mm, "mm", size, "assumed")]
        lines = [
            *known,
            Assumption("ring_ap_share", self.ap_share, "1", "AP over width of the ring", "assumed"),
            Assumption("ring", "rigid", "", "the annulus takes the ring's shape exactly; the trigones stay", "assumed"),
        ]
        if self.shape is RingShape.SADDLE:
            why = "height over width of the saddle ring"
            lines.append(Assumption("ring_saddle_share", self.saddle_share, "1", why, "assumed"))
        return tuple(lines)


def _intertrigonal_mm(heart: Heart) -> float:
    """Distance between the trigones of the measured heart, or what stands in for them [mm]."""
    left, right = (heart if heart.measured is None else heart.measured).trigones[0]
    return float(np.linalg.norm(left - right))


def ringed_annulus(annulus: Annulus, ring: SurgicalRing) -> Annulus:
    """The annulus as the ring prescribes it, vertex by vertex.

    Each of the arcs A-LT, LT-P, P-RT and RT-A goes to the ring's arc of that name at equal shares of arc length. The
    ring lies in the annulus frame, shifted along AP so that the middle between the trigones stays where it is. A
    partial ring leaves the arc between the trigones its shape, turned and scaled to the ring's ends.

    Raises
    ------
    InputError
        The landmarks A, LT, P, RT do not run in this order round the annulus.
    """
    line = ring.line()
    stations, marks = _shares(annulus)
    positions = np.interp(stations, np.arange(5.0), _unrolled(line))
    new = line.loop.at(positions)
    here, there = annulus.frame.to_local(marks), line.loop.at(_unrolled(line)[:4])
    shift = np.array([0.0, 0.5 * (here[1] + here[3] - there[1] - there[3])[1], 0.5 * (here[1] + here[3])[2]])
    shift[2] -= 0.5 * (there[1] + there[3])[2]
    new, ends = new + shift, there[[3, 1]] + shift
    if ring.extent is RingExtent.PARTIAL:
        front = (stations < 1.0) | (stations > 3.0)
        own = annulus.frame.to_local(annulus.loop.points)[front]
        new[front] = _carried(own, here[[3, 1]], ends)
    return annulus.with_loop_points(annulus.frame.to_world(new))


def _shares(annulus: Annulus) -> tuple[FloatArray, FloatArray]:
    """Station of each vertex, 0 at A, 1 at LT, 2 at P, 3 at RT, shape (n,); and those four points, shape (4, 3)."""
    corners = _unrolled(annulus)
    loop = annulus.loop
    sign = 1.0 if corners[4] > corners[0] else -1.0
    lengths = np.append(loop.arc_lengths, loop.length)
    at = np.interp(corners % len(loop), np.arange(len(loop) + 1.0), lengths)
    walked = (sign * (at - at[0])) % loop.length
    walked[4] = loop.length
    along = (sign * (loop.arc_lengths - at[0])) % loop.length
    return np.interp(along, walked, np.arange(5.0)) % 4.0, loop.at(corners[:4])


def _unrolled(annulus: Annulus) -> FloatArray:
    """Positions of A, LT, P, RT and A again, one turn on, monotone, shape (5,)."""
    loop, n = annulus.loop, len(annulus.loop)
    (lt, rt), _ = trigone_positions(annulus)
    (a, p), _ = loop.closest(np.array([annulus.landmarks["A"], annulus.landmarks["P"]]))
    forward = bool(loop.area_vector @ annulus.frame.axes[2] > 0.0)
    sign = 1.0 if forward else -1.0
    steps = [(sign * (place - a)) % n for place in (lt, p, rt)]
    if not 0.0 < steps[0] < steps[1] < steps[2]:
        raise InputError("annulus landmarks must run A, LT, P, RT around the loop; got them in another order.")
    return a + sign * np.array([0.0, *steps, float(n)])


def _carried(points: FloatArray, ends: FloatArray, new_ends: FloatArray) -> FloatArray:
    """Points carried by the turn about z, the scaling and the shift that bring two end points to new places."""
    old, new = ends[1] - ends[0], new_ends[1] - new_ends[0]
    scale = np.linalg.norm(new[:2]) / np.linalg.norm(old[:2])
    turn = np.arctan2(new[1], new[0]) - np.arctan2(old[1], old[0])
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    matrix = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, scale]])
    moved = (points - ends[0]) @ matrix.T
    # What is left between the ends' heights is spread along the chord.
    along = np.clip(moved[:, :2] @ new[:2] / (new[:2] @ new[:2]), 0.0, 1.0)
    rest = new - (ends[1] - ends[0]) @ matrix.T
    return new_ends[0] + moved + along[:, None] * rest
