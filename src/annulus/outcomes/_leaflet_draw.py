"""What leaflets and chordae may be in truth, where a prediction is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from annulus.anatomy.valve import Valve
from annulus.outcomes._valve_fit import ValveFit
from annulus.outcomes._valve_member import FIT_SPREADS, ValveMember, valve_member

__all__ = ["LeafletDraw"]


@dataclass(frozen=True, slots=True)
class LeafletDraw:
    """One draw of what is uncertain of a valve.

    Parameters
    ----------
    length_factor
        True over given leaflet heights [1]; a member that is drawn of a fit has its own.
    seed
        Of slack and tips: a member of the fit to the echo where there is one, else a draw of `FIT_PRIORS`; None for
        the valve as it is.
    scatter
        Spread of slack and tips over `FIT_PRIORS` [1]; a fit has its own.
    model_error
        By how many of its own errors the fast closure's orifice is off [1].
    """

    length_factor: float = 1.0
    seed: int | None = None
    scatter: float = 1.0
    model_error: float = 0.0

    def member(self, valve: Valve, fit: ValveFit | None) -> ValveMember:
        """The draw as a member of a valve, or of the fit to its echo where there is one."""
        if self.seed is None:
            known = valve_member(valve, np.zeros(len(FIT_SPREADS))) if fit is None else fit.member(fit.closest)
            return replace(known, length_factor=known.length_factor * self.length_factor)
        generator = np.random.default_rng(self.seed)
        if fit is not None:
            return fit.member(int(generator.integers(len(fit.members))))
        drawn = valve_member(valve, self.scatter * FIT_SPREADS * generator.normal(size=len(FIT_SPREADS)))
        return replace(drawn, length_factor=self.length_factor)
