"""The echo of a virtual patient: what its own valve gives, closed by the fast closure under its own pressure."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from annulus.anatomy._case import Case, Echo
from annulus.anatomy.valve import valve_of_case
from annulus.errors import InputError
from annulus.heart import ClosureSettings
from annulus.outcomes import ClosureKind, ValveOutcome, beat_of_case, fast_outcome, leak
from annulus.population._patient import ImpossibleHeartError, Rejection
from annulus.population._preset import Selection

__all__ = ["PATIENT_CLOSURE", "with_closed_valve"]

PATIENT_CLOSURE = ClosureSettings(ClosureKind.FAST, n_columns=48, n_rows=6, fit=False)
"""How a virtual patient's valve is closed so that it leaks what its echo states: nothing is fitted, the echo is the
valve's own. Coarse, as in `fit_valve`: on 80 x 10 the fast orifice of 100 patients differs by 0.05 mm2 (median), 2 % at
most."""


def with_closed_valve(case: Case, selection: Selection | None) -> tuple[Case, ValveOutcome]:
    """A case that states the echo of its closed valve, and that valve.

    A valve that meets above its hinge line has a stated tenting height of 0.

    Raises
    ------
    ImpossibleHeartError
        The valve cannot be closed, or it leaks less or more than the selection has it.
    """
    try:
        valve, _ = valve_of_case(case, n_columns=PATIENT_CLOSURE.n_columns, n_rows=PATIENT_CLOSURE.n_rows)
        beat, _ = beat_of_case(case)
        closed = fast_outcome(valve, pressure_mmhg=beat.gradient_mmhg)
    except InputError as error:
        raise ImpossibleHeartError(Rejection.VALVE, str(error)) from None
    eroa = closed.measures["eroa_mm2"]
    if selection is not None and not selection.min_eroa_mm2 <= eroa <= selection.max_eroa_mm2:
        bounds = f"{selection.min_eroa_mm2:g} to {selection.max_eroa_mm2:g} mm2"
        raise ImpossibleHeartError(Rejection.LEAK, f"an effective orifice of {eroa:.1f} mm2, not {bounds}.")
    echo = Echo(
        eroa_mm2=eroa,
        regurgitant_volume_ml=cast(float, leak(closed, beat)["regurgitant_volume_ml"]),
        vena_contracta_mm=closed.measures["vena_contracta_mm"],
        tenting_height_mm=max(closed.measures["a2p2_coaptation_depth_mm"], 0.0),
    )
    return replace(case, echo=echo), closed
