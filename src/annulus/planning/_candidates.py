"""Which sizes fit where: sizes x sites x loads that the rules allow, and for each size that has none the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import CoronarySinus
from annulus.errors import InputError
from annulus.heart import Heart
from annulus.mechanics.network import CinchModel, CinchParameters
from annulus.planning._rules import PLICATIONS_MM, PlanRules
from annulus.prediction import Question, Samples
from annulus.therapies import Load, Site, Sizing, Therapy

__all__ = ["Candidate", "candidates_of", "landing_zone"]

_STEP_MM = 1.0
_SPREAD = 0.5 * (5.0**0.5 - 1.0)
"""Golden ratio: sizes that share a ribbon's length start their landings apart, so that together they cover them all."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """One size at one site under one load, and what is known of it.

    Parameters
    ----------
    therapy, site, load
        What is done, where, how hard.
    oversize
        Distal and proximal anchor over vein diameter [1].
    numbers
        The point prediction's, by their key in the result; empty before it was made.
    problem
        Why it is out, a sentence; empty where it is not.
    samples
        Over worlds; None where none were asked for.
    other_phases
        Phase to the samples there of the same device at the same landing.
    """

    therapy: Therapy
    site: Site
    load: Load
    oversize: tuple[float, float]
    numbers: Mapping[str, float] = field(default_factory=dict)
    problem: str = ""
    samples: Samples | None = None
    other_phases: Mapping[str, Samples] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Size, landing and plication in words."""
        where = f"distal end at {self.site.distal_s_mm or 0.0:.0f} mm"
        return f"{self.therapy.name}, {where}, {self.plication_mm:.0f} mm plicated"

    @property
    def plication_mm(self) -> float:
        """Slack-free path less device length [mm]."""
        return self.load.plication_mm or 0.0

    def question(self, heart: Heart, blocks: tuple[str, ...] = ()) -> Question:
        """This candidate in a heart."""
        return Question(heart, self.therapy, self.site, self.load, blocks=blocks)

    def landed_in(self, heart: Heart, other: Heart, blocks: tuple[str, ...] = ()) -> Question:
        """The same device at the same two places of the vein in another phase's heart."""
        scale = other.sinus.curve.length / heart.sinus.curve.length
        distal, proximal = (scale * (place or 0.0) for place in (self.site.distal_s_mm, self.site.proximal_s_mm))
        site = Site(min(distal, other.strip.vein_length), proximal)
        return Question(other, self.therapy, site, replace(self.load, plication_mm=None), blocks=blocks)

    @property
    def off_middle(self) -> float:
        """How far the two oversizes lie from each other: of equal candidates the more even one is taken [1]."""
        return abs(self.oversize[0] - self.oversize[1])


def landing_zone(heart: Heart, rules: PlanRules) -> tuple[float, float]:
    """Where the ribbon's distal end may land [mm]: the distal anchor beyond it must lie in the great cardiac vein.

    Raises
    ------
    InputError
        Rules that leave nothing of the vein.
    """
    low, high = _named_zone(heart.sinus)
    high = min(high, heart.strip.vein_length)
    low = low if rules.distal_from_mm is None else rules.distal_from_mm
    high = high if rules.distal_to_mm is None else min(rules.distal_to_mm, heart.strip.vein_length)
    if low > high:
        raise InputError(
            f"the distal end must land from {low:.0f} to {high:.0f} mm of the vein of case {heart.case.id!r}, which is "
            f"nowhere (modelled vein: 0 to {heart.strip.vein_length:.0f} mm): move distal_from_mm and distal_to_mm."
        )
    return low, high


def _named_zone(sinus: CoronarySinus) -> tuple[float, float]:
    for part in sinus.parts:
        if part.name == "great cardiac vein":
            return part.from_mm, part.to_mm
    return 0.0, sinus.curve.length


