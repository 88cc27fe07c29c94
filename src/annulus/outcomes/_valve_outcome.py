"""A valve under pressure, at either level of detail: does it close, how well, and what holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

import numpy as np

from annulus._typing import ArrayLike, FloatArray
from annulus.anatomy.valve import Valve
from annulus.errors import InputError
from annulus.mechanics import Status
from annulus.mechanics.valve import ClosureOptions, ClosureSolution, LeafletMaterial, close_valve
from annulus.mechanics.valve._fast_closure import MAX_BEYOND, FastClosure, fast_closure
from annulus.outcomes._closure_measures import closure_measures
from annulus.outcomes._orifice import Jet, anatomic_orifice
from annulus.outcomes._regurgitation import CONTRACTION, effective_orifice_mm2
from annulus.outcomes._sheets import contact_distance_mm
from annulus.outcomes._tensions import annular_tension, chordae_tension
from annulus.sources import Assumption

__all__ = ["ClosureKind", "ValveOutcome", "closure_kind", "fast_outcome", "solved_outcome", "valve_outcome"]

# In these the leaflets never came under the pressure: their shape says nothing of the closed valve.
_UNLOADED = (Status.STUCK, Status.TANGLED_START)


class ClosureKind(Enum):
    """How much of the closure is modelled."""

    FULL = "full"
    """Both leaflets as thin shells with chordae and contact."""

    FAST = "fast"
    """Sections along the commissural line."""


@dataclass(frozen=True, eq=False)
class ValveOutcome:
    """A valve under pressure.

    Parameters
    ----------
    kind
        How it was found.
    pressure_mmhg
        Ventricular minus atrial pressure [mmHg].
    status, advice
        How the closure ended, in a word and in a sentence.
    converged
        The leaflets are at rest.
    measures
        Keys of `closure_measures`; ``roa_mm2``, ``eroa_mm2``, ``vena_contracta_mm``, ``vena_contracta_area_mm2``; for
        the full level those of `annular_tension` and `chordae_tension`. Empty where the valve never came under
        the pressure.
    jets
        Holes from the anterolateral to the posteromedial commissure.
    assumptions
        What it rests on.
    solution
        The closed valve; None for the fast level.
    """

    kind: ClosureKind
    pressure_mmhg: float
    status: str
    advice: str
    converged: bool
    measures: Mapping[str, float]
    jets: tuple[Jet, ...]
    assumptions: tuple[Assumption, ...]
    solution: ClosureSolution | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "measures", MappingProxyType(dict(self.measures)))

    def __reduce__(self) -> tuple[type[ValveOutcome], tuple[object, ...]]:
        values = (getattr(self, name) for name in self.__dataclass_fields__)
        return type(self), tuple(dict(value) if isinstance(value, MappingProxyType) else value for value in values)

    @property
    def measured(self) -> bool:
        """There are measures."""
        return bool(self.measures)

    @property
    def points(self) -> FloatArray | None:
        """Vertices of the valve [mm], shape (n, 3); None for the fast level."""
        return None if self.solution is None else self.solution.points

    def to_dict(self) -> dict[str, object]:
        """Keys and units of the result file's block ``coaptation``."""
        text: dict[str, object] = {
            "model": f"{self.kind.value} closure",
            "status": self.status,
            "pressure_mmhg": self.pressure_mmhg,
        }
        flow = ("roa_mm2", "roa_spread_mm2", "eroa_mm2", "vena_contracta_mm", "vena_contracta_area_mm2")
        return text | {key: value for key, value in self.measures.items() if key not in flow and np.isfinite(value)}


def valve_outcome(
    valve: Valve,
    *,
    hinge: ArrayLike | None = None,
    tips: ArrayLike | None = None,
    ties: ArrayLike | None = None,
    pressure_mmhg: float = 100.0,
    kind: ClosureKind | str = ClosureKind.FULL,
    contraction: float = CONTRACTION.value,
    material: LeafletMaterial | None = None,
    options: ClosureOptions | None = None,
) -> ValveOutcome:
    """Close a valve and measure it.

    Parameters
    ----------
    valve
        Stress-free valve.
    hinge, tips, ties
        Where the hinge vertices and the papillary tips end [mm], and the pairs of vertices that a clip holds together.
    pressure_mmhg
        Ventricular minus atrial pressure [mmHg], in (0, 300].
    kind
        `ClosureKind` or its name.
    contraction
        EROA over anatomic orifice [1].
    material, options
        Tissue and solver of the full closure.

    Raises
    ------
    InputError
        A kind that is not known, a pressure out of range, shapes that do not fit the valve.
    """
    if closure_kind(kind) is ClosureKind.FAST:
        if ties is not None:
            raise InputError("ties need the full closure; the fast one has no tissue to hold: take closure full.")
        return fast_outcome(
            valve, hinge=hinge, tips=tips, pressure_mmhg=pressure_mmhg, contraction=contraction, material=material
        )
    solution = close_valve(
        valve, pressure_mmhg=pressure_mmhg, hinge=hinge, tips=tips, ties=ties, material=material, options=options
    )
    return solved_outcome(solution, contraction=contraction, material=material)


