"""Hearts and changes for the tests of the cinching equilibrium: the FMR preset with its vein moved, a half-ellipse."""

from __future__ import annotations

from functools import cache

import numpy as np

from annulus.anatomy import Annulus, Case, CoronarySinus, trigone_positions
from annulus.anatomy.measures import AnnulusMeasures, measure_annulus
from annulus.anatomy.parametric import AnnulusParameters, CoronarySinusParameters, parametric_case, preset_parameters
from annulus.geometry import Curve, Loop
from annulus.mechanics.network import Attachments, CinchModel, Equilibrium, Resolution, carried_annulus


@cache
def fmr(offset_mm: float = 0.0) -> Case:
    """The FMR preset without its artery, the vein's distances from the annulus all larger by `offset_mm`."""
    parts: dict[str, dict[str, float]] = {"annulus": {}, "coronary_sinus": {}}
    for row in preset_parameters("fmr"):
        part, field = row.name.split(".")
        if part in parts:
            parts[part][field] = row.value + (offset_mm if field.endswith("_distance_mm") else 0.0)
    sinus = CoronarySinusParameters(**parts["coronary_sinus"])
    return parametric_case(AnnulusParameters(**parts["annulus"]), coronary_sinus=sinus)


@cache
def half_ellipse(rise: float = 3.0, slope: tuple[float, float] = (0.0, 0.0)) -> Case:
    """Annulus of two half-ellipses, AP 38, AL-PM 43.5, saddle 6 mm; vein 11 to 9 mm outside it [cinch-prototype].

    The vein lies `rise` above the annulus [mm] and leaves that plane with `slope` along AL-PM and along AP, which
    keeps its offset in the plane.
    """

    def ring(t: np.ndarray) -> np.ndarray:
        depth = np.where(np.sin(t) > 0.0, 0.38 * 38.0, 0.62 * 38.0)
        return np.column_stack([21.75 * np.cos(t), depth * np.sin(t), -3.0 * np.cos(2.0 * t)])

    share = np.linspace(0.0, 1.0, 400)
    t = np.radians(-8.0 - 197.0 * share)
    along = ring(t + 1e-4) - ring(t - 1e-4)
    out = np.column_stack([along[:, 1], -along[:, 0], np.zeros(len(t))])
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    vein = ring(t) + np.interp(share, [0.0, 0.5, 1.0], [11.0, 11.0, 9.0])[:, None] * out
    vein[:, 2] += rise + slope[0] * vein[:, 0] + slope[1] * vein[:, 1]
    places = {"A": 90.0, "P": 270.0, "AL": 180.0, "PM": 0.0, "LT": 138.0, "RT": 42.0}
    landmarks = dict(zip(places, ring(np.radians(list(places.values()))), strict=True))
    loop = Loop(ring(np.radians(np.arange(0.0, 360.0))))
    # A vein without width: the prototype's path follows the axis.
    return Case("half-ellipse", Annulus(loop, landmarks), CoronarySinus(Curve(vein, radius=np.full(400, 1e-6))))


def model_for(
    case: Case, *, resolution: Resolution | None = None, attachments: Attachments | None = None
) -> CinchModel:
    """Model with the default stiffnesses."""
    places, _ = trigone_positions(case.annulus)
    model = CinchModel.from_case(case, trigones=case.annulus.loop.at(places), resolution=resolution)
    return model if attachments is None else CinchModel(model.strip, model.parameters, attachments=attachments)


def measured(case: Case, state: Equilibrium | None = None) -> AnnulusMeasures:
    """Measures of the annulus before, or in a state."""
    annulus = case.annulus if state is None else carried_annulus(case.annulus, state.checked())
    return measure_annulus(annulus, minimal_surface=False)


def change_percent(case: Case, state: Equilibrium, name: str = "ap_mm") -> float:
    """Change of a measure from before to a state [%]."""
    return 100.0 * (getattr(measured(case, state), name) / getattr(measured(case), name) - 1.0)
