"""What the planner knows: a list of cases, a warm heart, what is chosen, and what was chosen before. No page here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from annulus.anatomy import Case
from annulus.errors import InputError
from annulus.heart import Heart, closure_settings
from annulus.io import load_case
from annulus.planning import require_parts, simulate
from annulus.prediction import (
    BLOCKS,
    Prediction,
    Priors,
    Result,
    Row,
    by_key,
    predict,
    result_shapes,
    table_rows,
)
from annulus.therapies import ALL_THERAPIES, Therapy, Wish, therapy

__all__ = [
    "FIRST_THERAPY",
    "SITE_STEP_MM",
    "Choice",
    "Planner",
    "Seen",
    "Warm",
    "holds_leaflets",
    "kinds_of",
    "resized",
]

FIRST_THERAPY = "carillon-9-18-60"
"""What a planner starts with where the case has what it needs."""

SITE_STEP_MM = 0.5
"""Step of the slider along the vein [mm]."""

_OWN_LENGTH = "double-anchor-{}-{}-{}"
_LEAK_BLOCKS = ("coaptation", "regurgitation", "filling")
_KEPT = 200
"""Choices that undo goes back over."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the controls say.

    Parameters
    ----------
    therapy
        Name of the therapy.
    distal_at_mm
        Distal end on the vein [mm]; None for the therapy's own default.
    pulled_by
        "plication" or "traction": which of the two numbers counts.
    plication_mm, traction_n
        Dose of a therapy that takes one.
    """

    therapy: str
    distal_at_mm: float | None = None
    pulled_by: str = "plication"
    plication_mm: float = 10.0
    traction_n: float = 3.0

    def wish(self, *, takes_site: bool, takes_load: bool) -> Wish:
        """What is asked of a therapy that takes a site on the vein, and a load, or not."""
        pulled = takes_load and self.pulled_by == "traction"
        return Wish(
            distal_at_mm=self.distal_at_mm if takes_site else None,
            traction_n=self.traction_n if pulled else None,
            plication_mm=self.plication_mm if takes_load and not pulled else None,
        )


@dataclass(frozen=True, eq=False)
class Seen:
    """What a choice gives while a slider moves: closed fast, numbers and shapes only.

    Parameters
    ----------
    choice
        What was chosen.
    prediction
        What follows.
    rows
        Numbers before and after.
    leak_refused
        Why the fast closure says nothing; empty where it does.
    """

    choice: Choice
    prediction: Prediction
    rows: tuple[Row, ...]
    leak_refused: str

    @property
    def drawn(self) -> dict[str, Any]:
        """A result as `annulus.viz.scene_gltf` takes it."""
        told = self.prediction.block("therapy")
        ends = ("distal_s_mm", "proximal_s_mm")
        landing = {end: told[f"landing.{end}"] for end in ends if f"landing.{end}" in told}
        return {"therapy": {"landing": landing}, "shapes": result_shapes(self.prediction)}


@dataclass(frozen=True, eq=False)
class Warm:
    """A case made ready, with the range that a distal end may have on its vein.

    Parameters
    ----------
    case
        The case.
    """

    case: Case
    _takes: dict[str, tuple[bool, bool]] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def heart(self) -> Heart:
        """Closed fast; not closed where the case has no leaflets."""
        return Heart(self.case, closure_settings("none" if self.case.leaflets is None else "fast"))

    @cached_property
    def full(self) -> Heart:
        """Closed fully, for what the fast closure does not answer."""
        return Heart(self.case, closure_settings("none" if self.case.leaflets is None else "full"))

    @cached_property
    def vein_mm(self) -> float:
        """Length of the vein along which something can be landed [mm]; 0 without one."""
        sinus = self.case.coronary_sinus
        return 0.0 if sinus is None or sinus.curve.radius is None else float(self.heart.strip.vein_length)

    def lacks(self, done: Therapy) -> str:
        """Why a therapy cannot be done here, a sentence; empty where it can."""
        try:
            require_parts(self.case, done)
        except InputError as error:
            return str(error)
        return ""

    def takes(self, done: Therapy) -> tuple[bool, bool]:
        """Whether the therapy can be asked for a site on the vein, and for a load."""
        if holds_leaflets(done):
            return False, False
        if done.name not in self._takes:
            placement = done.site(self.heart, Wish())
            load = placement.load
            takes_load = load.plication_mm is not None or load.traction_n is not None
            self._takes[done.name] = placement.site.distal_s_mm is not None, takes_load
        return self._takes[done.name]


class Planner:
    """Cases to choose from, the warm one, and the choices made in it, to be taken back one by one.

    Parameters
    ----------
    cases
        Files of the cases.
    """

    def __init__(self, cases: Sequence[Path]) -> None:
        if not cases:
            raise InputError("a planner needs at least one case; got none: name a case file.")
        self.cases = tuple(cases)
        self.warm: Warm | None = None
        self._past: list[Choice] = []

    def open(self, number: int) -> Choice:
        """Make a case ready; the choice that it starts with.

        Raises
        ------
        AnnulusError
            The file is no case, or lacks what a heart needs: the case before stays.
        """
        warm = Warm(load_case(self.cases[number]))
        first = therapy(FIRST_THERAPY)
        choice = self._started(warm, "none" if warm.lacks(first) else first.name)
        self.warm = warm
        self._past = [choice]
        return choice

    @property
    def opened(self) -> Warm:
        """The case that is open.

        Raises
        ------
        InputError
            None is.
        """
        if self.warm is None:
            raise InputError("no case is open: choose one that can be read from the list.")
        return self.warm

    def changed_to(self, name: str, choice: Choice) -> Choice:
        """The same choice with another therapy: landing and dose stay where the therapy takes them."""
        warm, done = self.opened, therapy(name)
        if therapy(choice.therapy).kind == done.kind and choice.distal_at_mm is not None:
            return replace(choice, therapy=name)
        return replace(choice, therapy=name, distal_at_mm=self._started(warm, name).distal_at_mm)

    def _started(self, warm: Warm, name: str) -> Choice:
        done = therapy(name)
        why = warm.lacks(done)
        if why:
            raise InputError(why)
        site = None if holds_leaflets(done) else done.site(warm.heart, Wish()).site.distal_s_mm
        # The next step of the slider; the ribbon's proximal end then still lies inside the ostium.
        return Choice(name, None if site is None else min(math.ceil(site / SITE_STEP_MM) * SITE_STEP_MM, warm.vein_mm))

    def seen(self, choice: Choice) -> Seen:
        """Equilibrium, fast closure, arteries and numbers of a choice.

        Raises
        ------
        AnnulusError
            The choice cannot be done in this heart, or the annulus folds.
        """
        warm = self.opened
        done = therapy(choice.therapy)
        why = warm.lacks(done)
        if why:
            raise InputError(why)
        takes_site, takes_load = warm.takes(done)
        placement = done.site(warm.heart, choice.wish(takes_site=takes_site, takes_load=takes_load))
        prediction = predict(warm.heart, done, placement.site, placement.load, Priors().means()).checked()
        refused = prediction.refusal
        numbers = numbers_of(prediction, leak=not refused)
        own = {path: row for row in done.quantities for path in row.paths}
        rows = table_rows(numbers, lambda _: None, {**by_key(), **own})
        return Seen(choice, prediction, rows, refused)

    def result(self, choice: Choice, *, full: bool = False) -> Result:
        """The whole result of a choice, flags and assumptions included; closed fully where asked for or needed.

        Raises
        ------
        AnnulusError
            As `seen`.
        """
        warm = self.opened
        done = therapy(choice.therapy)
        takes_site, takes_load = warm.takes(done)
        wish = choice.wish(takes_site=takes_site, takes_load=takes_load)
        fast = not full and not holds_leaflets(done) and not self.seen(choice).leak_refused
        return simulate(
            warm.heart if fast else warm.full,
            done,
            distal_at_mm=wish.distal_at_mm,
            traction_n=wish.traction_n,
            plication_mm=wish.plication_mm,
        )

    # ---- what was chosen before

    def keep(self, choice: Choice) -> None:
        """Remember a choice that a slider came to rest at."""
        if not self._past or self._past[-1] != choice:
            self._past = [*self._past, choice][-_KEPT:]

    def can_undo(self, choice: Choice) -> bool:
        """There is a choice to go back to."""
        return len(self._past) > 1 or bool(self._past and self._past[-1] != choice)

    def undone(self, choice: Choice) -> Choice:
        """The choice that was remembered before this one; the first one stays."""
        if self._past[-1] == choice and len(self._past) > 1:
            self._past.pop()
        return self._past[-1]

    def reset(self) -> Choice:
        """The choice that the case started with; undo still leads back."""
        self.keep(self._past[0])
        return self._past[0]


def holds_leaflets(done: Therapy) -> bool:
    """It holds leaflets together, which the fast closure does not know: it is worked out at rest only."""
    return "leaflets" in done.needs


def numbers_of(prediction: Prediction, *, leak: bool) -> Mapping[str, float]:
    """Every number that is known; without those of the closed valve where nothing closes it."""
    blocks = tuple(name for name in BLOCKS if leak or name not in _LEAK_BLOCKS)
    return {key: value for key, value in prediction.numbers(blocks).items() if np.isfinite(value)}


def kinds_of(warm: Warm) -> list[dict[str, Any]]:
    """The therapies to choose from: kind, words, sizes, and why one cannot be done in this heart."""
    out = []
    for kind in ALL_THERAPIES:
        sizes = kind.catalogue() or ("none",)
        name = FIRST_THERAPY if FIRST_THERAPY in sizes else sizes[len(sizes) // 2]
        why = warm.lacks(therapy(name))
        out.append(
            {
                "kind": kind.kind,
                "words": "no therapy" if kind.kind == "none" else kind.kind.replace("_", " "),
                "first": name,
                "sizes": list(sizes),
                "why": why,
            }
        )
    return out


def resized(name: str, length_mm: float) -> str:
    """Name of a double anchor with another ribbon: the catalogue's where it is made, else one of its own."""
    words = name.split("-")
    length = f"{length_mm:g}"
    made = "-".join(["carillon", *words[-3:-1], length])
    for kind in ALL_THERAPIES:
        if made in kind.catalogue():
            return made
    return _OWN_LENGTH.format(words[-3], words[-2], length)
