"""Hearts from clinical numbers: annulus, vein, arteries, leaflets, and the shipped presets."""

from annulus.anatomy.parametric._annulus import AnnulusParameters, parametric_annulus
from annulus.anatomy.parametric._case import PapillaryParameters, VentricleParameters, parametric_case
from annulus.anatomy.parametric._circumflex import CircumflexParameters, CrossingSide, Dominance, parametric_circumflex
from annulus.anatomy.parametric._fit import AnnulusFit, fit_annulus
from annulus.anatomy.parametric._fourier import FourierLoop, PointFit, fit_to_points
from annulus.anatomy.parametric._leaflets import LeafletParameters, atrial_dome, leaflet_heights, parametric_leaflets
from annulus.anatomy.parametric._presets import Preset, preset, preset_parameters
from annulus.anatomy.parametric._sinus import CoronarySinusParameters, parametric_coronary_sinus

__all__ = [
    "AnnulusFit",
    "AnnulusParameters",
    "CircumflexParameters",
    "CoronarySinusParameters",
    "CrossingSide",
    "Dominance",
    "FourierLoop",
    "LeafletParameters",
    "PapillaryParameters",
    "PointFit",
    "Preset",
    "VentricleParameters",
    "atrial_dome",
    "fit_annulus",
    "fit_to_points",
    "leaflet_heights",
    "parametric_annulus",
    "parametric_case",
    "parametric_circumflex",
    "parametric_coronary_sinus",
    "parametric_leaflets",
    "preset",
    "preset_parameters",
]
