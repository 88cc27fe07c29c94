"""One plan in many plausible worlds: the same device at the same sites, other stiffnesses, other true geometry.

Draw k depends on the seed and k only, whatever the device and the number of workers: differences between devices are
sharper than the predictions themselves, and any number of processes gives the same bits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from multiprocessing import get_context
from typing import TypeVar

import numpy as np

from annulus.anatomy import Case
from annulus.anatomy._measurement_error import ErrorFields
from annulus.errors import AnnulusError, InputError
from annulus.mechanics.network import (
    Cinch,
    CinchModel,
    CinchParameters,
    Landing,
    Resolution,
    carried_annulus,
)
from annulus.outcomes import Tent
from annulus.planning._intervals import WIDE, Samples, check_level
from annulus.planning._priors import Draw, Priors
from annulus.planning._sampled_numbers import (
    annulus_numbers,
    artery_numbers,
    cinch_numbers,
    state_numbers,
    tent_numbers,
)
from annulus.planning._scene import Scene, known_crossings

__all__ = ["BIAS_DRAWS", "Plan", "in_processes", "sample_plan"]

BIAS_DRAWS = 30
"""Draws that are predicted twice more, without measurement error and with more of it, to estimate the bias."""

Item = TypeVar("Item")
Result = TypeVar("Result")

_Rows = list[Mapping[str, float] | str]


@dataclass(frozen=True, eq=False)
class Plan:
    """A device and its sites in a case as measured.

    Parameters
    ----------
    case
        The heart as measured.
    landing
        The ribbon's ends on the measured vein [mm]; with traction, the proximal one is the answer, not the plan.
    device_length_mm
        Ribbon length [mm].
    traction_n
        Pull from outside [N]; None where the landing is the plan.
    tent
        A2-P2 section of the measured case.
    parameters
        Stiffnesses that the user gave instead of the calibrated ones; None for those.
    resolution
        Node counts.
    """

    case: Case
    landing: Landing
    device_length_mm: float
    traction_n: float | None
    tent: Tent
    parameters: CinchParameters | None = None
    resolution: Resolution | None = None

    @cached_property
    def _scene(self) -> Scene:
        return Scene.of(self.case, known_crossings(self.case), resolution=self.resolution)

    @cached_property
    def _before(self) -> dict[str, float]:
        return state_numbers(self.case.annulus, aortic=self.case.aortic_annulus)

    @cached_property
    def _last_fields(self) -> list[ErrorFields]:
        return []

    def _fields(self, correlation_mm: float) -> ErrorFields:
        kept = self._last_fields
        if not kept or kept[0].correlation_mm != correlation_mm:
            kept[:] = [ErrorFields(self.case, correlation_mm)]
        return kept[0]

    def numbers(self, draw: Draw) -> dict[str, float]:
        """Predicted numbers by the keys of the result file, in the world of a draw.

        Raises
        ------
        AnnulusError
            No equilibrium, or a geometry that cannot be.
        """
        if draw.error is None:
            return self._numbers(self._scene, draw)
        scene = Scene.of(
            self.case,
            self._scene.known,
            error=draw.error,
            fields=self._fields(draw.error.correlation_mm),
            resolution=self.resolution,
        )
        return self._numbers(scene, draw)

    def numbers_in(self, case: Case, draw: Draw) -> dict[str, float]:
        """The same for a true case that is known, vertex by vertex the measured one; the draw's error is not used."""
        scene = Scene.of(case, self._scene.known, resolution=self.resolution)
        return self._numbers(scene, draw)

    def _numbers(self, scene: Scene, draw: Draw) -> dict[str, float]:
        before = self._before
        if scene is not self._scene:
            before = state_numbers(scene.case.annulus, aortic=scene.case.aortic_annulus)
        cinch = self._cinch(scene, CinchModel(scene.strip_with(draw.inner_wall_factor), draw.parameters), draw)
        cinch.traction.checked()
        cinch.locked.checked()
        annulus = scene.case.annulus
        traction, after = carried_annulus(annulus, cinch.traction), carried_annulus(annulus, cinch.locked)
        numbers = cinch_numbers(cinch) | annulus_numbers(before, traction, after, aortic=scene.case.aortic_annulus)
        tent = replace(
            self.tent,
            diameter_mm=before["ap_mm"],
            anterior_mm=self.tent.anterior_mm * draw.leaflet_length_factor,
            posterior_mm=self.tent.posterior_mm * draw.leaflet_length_factor,
            depth_mm=max(self.tent.depth_mm + draw.tenting_height_error_mm, 0.0),
        )
        return numbers | tent_numbers(tent, numbers["annulus.after.ap_mm"]) | artery_numbers(scene, cinch)

    def _cinch(self, scene: Scene, model: CinchModel, draw: Draw) -> Cinch:
        sinus, true = self.case.coronary_sinus, scene.case.coronary_sinus
        if sinus is None or true is None:
            raise InputError(f"case {self.case.id!r} must have a coronary sinus; it has none.")
        sites = [self.landing.distal_s_mm, self.landing.proximal_s_mm]
        distal, proximal = np.interp(sites, sinus.curve.arc_lengths, true.curve.arc_lengths).tolist()
        distal = min(distal, model.strip.vein_length) - draw.distal_slip_mm
        if self.traction_n is not None:
            return Cinch.by_traction(model, distal, self.device_length_mm, self.traction_n)
        return Cinch.by_plication(model, Landing(distal, proximal + draw.proximal_slip_mm), self.device_length_mm)


