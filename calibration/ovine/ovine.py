"""The bench of the ovine experiment as the model sees it: anatomy, suture, and what they answer.

Of the hearts [ovine-cs-cinch-pmc4033577] we know that the annulus was dilated, not its dimensions, so the anatomy is
parametric: half-ellipses with a saddle, and a vein at constant distance. Every number is an assumption taken from
[cinch-prototype]; its spread enters the calibration as a nuisance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus.anatomy import Annulus, Case, CoronarySinus
from annulus.anatomy.measures import measure_annulus
from annulus.errors import InputError
from annulus.geometry import Curve, Loop
from annulus.mechanics.network import CinchModel, CinchParameters, TractionReaction, carried_annulus
from annulus.sources import Distribution, Parameter

__all__ = ["NUISANCES", "OvineBench", "response"]

ANTERIOR_SHARE = 0.38
TRIGONES_DEG = (138.0, 42.0)
VEIN_START_DEG = -8.0
_PROTOTYPE = "cinch-prototype"


def _spread(name: str, value: float, unit: str, spread: float, why: str, *, normal: bool = False) -> Parameter:
    law = Distribution.NORMAL if normal else Distribution.LOGNORMAL
    return Parameter(name, value, unit, law, spread, source=_PROTOTYPE, assumed=True, why=why)


NUISANCES = (
    _spread("ap_mm", 30.0, "mm", 0.10, "septal-lateral diameter of the dilated annulus"),
    _spread("width_over_ap", 1.2, "1", 0.07, "commissural width over septal-lateral diameter"),
    _spread("height_mm", 5.0, "mm", 0.4, "saddle height"),
    _spread("offset_mm", 7.0, "mm", 0.3, "distance of the vein's axis from the annulus, in plane"),
    _spread("rise_mm", 0.0, "mm", 2.0, "height of the vein above the annulus", normal=True),
    _spread("vein_span_deg", 197.0, "deg", 0.08, "angle over which the vein runs around the annulus"),
    _spread("margin_mm", 8.0, "mm", 0.4, "from the suture's knot to the modelled end of the vein"),
)
"""Assumed anatomy of the bench with the spread given to each number."""


@dataclass(frozen=True, slots=True)
class OvineBench:
    """Anatomy of the bench; fields as in `NUISANCES`, and the suture's force [N]."""

    force_n: float = 2.1
    ap_mm: float = 30.0
    width_over_ap: float = 1.2
    height_mm: float = 5.0
    offset_mm: float = 7.0
    rise_mm: float = 0.0
    vein_span_deg: float = 197.0
    margin_mm: float = 8.0

    def annulus_points(self, angle: np.ndarray) -> np.ndarray:
        """Annulus at polar parameter `angle` [rad]; pi/2 is septal, 3 pi/2 lateral. Shape (n, 3) [mm]."""
        depth = np.where(np.sin(angle) > 0.0, ANTERIOR_SHARE, 1.0 - ANTERIOR_SHARE) * self.ap_mm
        width = self.width_over_ap * self.ap_mm
        return np.column_stack(
            [
                0.5 * width * np.cos(angle),
                depth * np.sin(angle),
                -0.5 * self.height_mm * np.cos(2.0 * angle),
            ]
        )

    def case(self) -> tuple[Case, np.ndarray]:
        """The bench as a case, and its trigones [mm], shape (2, 3)."""
        angle = np.radians(VEIN_START_DEG - self.vein_span_deg * np.linspace(0.0, 1.0, 240))
        along = self.annulus_points(angle + 1e-4) - self.annulus_points(angle - 1e-4)
        out = np.column_stack([along[:, 1], -along[:, 0], np.zeros(len(angle))])
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        vein = self.annulus_points(angle) + self.offset_mm * out + [0.0, 0.0, self.rise_mm]
        corners = self.annulus_points(np.radians([90.0, 270.0, 180.0, 0.0]))
        names = ("A", "P", "AL", "PM", "ALC", "PMC")
        landmarks = dict(zip(names, corners[[0, 1, 2, 3, 2, 3]], strict=True))
        annulus = Annulus(Loop(self.annulus_points(np.radians(np.arange(0.0, 360.0)))), landmarks)
        # A suture is taken along the axis: no offset to the inner wall, so a vein without width.
        sinus = CoronarySinus(Curve(vein, radius=np.full(len(vein), 1e-6)))
        return Case("ovine-bench", annulus, sinus), self.annulus_points(np.radians(TRIGONES_DEG))


def response(bench: OvineBench, parameters: CinchParameters) -> np.ndarray:
    """Change of septal-lateral diameter, area and commissural width under the suture [%], shape (3,).

    The suture is pulled from outside and rubs on the vein (`friction_coefficient`): the force is that at the hand, and
    it falls along the path by the capstan's rule. NaN where no equilibrium was found or the annulus folded over itself.
    """
    if bench.force_n <= 0.0:
        return np.full(3, np.nan)
    case, trigones = bench.case()
    model = CinchModel.from_case(case, trigones=trigones, parameters=parameters)
    knot = model.strip.vein_length - bench.margin_mm
    state = model.pull(knot, bench.force_n, reaction=TractionReaction.OUTSIDE)
    if not state.status.converged:
        return np.full(3, np.nan)
    try:
        moved = carried_annulus(case.annulus, state)
    except InputError:  # folded over itself: no annulus
        return np.full(3, np.nan)
    before, after = (measure_annulus(item, minimal_surface=False) for item in (case.annulus, moved))
    return 100.0 * np.array(
        [
            after.ap_mm / before.ap_mm - 1.0,
            after.area_2d_mm2 / before.area_2d_mm2 - 1.0,
            after.cw_mm / before.cw_mm - 1.0,
        ]
    )
