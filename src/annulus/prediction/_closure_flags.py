"""What a closed valve tells that no patient's valve would, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from annulus.heart import Heart
from annulus.units import MMHG

__all__ = ["MAX_OUTSIDE_SHARE", "MAX_TENSION_SHARE", "closure_flags", "unfitted_leak"]

MAX_TENSION_SHARE = 2.0
"""Chordae that pull with more than so many times the pressure's force on the annulus are told [1]; assumed."""

MAX_OUTSIDE_SHARE = 0.05
"""Leaflets of which more than this share hangs outside the hinge are told [1]; assumed."""


def closure_flags(measures: Mapping[str, float], pressure_mmhg: float, area_mm2: float) -> tuple[str, ...]:
    """Sentences on a closed valve: chordae that pull too much, and leaflet that hangs outside the annulus.

    Parameters
    ----------
    measures
        Of the closed valve, as in `annulus.outcomes.ValveOutcome`.
    pressure_mmhg
        Ventricular minus atrial pressure [mmHg].
    area_mm2
        Area of the annulus in its plane [mm2].
    """
    lines = []
    pull, push = measures.get("chordae_tension_sum_n", 0.0), pressure_mmhg * MMHG * area_mm2
    if pull > MAX_TENSION_SHARE * push:
        lines.append(
            f"the chordae pull with {pull:.0f} N together, {pull / push:.1f} times the {push:.0f} N of the pressure on "
            "the annulus: the papillary tips stand too far away, or the annulus is too small for the leaflets."
        )
    outside = measures.get("outside_area_mm2", 0.0)
    whole = measures.get("leaflet_area_a_mm2", 0.0) + measures.get("leaflet_area_p_mm2", 0.0)
    if outside > MAX_OUTSIDE_SHARE * whole:
        lines.append(
            f"{outside:.0f} mm2 of leaflet, {100.0 * outside / whole:.0f} %, hang outside the annulus: no wall stands "
            "in the model for them to rest against; leak and coaptation there are not a heart's."
        )
    return tuple(lines)


def unfitted_leak(heart: Heart) -> tuple[str, ...]:
    """Sentence on the leak's interval where no echo narrows it."""
    if heart.valve is None or heart.valve.fitted is not None:
        return ()
    return (
        "the case states neither EROA nor regurgitant volume: the leak's interval holds every valve that the priors of "
        "leaflets and tips allow, also hearts that nobody has; state one (echo), and the valve is fitted to it.",
    )