def sample_plan(
    plan: Plan, *, samples: int, seed: int, level: float = 0.9, priors: Priors | None = None, workers: int = 1
) -> Samples:
    """Predicted numbers of a plan over draws 0 to `samples`.

    Raises
    ------
    InputError
        Too few samples for the level, or no worker.
    SolveError
        Too few draws have an equilibrium.
    """
    check_level(samples, level)
    again = 2 * (min(samples, BIAS_DRAWS) // 2)
    # Pair by pair: both draws of one, and their repeats, share the fields of their error.
    work = partial(_pair, plan, priors or Priors(), seed, samples, again)
    pairs = in_processes(work, range((samples + 1) // 2), workers=workers)
    drawn, bare, wide = ([row for pair in pairs for row in pair[part]] for part in range(3))
    return Samples.from_draws(drawn, bare, wide, level=level, seed=seed)


def in_processes(work: Callable[[Item], Result], items: Sequence[Item], *, workers: int) -> list[Result]:
    """`work` on every item, in order, over forked processes (spawned where the system cannot fork).

    Raises
    ------
    InputError
        No worker.
    """
    if workers < 1:
        raise InputError(f"workers must be at least 1; got {workers}.")
    if workers == 1 or len(items) < 2:
        return [work(item) for item in items]
    parts = [items[first::workers] for first in range(workers)]
    # A forked child has the compiled kernels and the case already.
    context = get_context("fork" if sys.platform.startswith("linux") else "spawn")
    with ProcessPoolExecutor(workers - 1, mp_context=context) as pool:
        others = [pool.submit(_all, work, part) for part in parts[1:]]
        done = [_all(work, parts[0]), *(other.result() for other in others)]
    out: list[Result | None] = [None] * len(items)
    for first, part in enumerate(done):
        out[first::workers] = part
    return out  # type: ignore[return-value]


def _all(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    return [work(item) for item in items]


def _pair(plan: Plan, priors: Priors, seed: int, samples: int, again: int, pair: int) -> tuple[_Rows, _Rows, _Rows]:
    """Draws 2 `pair` and the next: as they are, and, of the first `again`, without error and with `WIDE` times it."""
    rows: tuple[_Rows, _Rows, _Rows] = [], [], []
    draws = [(index, priors.draw(seed, index, base=plan.parameters)) for index in (2 * pair, 2 * pair + 1)]
    for scale, part in zip((1.0, 0.0, WIDE), rows, strict=True):
        part += [_numbers(plan, draw, scale) for index, draw in draws if index < (samples if scale == 1.0 else again)]
    return rows


def _numbers(plan: Plan, draw: Draw, scale: float) -> Mapping[str, float] | str:
    try:
        return plan.numbers(draw.with_error_times(scale))
    except AnnulusError as error:
        return f"{error}"
