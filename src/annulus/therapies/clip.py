"""Edge-to-edge clip: which tissue of both leaflets it holds together."""

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

from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.anatomy.valve import ANTERIOR, POSTERIOR, Valve
from annulus.errors import InputError
from annulus.geometry import edge_distances
from annulus.heart import Heart, HeartValve, State
from annulus.mechanics.network import Grasp
from annulus.quantity import Quantity
from annulus.sources import Assumption
from annulus.therapies._therapy import Load, Placement, Site, Stage, Therapy, Wish

__all__ = ["EdgeToEdge", "EdgeToEdgeClip", "clip_facts", "grasped_pairs", "held_insertion_mm"]

_NAME = re.compile(r"clip(?:-(nt|xt)(w?))?(?:@([+-]?\d+(?:\.\d+)?))?")


_ARM_POINTS = 4
"""A picture shows an arm by so many points."""


@cache
def clip_facts() -> Mapping[str, Any]:
    """Arm lengths and widths [mm] by family name."""
    text = resources.files("annulus.therapies").joinpath("clip.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


@dataclass(frozen=True, slots=True)
class EdgeToEdgeClip:
    """A clip that joins the leaflets' free edges at one place.

    Parameters
    ----------
    arm_length_mm
        Arm length, 9 (NT) or 12 (XT) [mm].
    width_mm
        Width along the line of coaptation, 4 or 6 (wide) [mm].
    at_mm
        Middle of the clip from the middle of the line of coaptation, positive to the posteromedial side [mm].
    min_insertion_mm
        Leaflet that either arm must hold for a grasp [mm]; assumed.
    held_share
        Part of the arm's length on which leaflets lie [1]; assumed.

    Raises
    ------
    InputError
        Not a size of the catalogue.
    """

    arm_length_mm: float = 9.0
    width_mm: float = 4.0
    at_mm: float = 0.0
    min_insertion_mm: float = 5.0
    held_share: float = clip_facts()["sizing"]["held_share"]

    def __post_init__(self) -> None:
        for name in ("arm_length_mm", "width_mm"):
            value, sizes = getattr(self, name), sorted({size[name] for size in clip_facts()["kinds"].values()})
            if value not in sizes:
                raise InputError(f"clip {name} must be {' or '.join(f'{s:g}' for s in sizes)} mm; got {value:g}.")
        if not np.isfinite(self.at_mm):
            raise InputError(f"clip at_mm must be a number; got {self.at_mm}.")
        if not 0.0 < self.min_insertion_mm <= self.arm_length_mm:
            raise InputError(
                f"clip min_insertion_mm must lie in (0, {self.arm_length_mm:g}]; got {self.min_insertion_mm:g}."
            )
        if not 0.0 < self.held_share <= 1.0:
            raise InputError(f"clip held_share must lie in (0, 1]; got {self.held_share:g}.")

    @property
    def held_mm(self) -> float:
        """Leaflet that each arm holds, from the free edge [mm]."""
        return self.held_share * self.arm_length_mm

    @property
    def name(self) -> str:
        """Family name such as ``clip-XTW``."""
        return f"clip-{'NT' if self.arm_length_mm == 9.0 else 'XT'}{'W' if self.width_mm == 6.0 else ''}"


_MAX_DRAWN = 0.15
"""Share of AP that a clip is believed to take [1]; assumed."""


@dataclass(frozen=True)
class EdgeToEdge(Therapy):
    """Edge-to-edge repair: one or more clips that hold the leaflets together.

    The leaflets' pull on a clip draws annulus and papillary tips in until valve and supports balance. Each clip holds
    the leaflets from the free edge over a share of its arms' length. The insertion, the pull, and the annulus that
    follows are in the result.

    Parameters
    ----------
    clips
        One clip, or several that do not overlap.

    Raises
    ------
    InputError
        No clip.
    """

    clips: tuple[EdgeToEdgeClip, ...]

    kind: ClassVar[str] = "edge_to_edge_clip"
    forms: ClassVar[str] = (
        "clip-NT|NTW|XT|XTW[@MM] (MM from the middle, positive posteromedially; + joins two; clip alone is an NT)"
    )
    needs: ClassVar[tuple[str, ...]] = ("leaflets",)
    closure: ClassVar[str] = "full"
    quantities: ClassVar[tuple[Quantity, ...]] = (
        Quantity("device", "therapy.clips[]", "text", "Kind of one clip."),
        Quantity("at", "therapy.clips[]", "mm", "Its middle, from the middle of the line of coaptation.", costly=True),
        Quantity("insertion_anterior", "therapy.clips[]", "mm", "Anterior leaflet that it holds.", costly=True),
        Quantity("insertion_posterior", "therapy.clips[]", "mm", "Posterior leaflet that it holds.", costly=True),
        Quantity(
            "force",
            "therapy.clips[]",
            "N",
            "Force with which either leaflet pulls at it in systole: the vector sum over the tissue that it holds.",
            costly=True,
        ),
    )

    def __post_init__(self) -> None:
        clips = (self.clips,) if isinstance(self.clips, EdgeToEdgeClip) else tuple(self.clips)
        object.__setattr__(self, "clips", clips)
        if not clips:
            raise InputError("clips must be at least one clip; got none.")

    @classmethod
    def named(cls, text: str) -> EdgeToEdge | None:
        """Clips from names such as ``clip-xtw``, ``clip-nt@-4+clip-nt@4``."""
        if not text.startswith("clip"):
            return None
        clips = []
        for part in text.split("+"):
            match = _NAME.fullmatch(part.strip())
            if match is None:
                raise InputError(
                    "a clip must be named clip-NT, clip-NTW, clip-XT or clip-XTW, with @MM for its place; got "
                    f"{text!r}."
                )
            size = clip_facts()["kinds"][((match.group(1) or "nt") + (match.group(2) or "")).upper()]
            clips.append(EdgeToEdgeClip(size["arm_length_mm"], size["width_mm"], float(match.group(3) or 0.0)))
        return cls(tuple(clips))

    @classmethod
    def catalogue(cls) -> tuple[str, ...]:
        """Names of all kinds of clip."""
        return tuple(f"clip-{kind}" for kind in clip_facts()["kinds"])

    @property
    def name(self) -> str:
        """Name such as ``clip-XTW`` or ``clip-NT@-4+clip-NT@4``."""
        return "+".join(clip.name + (f"@{clip.at_mm:g}" if clip.at_mm else "") for clip in self.clips)

    def site(self, heart: Heart, wish: Wish) -> Placement:
        """Where the leaflets have tissue; the place stands in the name."""
        wish.allow(self)
        self._grasped(_full_valve(heart))
        return Placement()

    def stages(self, heart: Heart, site: Site, load: Load) -> Sequence[Stage]:
        """The leaflets are held together."""
        if heart.valve is None:
            raise InputError("a clip holds leaflets; the heart's valve is not to be closed: take closure full.")
        grasped = self._grasped(heart.valve)
        pairs = np.concatenate(grasped)
        return (
            Stage(
                "clipped",
                (
                    Grasp(
                        pairs,
                        np.repeat(np.arange(len(grasped)), [len(own) for own in grasped]),
                        papillary_n_per_mm=clip_facts()["sizing"]["papillary_n_per_mm"],
                    ),
                ),
            ),
        )

    def costly_numbers(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """Clip by clip what it holds, and with what force."""
        return {
            "clips": [
                {
                    "device": clip.name,
                    "at_mm": clip.at_mm,
                    "insertion_anterior_mm": held[0],
                    "insertion_posterior_mm": held[1],
                    "force_n": force,
                }
                for clip, (held, force) in zip(self.clips, self._held(heart, states), strict=True)
            ]
        }

    def flags(self, heart: Heart, site: Site, states: Mapping[str, State]) -> tuple[str, ...]:
        """Clips whose grasp is not secure, or that draw the annulus in farther than is believed."""
        drawn = heart.before_numbers["ap_mm"] - states["clipped"].numbers["ap_mm"]
        share = drawn / heart.before_numbers["ap_mm"]
        far = (
            f"the clips draw the annulus in by {drawn:.1f} mm, {100.0 * share:.0f} % of AP: the leaflets are "
            "too short for such arms; take shorter ones.",
        )
        return (far if share > _MAX_DRAWN else ()) + tuple(
            f"{clip.name} at {clip.at_mm:g} mm holds {held[0]:.1f} mm of the anterior and {held[1]:.1f} mm of the "
            f"posterior leaflet, less than {clip.min_insertion_mm:g} mm: the grasp is not secure."
            for clip, (held, _) in zip(self.clips, self._held(heart, states), strict=True)
            if min(held) < clip.min_insertion_mm
        )

    def summary(self, heart: Heart, site: Site, states: Mapping[str, State]) -> tuple[str, ...]:
        """What each clip holds."""
        return tuple(
            f"{clip.name} at {clip.at_mm:g} mm holds {held[0]:.1f} mm of the anterior and {held[1]:.1f} mm of the "
            f"posterior leaflet with {force:.1f} N"
            for clip, (held, force) in zip(self.clips, self._held(heart, states), strict=True)
        )

    def shapes(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """Each clip's two arms, along the tissue that they hold from its edge inwards."""
        closed = states["clipped"].closed
        if heart.valve is None or closed is None or closed.points is None:
            return {}
        lines: dict[str, Any] = {}
        for number, pairs in enumerate(self._grasped(heart.valve), start=1):
            for column, (leaflet, word) in enumerate(((ANTERIOR, "anterior"), (POSTERIOR, "posterior"))):
                own = pairs[np.argsort(_from_edge(heart.valve.valve, leaflet)[pairs[:, column]], kind="stable"), column]
                steps = np.array_split(closed.points[own], min(len(own), _ARM_POINTS))
                if len(steps) > 1:
                    lines[f"clip {number} {word} arm"] = np.array([step.mean(axis=0) for step in steps])
        return lines

    def assumptions(self) -> tuple[Assumption, ...]:
        """What is assumed of the clips and their grasp."""
        held = "leaflet that either arm must hold; no public threshold"
        share = (
            "part of the arms' length on which leaflets lie, without slip: 5.4 mm for arms of 9, 7.2 for arms of 12 mm"
        )
        annulus = (
            "the clip's change of the leaflets' pull in systole moves the annulus against the support of the cinching "
            "network; open, the clipped valve has the same annulus"
        )
        tips = "stiffness with which a papillary tip gives way to the change of its chordae's pull"
        return (
            Assumption("clip_min_insertion_mm", self.clips[0].min_insertion_mm, "mm", held, "assumed"),
            Assumption("clip_held_share", self.clips[0].held_share, "1", share, "assumed"),
            Assumption("clip_annulus", "gives way", "", annulus, "assumed"),
            Assumption(
                "clip_papillary_n_per_mm", clip_facts()["sizing"]["papillary_n_per_mm"], "N/mm", tips, "assumed"
            ),
        )

    def _grasped(self, valve: HeartValve) -> list[IntArray]:
        """Pairs of each clip; they must not overlap."""
        grasped = [grasped_pairs(valve.valve, clip) for clip in self.clips]
        seen = np.concatenate([np.unique(pairs) for pairs in grasped])
        if len(np.unique(seen)) < len(seen):
            places = ", ".join(f"{clip.at_mm:g}" for clip in self.clips)
            raise InputError(f"clips must not hold the same tissue; at {places} mm they do: place them farther apart.")
        return grasped

    def _held(self, heart: Heart, states: Mapping[str, State]) -> list[tuple[tuple[float, float], float]]:
        """For each clip the insertion of both leaflets [mm] and the force [N]."""
        state, valve = states["clipped"], _full_valve(heart).valve
        grasp, found = state.grasp, state.grasped
        if grasp is None or found is None or found.outcome.solution is None:
            return [((0.0, 0.0), 0.0)] * len(self.clips)
        solution, owner = found.outcome.solution, grasp.clip
        reaches = [held_insertion_mm(valve, solution.ties[owner == number]) for number in range(len(self.clips))]
        return [
            ((min(front, clip.held_mm), min(back, clip.held_mm)), solution.tie_pull_n(owner == number))
            for number, (clip, (front, back)) in enumerate(zip(self.clips, reaches, strict=True))
        ]


def _full_valve(heart: Heart) -> HeartValve:
    valve = heart.valve
    if valve is None or not valve.is_full:
        raise InputError("a clip needs the full closure; the fast one has no tissue to hold: take closure full.")
    return valve


def grasped_pairs(valve: Valve, clip: EdgeToEdgeClip) -> IntArray:
    """Vertices that a clip holds together, shape (k, 2): anterior, posterior; each vertex once.

    Either leaflet is held within half the width of the clip's middle, across the valve, and from its free edge over
    the length that the arm holds, to the nearest row of vertices. Each held vertex of the coarser patch goes to the
    nearest one of the other at like place and like distance from the edge.

    Raises
    ------
    InputError
        There is no tissue of a leaflet there, or less than the least insertion.
    """
    x = valve.frame.to_local(valve.surface.points)[:, 0]
    patches = []
    for number, word in ((ANTERIOR, "anterior"), (POSTERIOR, "posterior")):
        own = np.setdiff1d(np.unique(valve.surface.triangles[valve.leaflet == number]), valve.hinge)
        own = np.setdiff1d(own, valve.shared)
        below = _from_edge(valve, number)
        # Half the spacing more, so that a narrow clip on a coarse mesh holds a column.
        half = max(0.5 * clip.width_mm, 0.55 * _spacing(x[np.intersect1d(own, valve.free_edge)], clip.at_mm))
        across = own[np.abs(x[own] - clip.at_mm) <= half]
        if len(across) == 0:
            raise InputError(
                f"the clip must lie where both leaflets have tissue; {clip.at_mm:g} mm from the middle there is none "
                f"of the {word} leaflet (it reaches from {x[own].min():.1f} to {x[own].max():.1f} mm): move it."
            )
        length = float(below[across].max())
        if length < clip.min_insertion_mm:
            raise InputError(
                f"the {word} leaflet must give the clip at least {clip.min_insertion_mm:g} mm to hold; "
                f"{clip.at_mm:g} mm from the middle it has {length:.1f} mm: move the clip."
            )
        held = across[below[across] <= clip.held_mm + 0.5 * _row_mm(below[across])]
        patches.append((held, np.column_stack([x[held], below[held]])))
    (front, at_front), (back, at_back) = patches
    return _matched(front, at_front, back, at_back)


def _row_mm(below: FloatArray) -> float:
    """Distance of the first row of vertices from the free edge [mm]."""
    return float(below[below > 1e-9].min())


def held_insertion_mm(valve: Valve, pairs: ArrayLike) -> tuple[float, float]:
    """How far from the free edge pairs (k, 2) hold the anterior and the posterior leaflet [mm]; 0 for none.

    The last row holds half of the tissue up to the next one.
    """
    array = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    if len(array) == 0:
        return 0.0, 0.0
    edges = [_from_edge(valve, number) for number in (ANTERIOR, POSTERIOR)]
    front, back = (
        float(edge[array[:, k]].max() + 0.5 * _row_mm(edge[np.isfinite(edge)])) for k, edge in enumerate(edges)
    )
    return front, back


def _matched(front: IntArray, at_front: FloatArray, back: IntArray, at_back: FloatArray) -> IntArray:
    """Pairs of mutually nearest members of two patches, shape (k, 2)."""
    apart = np.linalg.norm(at_front[:, None] - at_back[None], axis=2)
    towards, fro = apart.argmin(axis=1), apart.argmin(axis=0)
    mutual = np.flatnonzero(fro[towards] == np.arange(len(front)))
    return np.column_stack([front[mutual], back[towards[mutual]]])


def _spacing(x: FloatArray, at: float) -> float:
    """Distance of the two neighbours of a place among sorted places [mm]; 0 outside."""
    x = np.sort(x)
    after = int(np.searchsorted(x, at))
    return float(x[after] - x[after - 1]) if 0 < after < len(x) else 0.0


def _from_edge(valve: Valve, leaflet: int) -> FloatArray:
    """Distance from the leaflet's free edge along its mesh's edges [mm], infinite off the leaflet, shape (n,)."""
    triangles = valve.surface.triangles[valve.leaflet == leaflet]
    edge = np.intersect1d(valve.free_edge, triangles)
    if len(edge) == 0:
        raise InputError("a clip needs leaflets with a free edge; one has none.")
    return edge_distances(valve.surface.points, triangles, edge)
