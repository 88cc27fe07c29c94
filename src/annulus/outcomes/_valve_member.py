"""What of a valve is fitted to a baseline echo, and the valve under one combination of these numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from annulus._arrays import locked
from annulus._typing import ArrayLike, FloatArray
from annulus.anatomy.valve import CHORDAE_GROUPS, Valve, with_heights
from annulus.mechanics.valve import FastClosure, fast_closure
from annulus.sources import Distribution, Parameter

__all__ = ["FIT_PRIORS", "FIT_SPREADS", "ValveMember", "valve_member"]


def _prior(name: str, spread: float, why: str, unit: str = "mm") -> Parameter:
    return Parameter(name, 0.0, unit, Distribution.NORMAL, spread, source="assumed", why=why)


FIT_PRIORS = (
    _prior("marginal_slack_mm", 1.5, "added to the slack lengths of the chordae to the free edge"),
    _prior("basal_slack_mm", 1.5, "added to those of the basal chordae"),
    _prior("strut_slack_mm", 1.5, "added to those of the strut chordae"),
    *(
        _prior(f"{side}_{way}_mm", 3.0, "displacement of a papillary tip: images show it to some millimetres only")
        for side in ("al", "pm")
        for way in ("outwards", "posterior", "apical")
    ),
    _prior("leaflet_log_length", 0.05, "logarithm of true over given leaflet heights: images show them to 5 %", "1"),
)
"""What is fitted, before the echo is known; nobody has measured these spreads."""

FIT_SPREADS = locked(np.array([item.spread for item in FIT_PRIORS]))
"""Their standard deviations, shape (n,)."""

_FIRST_TIP = len(CHORDAE_GROUPS)


@dataclass(frozen=True, slots=True)
class ValveMember:
    """A valve under one combination of `FIT_PRIORS`, the same for the full and for the fast closure.

    Parameters
    ----------
    slack_mm
        Added to the slack lengths of the marginal, basal and strut chordae [mm].
    tips
        Where the papillary tips stand [mm], shape (2, 3).
    length_factor
        Leaflet heights over the valve's [1]; slack lengths do not follow.
    """

    slack_mm: tuple[float, float, float]
    tips: FloatArray
    length_factor: float = 1.0

    def chordae_length_mm(self, valve: Valve) -> FloatArray:
        """Slack lengths, at least 1 mm, shape (c,)."""
        return np.maximum(valve.chordae.length_mm + np.array(self.slack_mm)[valve.chordae.group], 1.0)

    def valve(self, valve: Valve) -> Valve:
        """The valve, of any mesh, with this member's chordae and heights; its tips go to `close_valve` as ``tips=``."""
        chordae = valve.chordae.with_lengths(self.chordae_length_mm(valve))
        return replace(with_heights(valve, self.length_factor), chordae=chordae)

    def closed_fast(
        self, valve: Valve, pressure_mmhg: float, *, hinge: ArrayLike | None = None, tips_moved: ArrayLike = 0.0
    ) -> FastClosure:
        """The valve closed by the fast closure; `hinge` (k, 3) and `tips_moved` (2, 3) as a therapy moves them [mm]."""
        return fast_closure(
            valve,
            pressure_mmhg=pressure_mmhg,
            hinge=hinge,
            tips=self.tips + np.asarray(tips_moved, dtype=np.float64),
            chordae_length_mm=self.chordae_length_mm(valve),
            length_factor=self.length_factor,
        )


def valve_member(valve: Valve, theta: FloatArray) -> ValveMember:
    """A valve under a combination (n,) in the order of `FIT_PRIORS`."""
    local = valve.frame.to_local(valve.tips)
    moves = theta[_FIRST_TIP : _FIRST_TIP + 6].reshape(2, 3) * np.column_stack(
        [np.sign(local[:, 0]), np.full(2, -1.0), np.full(2, -1.0)]
    )
    tips = locked(valve.tips + valve.frame.vectors_to_world(moves))
    return ValveMember((float(theta[0]), float(theta[1]), float(theta[2])), tips, float(np.exp(theta[-1])))
