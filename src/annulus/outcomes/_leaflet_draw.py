"""What leaflets and chordae may be in truth, where a prediction is drawn: for the fast closure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy.valve import Valve
from annulus.outcomes._valve_fit import FIT_PRIORS, ValveFit, chordae_and_tips

__all__ = ["LeafletDraw"]

_SPREADS = np.array([item.spread for item in FIT_PRIORS])


@dataclass(frozen=True, slots=True)
class LeafletDraw:
    """One draw of what is uncertain of a valve.

    Parameters
    ----------
    length_factor
        True over given leaflet heights [1].
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

    def chordae_and_tips(
        self, valve: Valve, tips: FloatArray | None, fit: ValveFit | None
    ) -> tuple[FloatArray, FloatArray]:
        """Slack lengths (c,) and papillary tips (2, 3) of the draw [mm]."""
        if self.seed is None:
            return valve.chordae.length_mm, valve.tips if tips is None else tips
        generator = np.random.default_rng(self.seed)
        if fit is None:
            return chordae_and_tips(valve, self.scatter * _SPREADS * generator.normal(size=len(_SPREADS)))
        return chordae_and_tips(fit.valve, fit.members[int(generator.integers(len(fit.members)))])
