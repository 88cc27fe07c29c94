"""A coronary artery under a line load: flattening, lumen, stenosis, and how likely it is significant.

A vessel whose wall does not stretch, pressed flat by delta between its bed and what presses, is a stadium of the same
perimeter: contact width (pi/2) delta, height D - delta. The lumen's pressure p bears p (pi/2) delta per length, and the
wall's bending bears as a further pressure would; so the height lost is x = delta / D = q / ((p + p_wall) (pi/2) D)
[cinch-prototype], and the lumen area lost is x^2 exactly (derivation: ``docs/circumflex.md``). Diameter stenosis is x:
what the worst angiographic view shows. No collapse law of a coronary artery that is loaded from the side is published:
p_wall, a factor on the load and the share of the ribbon's load that an artery straight under it bears are a named
band, sampled in worlds, integrated over at a point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from annulus._typing import FloatArray
from annulus.kernels.laws import tube_stiffness
from annulus.mechanics.network import ArteryLoad
from annulus.units import MMHG

__all__ = [
    "ARTERY_WALL_MMHG",
    "LOAD_SHARE",
    "RISK_CLASSES",
    "SIGNIFICANT_PERCENT",
    "Compression",
    "TubeLaw",
    "compressions",
    "risk_class",
]

ARTERY_WALL_MMHG = 50.0
"""What the wall adds to the lumen's pressure against flattening [mmHg].

A thin elastic ring under two opposite line loads gives way as one under a pressure 0.356 E/(1 - nu^2) (t/r)^3 does;
with the modulus E = Ep (1 - nu^2) r/t of a tube that widens as published, Ep = 160 kPa
[coronary-modulus-pmid3771000], that is 0.356 Ep (t/r)^2: 52 mmHg for a wall of 0.35 radii (assumed)."""

SIGNIFICANT_PERCENT = 50.0
"""Diameter stenosis from which a compression counts as significant [percent]: the angiographer's rule (assumed)."""

LOAD_SHARE = 0.5
"""Share of the ribbon's tension times curvature that an artery straight under it bears [1], where that is more than the
network's contact gives: from nothing to all of it, and no datum (assumed)."""