def candidates_of(
    heart: Heart, sizes: Mapping[str, tuple[Therapy, Sizing]], rules: PlanRules, *, limit: int
) -> tuple[list[Candidate], dict[str, str]]:
    """Candidates, about `limit` of them shared evenly among the sizes that fit, and the reason of each that does not.

    Raises
    ------
    InputError
        Rules that leave nothing of the vein.
    """
    model = heart.model(CinchParameters())
    zone = landing_zone(heart, rules)
    ends: dict[tuple[float, float, float], _Landings] = {}
    fitting: list[list[Candidate]] = []
    reasons: dict[str, str] = {}
    for therapy, size in sizes.values():
        key = (size.length_mm, size.proximal_footprint_mm, size.distal_footprint_mm)
        if key not in ends:
            ends[key] = _landings(heart, model, size, zone, rules)
        found, reason = _fitting(therapy, size, ends[key], rules)
        if reason:
            reasons[therapy.name] = reason
        else:
            fitting.append(found)
    out: list[Candidate] = []
    for number, found in enumerate(fitting):
        # The shares differ by one at most and add up to the limit.
        share = (number + 1) * limit // len(fitting) - number * limit // len(fitting)
        out += _spread(found, max(share, 1), (number * _SPREAD) % 1.0)
    return out, reasons


@dataclass(frozen=True, eq=False)
class _Landings:
    """Landings of one ribbon length: rows of distal end, proximal end, plication, vein diameters there [mm]."""

    rows: FloatArray
    refusal: str = ""


def _landings(heart: Heart, model: CinchModel, size: Sizing, zone: tuple[float, float], rules: PlanRules) -> _Landings:
    curve, length = heart.sinus.curve, size.length_mm
    _, end = _named_zone(heart.sinus)
    longer = rules.vein_longer_mm(size)
    if end < length + longer:
        return _Landings(
            np.zeros((0, 5)),
            f"too long: the vein must be at least {longer:g} mm longer than the device; it is "
            f"{end:.0f} mm long, the device {length:g} mm.",
        )
    high = min(zone[1], end - size.distal_footprint_mm)
    rows = []
    for distal in np.arange(np.ceil(zone[0]), np.floor(high) + 1e-9, _STEP_MM):
        for plication in PLICATIONS_MM:
            try:
                proximal = model.proximal_end(float(distal), length + plication)
            except InputError:
                break
            if proximal < size.proximal_footprint_mm:
                break
            rows.append((distal, proximal, plication))
    if not rows:
        return _Landings(
            np.zeros((0, 5)),
            f"no room: with its proximal anchor inside the ostium ({size.proximal_footprint_mm:g} mm) and at least "
            f"{PLICATIONS_MM[0]:g} mm of plication the {length:g} mm ribbon ends beyond {high:.0f} mm, the last place "
            "where the distal anchor may land: the vein runs on too far from the annulus, or as another vein.",
        )
    table = np.array(rows)
    vein = 2.0 * curve.radius_at(table[:, 0] + 0.5 * size.distal_footprint_mm)
    near = 2.0 * curve.radius_at(table[:, 1] - 0.5 * size.proximal_footprint_mm)
    return _Landings(np.column_stack([table, vein, near]))


def _fitting(therapy: Therapy, size: Sizing, landings: _Landings, rules: PlanRules) -> tuple[list[Candidate], str]:
    if landings.refusal:
        return [], landings.refusal
    rows = landings.rows
    ratios = np.column_stack([size.distal_diameter_mm / rows[:, 3], size.proximal_diameter_mm / rows[:, 4]])
    bounds = np.array(rules.oversize(size))
    fits = (ratios >= bounds[:, 0]) & (ratios <= bounds[:, 1])
    for end, column, diameter in (("distal", 0, size.distal_diameter_mm), ("proximal", 1, size.proximal_diameter_mm)):
        if not fits[:, column].any():
            low, high = bounds[column]
            least, most = ratios[:, column].min(), ratios[:, column].max()
            word = "large" if least > high else "small" if most < low else "coarse a step"
            vein = rows[:, 3 + column]
            return [], (
                f"{end} anchor too {word}: {diameter:g} mm is {least:.2f} to {most:.2f} times the vein where it may "
                f"land ({vein.min():.1f} to {vein.max():.1f} mm wide); {low:g} to {high:g} times is the rule."
            )
    good = np.flatnonzero(fits.all(axis=1))
    if not len(good):
        return [], (
            "anchors do not fit together: where the distal one obeys the sizing rule, the proximal one does not."
        )
    return [
        Candidate(
            therapy,
            Site(float(rows[i, 0]), float(rows[i, 1])),
            Load(None, float(rows[i, 2])),
            (float(ratios[i, 0]), float(ratios[i, 1])),
        )
        for i in good
    ], ""


def _spread(found: list[Candidate], share: int, offset: float) -> list[Candidate]:
    """`share` of them, evenly over their order (distal end, then plication)."""
    if len(found) <= share:
        return found
    return [found[int((k + offset) * len(found) / share)] for k in range(share)]
