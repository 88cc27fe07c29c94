"""A world: one draw of everything uncertain."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from annulus.anatomy import MeasurementError
from annulus.mechanics.network import ANCHOR_PRESSURE_MMHG, CinchParameters
from annulus.outcomes import ARTERY_WALL_MMHG, LOAD_SHARE, SIGNIFICANT_PERCENT, LeafletDraw, TubeLaw

__all__ = ["World"]


@dataclass(frozen=True, slots=True)
class World:
    """One draw of everything uncertain; the default is the world of means, which gives the point prediction.

    Parameters
    ----------
    parameters
        Numbers of the equilibrium.
    error
        Truth is the measured case with this error; None for none.
    inner_wall_factor, distal_slip_mm, proximal_slip_mm, leaflet_length_factor, tenting_height_error_mm,
    fast_closure_error
        As in `GEOMETRY_PRIORS`.
    valve_seed
        Of the slack of chordae and the papillary tips; None where they are as known.
    valve_scatter
        Spread of these over the priors of the fit [1].
    artery_wall_mmhg, artery_load_factor, artery_load_share, anchor_pressure_mmhg, significant_stenosis_percent
        As in `COMPRESSION_PRIORS`.
    artery_wall_spread, artery_load_spread
        What is open of the first two in this world: standard deviations of their logarithms [1], 0 in a draw.
    artery_share_range
        Ends between which the share may lie; None where it is known, as in a draw.
    """

    parameters: CinchParameters = field(default_factory=CinchParameters)
    error: MeasurementError | None = None
    inner_wall_factor: float = 1.0
    distal_slip_mm: float = 0.0
    proximal_slip_mm: float = 0.0
    leaflet_length_factor: float = 1.0
    tenting_height_error_mm: float = 0.0
    fast_closure_error: float = 0.0
    valve_seed: int | None = None
    valve_scatter: float = 1.0
    artery_wall_mmhg: float = ARTERY_WALL_MMHG
    artery_load_factor: float = 1.0
    artery_load_share: float = LOAD_SHARE
    anchor_pressure_mmhg: float = ANCHOR_PRESSURE_MMHG
    significant_stenosis_percent: float = SIGNIFICANT_PERCENT
    artery_wall_spread: float = 0.6
    artery_load_spread: float = 0.4
    artery_share_range: tuple[float, float] | None = (0.0, 1.0)

    @property
    def tube_law(self) -> TubeLaw:
        """Law of an artery under load."""
        return TubeLaw(
            self.parameters.artery_pressure_mmhg,
            self.artery_wall_mmhg,
            self.artery_load_factor,
            self.artery_load_share,
            self.significant_stenosis_percent,
            self.artery_wall_spread,
            self.artery_load_spread,
            self.artery_share_range,
        )

    @property
    def leaflets(self) -> LeafletDraw | None:
        """What leaflets and chordae are in this world; None where they are as known."""
        if self.valve_seed is None and self.leaflet_length_factor == 1.0 and self.fast_closure_error == 0.0:
            return None
        return LeafletDraw(self.leaflet_length_factor, self.valve_seed, self.valve_scatter, self.fast_closure_error)

    def with_error_times(self, scale: float) -> World:
        """The same world, the geometry measured with a multiple of the error; zero for none."""
        error = self.error
        if error is None or scale == 0.0:
            return replace(self, error=None)
        scaled = replace(
            error,
            sign=scale * error.sign,
            vein_radius_factor=error.vein_radius_factor**scale,
            artery_radius_factor=error.artery_radius_factor**scale,
        )
        return replace(self, error=scaled)
