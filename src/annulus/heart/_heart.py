"""One case made ready: all that does not change between therapies, sites and loads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import (
    Case,
    CoronarySinus,
    ErrorFields,
    MeasurementError,
    require_handedness,
    require_parts,
    slid,
    trigone_positions,
)
from annulus.anatomy.measures import Crossing, annulus_numbers
from annulus.errors import InputError
from annulus.geometry import minimal_surface
from annulus.heart._crossings import gap_stations, known_crossings, nearest_crossings, wall_gaps
from annulus.heart._settings import ClosureSettings
from annulus.heart._valve import HeartValve, heart_valve
from annulus.mechanics.network import Attachments, CinchModel, CinchParameters, Resolution, Strip
from annulus.outcomes import ClosureKind, Tent, tent_of_case
from annulus.sources import Assumption

__all__ = ["Heart"]


@dataclass(frozen=True, eq=False)
class Heart:
    """One case made ready for any number of therapies, sites, loads and worlds.

    Everything is computed on first use and kept; nothing that a prediction writes to is kept, so threads may share one.

    Parameters
    ----------
    case
        The heart.
    settings
        How its valve is closed; None closes nothing.
    resolution
        Node counts other than the default.
    measured
        The measured heart, where this one is what it may be in truth; None where this is the measured one.
    error
        By which it differs from the measured one; None for none, or for a truth that is known.
    """

    case: Case
    settings: ClosureSettings | None = None
    resolution: Resolution | None = None
    measured: Heart | None = None
    error: MeasurementError | None = None
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        _require_kind("case", self.case, Case, "give a Case, as annulus.load_case does")
        _require_kind("settings", self.settings, ClosureSettings | None, 'give closure_settings("fast"), or None')
        _require_kind("resolution", self.resolution, Resolution | None, "give a Resolution, or None")
        _require_kind("measured", self.measured, Heart | None, "give a Heart, or None")
        if self.measured is None:
            require_parts(self.case)
            require_handedness(self.case)

    def __reduce__(self) -> tuple[Any, tuple[object, ...]]:
        valve = self.__dict__.get("valve")
        return _restored, (self.case, self.settings, self.resolution, self.measured, self.error, valve)

    def __repr__(self) -> str:
        return f"Heart({self.case.id!r})"

    def with_settings(self, settings: ClosureSettings | None) -> Heart:
        """The same heart with its valve closed otherwise; what does not depend on that is kept."""
        other = Heart(self.case, settings, self.resolution, self.measured, self.error)
        for name in ("trigones", "strip", "gaps", "crossings", "before_numbers", "before_film_mm2", "tent"):
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__[name]
        return other

    def closing_fast(self) -> Heart:
        """The same heart and valve, closed by the fast closure."""
        if self.settings is None or self.valve is None or not self.valve.is_full:
            return self
        fast = replace(self.settings, kind=ClosureKind.FAST)
        other = self.with_settings(fast)
        other.__dict__["valve"] = replace(self.valve, settings=fast)
        return other

    @cached_property
    def sinus(self) -> CoronarySinus:
        """The case's coronary sinus.

        Raises
        ------
        InputError
            It has none.
        """
        sinus = self.case.coronary_sinus
        if sinus is None:
            raise InputError(
                f"case {self.case.id!r} must have a coronary sinus; it has none: add the curve of its axis to the case "
                "(coronary_sinus), or the vein to the recipe."
            )
        return sinus

    @cached_property
    def trigones(self) -> tuple[FloatArray, tuple[Assumption, ...]]:
        """Points taken for left and right trigone [mm], shape (2, 3), and what was assumed for them."""
        annulus = self.case.annulus
        places, source = trigone_positions(annulus)
        points = annulus.loop.at(places)
        if source == "landmarks":
            return points, ()
        if self.error is not None:
            # Known trigones have moved with the landmarks; stand-ins have an error of their own.
            slides, side = self.error.slides(), 1.0 if annulus.oriented_loop is annulus.loop else -1.0
            points = slid(annulus.loop, points, [side * slides["LT"], side * slides["RT"]])
        why = "the case gives no trigones"
        return points, (Assumption("trigones", source, "", why, "annulus-anterior-share-scilit"),)

    @cached_property
    def strip(self) -> Strip:
        """Nodes of annulus, vein and artery."""
        return Strip.from_case(self.case, trigones=self.trigones[0], resolution=self.resolution)

    def model(
        self, parameters: CinchParameters, inner_wall_factor: float = 1.0, attachments: Attachments | None = None
    ) -> CinchModel:
        """The network with these stiffnesses; the last one without attachments is kept.

        Parameters
        ----------
        parameters
            Stiffnesses.
        inner_wall_factor
            Distance of the ribbon from the vein's axis over the inscribed radius [1].
        attachments
            What acts besides the ribbon; None for nothing.
        """
        key = (parameters, inner_wall_factor)
        kept = self._kept.get("model")
        if attachments is None and kept is not None and kept[0] == key:
            return kept[1]
        strip = self.strip
        if inner_wall_factor != 1.0:
            strip = strip.with_inner_wall(inner_wall_factor * strip.inner_wall)
        if attachments is not None:
            return CinchModel(strip, parameters, attachments=attachments)
        model = CinchModel(strip, parameters)
        self._kept["model"] = (key, model)
        return model

    @cached_property
    def before_numbers(self) -> Mapping[str, float]:
        """Measures of the annulus without any device, by key; the minimal surface's area is not among them."""
        return annulus_numbers(self.case.annulus, aortic=self.case.aortic_annulus)

    @cached_property
    def before_film_mm2(self) -> float | None:
        """Area of the minimal surface [mm2]; None where none was found."""
        film = minimal_surface(self.case.annulus.loop)
        return film.area if film.converged else None

    @cached_property
    def gap_stations(self) -> FloatArray:
        """Stations along the vein at which gaps are taken [mm]."""
        return gap_stations(self.sinus)

    @cached_property
    def gaps(self) -> tuple[FloatArray, ...]:
        """Wall gap of each artery at `gap_stations` [mm]; not-a-number where a radius is unknown."""
        return tuple(wall_gaps(self.sinus, artery, self.gap_stations) for artery in self.case.arteries)

    @cached_property
    def crossings(self) -> Mapping[int, Crossing]:
        """Crossings by their place in the result's list: those of the measured heart, where this one has them."""
        if self.measured is None:
            return known_crossings(self.case)
        return nearest_crossings(self.case, self.measured.crossings)

    @cached_property
    def tent(self) -> tuple[Tent, tuple[Assumption, ...]]:
        """A2-P2 section of the measured heart, and what was assumed for it."""
        if self.measured is not None:
            return self.measured.tent
        return tent_of_case(self.case, self.before_numbers["ap_mm"])

    @cached_property
    def valve(self) -> HeartValve | None:
        """The valve made ready; None where it is not to be closed.

        Raises
        ------
        InputError
            The case has no leaflets or impossible ones, or its atrial pressure exceeds the ventricular one.
        """
        if self.settings is None:
            return None
        # What a valve is in truth is not a matter of the contour's error: its leaflets are drawn apart.
        return heart_valve(self.case, self.settings) if self.measured is None else self.measured.valve

    def in_truth(self, error: MeasurementError | None) -> Heart:
        """What this measured heart may be in truth; the last one is kept, for all therapies of one world ask for it.

        Raises
        ------
        InputError
            The error folds a curve.
        """
        if error is None:
            return self
        kept = self._kept.get("truth")
        if kept is not None and kept.error == error:
            return kept
        fields = self._kept.get("fields")
        if fields is None or fields.correlation_mm != error.correlation_mm:
            fields = self._kept["fields"] = ErrorFields(self.case, error.correlation_mm)
        heart = Heart(fields.moved(error), self.settings, self.resolution, self, error)
        self._kept["truth"] = heart
        return heart

    def as_truth(self, case: Case) -> Heart:
        """A true heart that is known, vertex by vertex the measured one."""
        return Heart(case, self.settings, self.resolution, self)

    def carried_s(self, s_mm: float) -> float:
        """Arc length on this heart's vein of a place on the measured one's [mm]."""
        if self.measured is None:
            return s_mm
        measured, true = self.measured.sinus.curve, self.sinus.curve
        return float(np.interp(s_mm, measured.arc_lengths, true.arc_lengths))


def _restored(
    case: Case,
    settings: ClosureSettings | None,
    resolution: Resolution | None,
    measured: Heart | None,
    error: MeasurementError | None,
    valve: HeartValve | None,
) -> Heart:
    heart = Heart(case, settings, resolution, measured, error)
    if valve is not None:
        heart.__dict__["valve"] = valve
    return heart


def _require_kind(name: str, value: object, kind: Any, instead: str) -> None:
    if not isinstance(value, kind):
        raise InputError(f"{name} of a Heart must be of its kind; got {value!r:.60}: {instead}.")
