"""What a plan obeys and how far it searches: limits with their reasons, checked."""

from __future__ import annotations

from dataclasses import dataclass, fields

from annulus._arrays import real_number, whole_number
from annulus.errors import InputError
from annulus.prediction import check_level
from annulus.sources import Assumption
from annulus.therapies import Sizing

__all__ = ["PLICATIONS_MM", "PlanRules", "PlanSearch"]

PLICATIONS_MM = (4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 24.0, 28.0)
"""Plications that are tried [mm]: what is too much is refused by its traction."""


@dataclass(frozen=True, slots=True)
class PlanRules:
    """What a candidate must obey.

    Parameters
    ----------
    min_oversize, max_oversize
        Anchor over vein diameter at its landing [1]; None for the catalogue's.
    max_traction_n
        Pull at the ostium [N]. No traction is published for patients; the network is calibrated at 2.1 +- 0.5 N, and
        two standard deviations beyond it extrapolates.
    max_compression
        Probability of compression of an artery that is accepted [1] (assumed: a choice of the user's).
    min_ap_reduction_percent
        Less than this is no effect worth an implant [%] (assumed).
    distal_from_mm, distal_to_mm
        Where the ribbon's distal end may land, from the ostium [mm]; None for the great cardiac vein where the case
        names it, else for all of the modelled vein.

    Raises
    ------
    InputError
        Limits that contradict each other, or are none.
    """

    min_oversize: float | None = None
    max_oversize: float | None = None
    max_traction_n: float = 3.1
    max_compression: float = 0.1
    min_ap_reduction_percent: float = 5.0
    distal_from_mm: float | None = None
    distal_to_mm: float | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if value is not None and real_number(item.name, value) < 0.0:
                raise InputError(f"{item.name} must be >= 0; got {value:g}.")
        if self.max_compression > 1.0:
            raise InputError(f"max_compression must be a probability of at most 1; got {self.max_compression:g}.")
        if self.max_traction_n == 0.0:
            raise InputError("max_traction_n must be positive: without a pull no device cinches; got 0.")
        for low, high in (("min_oversize", "max_oversize"), ("distal_from_mm", "distal_to_mm")):
            least, most = getattr(self, low), getattr(self, high)
            if least is not None and most is not None and least > most:
                raise InputError(f"{low} must not exceed {high}; got {least:g} and {most:g}: nothing lies between.")

    def oversize(self, sizing: Sizing) -> tuple[tuple[float, float], tuple[float, float]]:
        """Least and largest oversize [1] of the distal and of the proximal anchor.

        Raises
        ------
        InputError
            One of them is given and contradicts the catalogue's other.
        """
        out = []
        for low, high in sizing.oversize:
            low = low if self.min_oversize is None else self.min_oversize
            high = high if self.max_oversize is None else self.max_oversize
            if low > high:
                raise InputError(
                    f"the least oversize must not exceed the largest; got {low:g} and {high:g} (the catalogue's where "
                    "none was given): give both."
                )
            out.append((float(low), float(high)))
        return out[0], out[1]

    def vein_longer_mm(self, sizing: Sizing) -> float:
        """How much longer than the device the vein must be at least [mm]."""
        return sizing.vein_longer_mm - sizing.about_mm

    def size_assumptions(self, sizing: Sizing) -> tuple[Assumption, ...]:
        """What the choice of a size rests on."""
        bounds = ", ".join(dict.fromkeys(f"{low:g} to {high:g}" for low, high in self.oversize(sizing)))
        rows = (
            ("oversize", bounds, "1", "anchor over vein diameter; no public ratio", "assumed"),
            (
                "vein_longer_mm",
                self.vein_longer_mm(sizing),
                "mm",
                f"the rule is about {sizing.vein_longer_mm:g} mm; {sizing.about_mm:g} mm less is allowed",
                "assumed",
            ),
        )
        return tuple(Assumption(*row) for row in rows)

    def assumptions(self, sizing: Sizing) -> tuple[Assumption, ...]:
        """What a plan of such a device rests on besides its predictions."""
        calibrated = "no traction is published for patients: two standard deviations above that of the calibration"
        rows = (
            ("max_traction_n", self.max_traction_n, "N", calibrated, "assumed"),
            ("max_compression", self.max_compression, "1", "probability of compression that is accepted", "assumed"),
            (
                "min_ap_reduction_percent",
                self.min_ap_reduction_percent,
                "percent",
                "a smaller change of AP is no effect worth an implant",
                "assumed",
            ),
        )
        return (*self.size_assumptions(sizing), *(Assumption(*row) for row in rows))


@dataclass(frozen=True, slots=True)
class PlanSearch:
    """How far a plan searches.

    Parameters
    ----------
    candidates
        Sizes x sites x loads that are screened by one prediction each.
    short, short_worlds
        Best of them that are predicted in a few worlds, and in how many; none are where they are no more than `best`.
    best, worlds
        Best of those that are predicted in many worlds, and in how many.
    level
        Of the intervals.
    seed
        Of the worlds.

    Raises
    ------
    InputError
        A number that is none, or too few worlds for the level.
    """

    candidates: int = 1000
    short: int = 30
    short_worlds: int = 24
    best: int = 5
    worlds: int = 200
    level: float = 0.9
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("candidates", "short", "best"):
            whole_number(name, getattr(self, name), at_least=1)
        whole_number("seed", self.seed)
        for name in ("short_worlds", "worlds"):
            check_level(whole_number(name, getattr(self, name), at_least=1), self.level)

    @classmethod
    def of_many(cls, *, seed: int = 0, level: float = 0.9) -> PlanSearch:
        """A short search, for many cases."""
        return cls(candidates=100, short=3, best=3, worlds=30, level=level, seed=seed)