def solved_outcome(
    solution: ClosureSolution, *, contraction: float = CONTRACTION.value, material: LeafletMaterial | None = None
) -> ValveOutcome:
    """Measure a valve that was closed fully; arguments as in `valve_outcome`."""
    valve, material = solution.valve, LeafletMaterial() if material is None else material
    measures: dict[str, float] = {}
    jets: tuple[Jet, ...] = ()
    if solution.status not in _UNLOADED and np.isfinite(solution.points).all():
        orifice = anatomic_orifice(valve, solution.points)
        jets = orifice.jets
        eroa = effective_orifice_mm2(orifice.area_mm2, contraction=contraction)
        measures = {
            **closure_measures(valve, solution.points),
            "roa_mm2": orifice.area_mm2,
            "eroa_mm2": eroa,
            "vena_contracta_mm": orifice.vena_contracta_width_mm,
            "vena_contracta_area_mm2": eroa,
            **annular_tension(solution),
            **chordae_tension(valve, solution.chordae_tension_n),
        }
        if solution.others:
            areas = [orifice.area_mm2, *(anatomic_orifice(valve, points).area_mm2 for points in solution.others)]
            measures["roa_spread_mm2"] = max(areas) - min(areas)
    return ValveOutcome(
        ClosureKind.FULL,
        solution.pressure_mmhg,
        solution.status.value,
        solution.status.advice,
        solution.converged,
        measures,
        jets,
        (*material.assumptions(), *_assumptions(valve)),
        solution,
    )


def fast_outcome(
    valve: Valve,
    *,
    hinge: ArrayLike | None = None,
    tips: ArrayLike | None = None,
    pressure_mmhg: float = 100.0,
    chordae_length_mm: ArrayLike | None = None,
    length_factor: float = 1.0,
    model_error: float = 0.0,
    contraction: float = CONTRACTION.value,
    material: LeafletMaterial | None = None,
) -> ValveOutcome:
    """Close a valve by the fast closure and measure it.

    Parameters
    ----------
    valve, hinge, tips, pressure_mmhg, chordae_length_mm, length_factor
        As in `annulus.mechanics.valve.fast_closure`.
    model_error
        By how many of its own errors the orifice is taken to be off [1].
    contraction
        EROA over anatomic orifice [1].
    material
        The default tissue, or None; the fast closure knows no other.

    Raises
    ------
    InputError
        Another tissue than the default one, a pressure or length out of range, shapes that do not fit the valve, or a
        valve too far from those that the fast closure was fitted to.
    """
    if material is not None and material != LeafletMaterial():
        raise InputError("the fast closure knows the default leaflet tissue only: take closure full.")
    fast = fast_closure(
        valve,
        pressure_mmhg=pressure_mmhg,
        hinge=hinge,
        tips=tips,
        chordae_length_mm=chordae_length_mm,
        length_factor=length_factor,
    )
    many = len(fast.outside)
    named = ", ".join(fast.outside[:3]) + (f" and {many - 3} more" if many > 3 else "")
    if fast.beyond > MAX_BEYOND:
        raise InputError(
            f"the fast closure knows no valve like this: of what it was fitted to, {named} lie up to {fast.beyond:.1f} "
            f'times their range outside, at most {MAX_BEYOND:g} is answered: take the full closure (closure="full", '
            "--closure full)."
        )
    measures = {key: value for key, value in fast.measures.items() if not key.startswith("roa_")}
    roa = fast.roa_mm2
    if model_error != 0.0:
        roa = max(roa + model_error * fast.error["roa_mm2"], 0.0)
    eroa = effective_orifice_mm2(roa, contraction=contraction)
    measures |= {"roa_mm2": roa, "eroa_mm2": eroa, "vena_contracta_area_mm2": eroa}
    advice = "sections along the line of coaptation, corrected to the full closure on virtual patients."
    if fast.outside:
        advice = f"the fast closure was not fitted to such leaflets ({named} out of range): close them fully."
    status = "extrapolated" if fast.outside else "estimated"
    return ValveOutcome(
        ClosureKind.FAST, pressure_mmhg, status, advice, True, measures, fast.jets, _fast_lines(valve, fast)
    )


def _fast_lines(valve: Valve, fast: FastClosure) -> tuple[Assumption, ...]:
    error = fast.error
    why = (
        "reduced model fitted to full closures; errors that 68 % of the held-out valves stay below: orifice "
        f"{error['roa_mm2']:.2g} mm2, mean coaptation height {error['coapt_height_mean_mm']:.2g} mm"
    )
    return (Assumption("fast_closure", "sections", "", why, "rule"), *_assumptions(valve))


def closure_kind(kind: ClosureKind | str) -> ClosureKind:
    """Kind of that name.

    Raises
    ------
    InputError
        There is none.
    """
    try:
        return ClosureKind(kind)
    except ValueError:
        known = " or ".join(item.value for item in ClosureKind)
        raise InputError(f"closure must be {known}; got {kind!r}.") from None


def _assumptions(valve: Valve) -> tuple[Assumption, ...]:
    contact = "mid-surfaces nearer than the mean thickness + 0.5 mm touch; holes are what lies farther apart"
    rest = "leaflets come to rest under one steady pressure; no inertia, no flow, no muscle"
    return (
        Assumption("contact_distance_mm", round(contact_distance_mm(valve), 4), "mm", contact, "assumed"),
        Assumption("closure", "quasi-static", "", rest, "assumed"),
    )