RISK_CLASSES = ((0.30, "high"), (0.10, "moderate"), (0.02, "low"), (0.0, "none"))
"""Probability from which on the risk has a class (assumed: trials had to recapture or adjust in 0.14 to 0.25)."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
_SHARE_NODES, _SHARE_WEIGHTS = np.polynomial.legendre.leggauss(5)


@dataclass(frozen=True, slots=True)
class TubeLaw:
    """Numbers of the artery's law, and what of them is not known.

    Parameters
    ----------
    pressure_mmhg
        In the lumen.
    wall_mmhg
        What the wall adds.
    load_factor
        Load that flattens over the network's line load [1]: an uneven or narrow contact flattens more.
    load_share
        Share of the ribbon's load that an artery straight under it bears at least [1].
    significant_percent
        Diameter stenosis that counts as significant.
    wall_spread, load_spread
        Standard deviations of the logarithms of `wall_mmhg` and `load_factor` where they are not known [1].
    share_range
        Ends between which `load_share` may lie, evenly; None where it is known.
    """

    pressure_mmhg: float
    wall_mmhg: float = ARTERY_WALL_MMHG
    load_factor: float = 1.0
    load_share: float = LOAD_SHARE
    significant_percent: float = SIGNIFICANT_PERCENT
    wall_spread: float = 0.0
    load_spread: float = 0.0
    share_range: tuple[float, float] | None = None

    def height_lost(self, load_n_per_mm: FloatArray, diameter_mm: FloatArray) -> FloatArray:
        """Share of the diameter by which a line load flattens the artery, not limited to 1, (n,)."""
        closing = tube_stiffness((self.pressure_mmhg + self.wall_mmhg) * MMHG, 1.0) * diameter_mm
        return self.load_factor * load_n_per_mm / closing

    def probability(self, loads: Sequence[ArteryLoad]) -> float:
        """That the stenosis of any artery is significant, over all that is not known of the law."""
        shares, weights = np.array([self.load_share]), np.ones(1)
        if self.share_range is not None:
            low, high = self.share_range
            shares, weights = 0.5 * (low + high) + 0.5 * (high - low) * _SHARE_NODES, 0.5 * _SHARE_WEIGHTS
        lost = [max((self._worst(load, share) for load in loads), default=0.0) for share in shares]
        return float(min(max(weights @ np.array([self.exceedance(value) for value in lost]), 0.0), 1.0))

    def _worst(self, load: ArteryLoad, share: float) -> float:
        return float(self.height_lost(load.shared(share), 2.0 * load.radius_mm).max())

    def exceedance(self, height_lost: float) -> float:
        """Probability of significance where the law at its centre gives `height_lost`, over both spreads."""
        threshold = 0.01 * self.significant_percent
        if height_lost <= 0.0:
            return 0.0
        stiffness = self.pressure_mmhg + self.wall_mmhg * np.exp(self.wall_spread * _NODES)
        lost = height_lost * (self.pressure_mmhg + self.wall_mmhg) / stiffness
        if self.load_spread > 0.0:
            over = ndtr(np.log(lost / threshold) / self.load_spread)
        elif self.wall_spread > 0.0:
            over = (lost >= threshold).astype(np.float64)
        else:
            return float(height_lost >= threshold)
        return float(min(max(_WEIGHTS @ over / _WEIGHTS.sum(), 0.0), 1.0))


@dataclass(frozen=True, slots=True)
class Compression:
    """What a load does to one artery.

    Parameters
    ----------
    index
        Number of the artery in the case.
    line_load_n_per_mm
        Greatest line load [N/mm], with the share of the ribbon's own.
    peak_cs_s_mm
        Station of the vein where the artery is flattened most [mm].
    force_n, length_mm
        Whole force of the network's contact [N], length of artery in contact [mm].
    span_cs_s_mm
        First and last station of the vein beside which it is in contact [mm]; None without contact.
    pressure_mmhg
        Greatest line load over the lumen's diameter [mmHg].
    width_mm
        Width of the contact where it is flattened most [mm].
    height_lost
        Share of the diameter lost, not limited to 1.
    """

    index: int
    line_load_n_per_mm: float
    peak_cs_s_mm: float
    force_n: float
    length_mm: float
    span_cs_s_mm: tuple[float, float] | None
    pressure_mmhg: float
    width_mm: float
    height_lost: float

    @property
    def stenosis_percent(self) -> float:
        """Diameter stenosis in the worst view [percent]."""
        return 100.0 * min(self.height_lost, 1.0)

    @property
    def area_reduction_percent(self) -> float:
        """Lumen area lost [percent]: the square of the height lost."""
        return 100.0 * min(self.height_lost, 1.0) ** 2


def compressions(loads: Sequence[ArteryLoad], law: TubeLaw) -> tuple[Compression, ...]:
    """What loads do to arteries, one by one."""
    return tuple(_compressed(load, law) for load in loads)


def risk_class(probability: float) -> str:
    """Class of a probability of significant compression, by `RISK_CLASSES`."""
    return next(name for least, name in RISK_CLASSES if probability >= least)


def _compressed(load: ArteryLoad, law: TubeLaw) -> Compression:
    diameter = 2.0 * load.radius_mm
    line = load.shared(law.load_share)
    lost = law.height_lost(line, diameter)
    peak, pressed = int(np.argmax(lost)), load.load_n_per_mm > 0.0
    stations = load.cs_s_mm[pressed]
    return Compression(
        index=load.index,
        line_load_n_per_mm=float(line.max()),
        peak_cs_s_mm=float(load.cs_s_mm[peak]),
        force_n=load.force_n,
        length_mm=float(load.length_mm[pressed].sum()),
        span_cs_s_mm=(float(stations.min()), float(stations.max())) if pressed.any() else None,
        pressure_mmhg=law.load_factor * float((line / diameter).max()) / MMHG,
        width_mm=float(0.5 * np.pi * min(lost[peak], 1.0) * diameter[peak]),
        height_lost=float(lost[peak]),
    )
