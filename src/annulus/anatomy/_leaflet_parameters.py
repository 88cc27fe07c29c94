"""What a valve is made of beyond its heights: leaflet thickness and chordae."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum

from annulus.errors import InputError
from annulus.sources import Assumption

__all__ = ["ChordaeLengths", "ChordaeParameters", "LeafletThickness"]


@dataclass(frozen=True, slots=True)
class LeafletThickness:
    """Thickness of the stress-free leaflets by region.

    Parameters
    ----------
    anterior_mm, posterior_mm
        Body of either leaflet [mm]; means of 50 cadavers [leaflet-dimensions-njbms4136].
    rough_zone_factor
        Thickness of the rough zone over that of the body [1]; no datum, 1 is a uniform leaflet.
    rough_zone_share
        Part of the height, from the free edge, that is rough zone [1].
    """

    anterior_mm: float = 0.76
    posterior_mm: float = 0.43
    rough_zone_factor: float = 1.0
    rough_zone_share: float = 1.0 / 3.0

    def __post_init__(self) -> None:
        _require(self, {"rough_zone_factor": (0.2, 5.0), "rough_zone_share": (0.0, 1.0)}, default=(0.05, 10.0))


class ChordaeLengths(Enum):
    """Which slack lengths the chordae of a valve get."""

    OWN_TIPS = "own-tips"
    """As long as the closed leaflet needs with this valve's own papillary tips."""

    UP_TO_NORMAL = "up-to-normal"
    """The same, but no chorda longer than in the normal preset: a displaced tip then stretches it."""


@dataclass(frozen=True, slots=True)
class ChordaeParameters:
    """Straight tension-only chordae fanned from each papillary tip over its half of both leaflets.

    A chorda's slack length is its distance from the tip to where the closed leaflet is expected: along the straight
    line from the hinge to the line of coaptation, then straight down; never less than the half-open start needs.
    Numbers without a source are those of the project's finite-element references, labelled assumptions.

    Parameters
    ----------
    n_marginal, n_basal, n_strut
        Chordae of each tip: to the free edge, to the leaflets' body, and to the anterior leaflet's middle (0 or 1).
    marginal_slack_mm, basal_slack_mm, strut_slack_mm
        Added to the slack length of each chorda of the group [mm]. Less than 0 by default: under load a chorda is some
        percent longer, and the leaflets billow beyond the straight line; chosen for the depth of normal valves.
    marginal_area_mm2, basal_area_mm2, strut_area_mm2
        Cross-section of a chorda [mm2].
    modulus_mpa
        Young's modulus [MPa]; published 32.5 [kaiser2019] to 61 [mechanics-notes].
    closing_stretch
        Expected radial stretch of the closed leaflet [1].
    closing_depth_mm
        Expected depth of the line of coaptation below the line from A to P [mm]; published for normal valves
        [coaptation-zone-analysis].
    min_slack_mm
        Slack of every chorda at the half-open start with its own tips [mm].
    min_length_mm
        Least slack length [mm]: of the shorter ones, to the clefts, the mean of cadavers less one standard deviation
        [papillary-d10-cadaver].
    lengths
        Which slack lengths are taken.
    """

    n_marginal: int = 12
    n_basal: int = 6
    n_strut: int = 1
    marginal_slack_mm: float = -1.5
    basal_slack_mm: float = -1.5
    strut_slack_mm: float = -1.5
    marginal_area_mm2: float = 0.4
    basal_area_mm2: float = 0.4
    strut_area_mm2: float = 1.2
    modulus_mpa: float = 40.0
    closing_stretch: float = 1.2
    closing_depth_mm: float = 5.0
    min_slack_mm: float = 0.5
    min_length_mm: float = 11.3
    lengths: ChordaeLengths = ChordaeLengths.UP_TO_NORMAL

    def __post_init__(self) -> None:
        counts = {"n_marginal": (0, 60), "n_basal": (0, 60), "n_strut": (0, 1)}
        slack = dict.fromkeys(("marginal_slack_mm", "basal_slack_mm", "strut_slack_mm"), (-30.0, 30.0))
        others = {"modulus_mpa": (0.1, 1000.0), "closing_stretch": (0.5, 2.0), "closing_depth_mm": (-10.0, 40.0)}
        ranges = {**counts, **slack, **others, "min_slack_mm": (0.0, 10.0), "min_length_mm": (0.0, 40.0)}
        _require(self, ranges, default=(0.01, 20.0))
        for name in counts:
            if int(getattr(self, name)) != getattr(self, name):
                raise InputError(f"chordae {name} must be a whole number; got {getattr(self, name)}.")

    def of_group(self, group: str) -> tuple[float, float]:
        """Cross-section [mm2] and added slack [mm] of a group of `annulus.anatomy.CHORDAE_GROUPS`."""
        return getattr(self, f"{group}_area_mm2"), getattr(self, f"{group}_slack_mm")

    def assumptions(self) -> tuple[Assumption, ...]:
        """What is assumed of the chordae."""
        why = "number, places and cross-sections of the chordae as in the project's finite-element references"
        stiff = "linear chordae; published moduli run from 32.5 to 61 MPa"
        slack = "slack lengths cannot be measured: from the expected closed shape of the leaflets"
        if self.lengths is ChordaeLengths.UP_TO_NORMAL:
            slack += (
                ", and no chorda longer than in the normal preset (chordae do not lengthen in functional regurgitation)"
            )
        return (
            Assumption("chordae", f"{self.n_marginal} + {self.n_basal} + {self.n_strut} per tip", "", why, "assumed"),
            Assumption("chordae_modulus_mpa", self.modulus_mpa, "MPa", stiff, "mechanics-notes"),
            Assumption("chordae_slack", self.lengths.value, "", slack, "mechanics-notes"),
        )


def _require(record: object, ranges: dict[str, tuple[float, float]], *, default: tuple[float, float]) -> None:
    for item in fields(record):  # type: ignore[arg-type]
        value = getattr(record, item.name)
        if isinstance(value, Enum):
            continue
        low, high = ranges.get(item.name, default)
        if not low <= value <= high:
            raise InputError(f"{item.name} must lie in [{low:g}, {high:g}]; got {value:g}.")
