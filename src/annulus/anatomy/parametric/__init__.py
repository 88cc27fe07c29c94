"""Hearts from clinical numbers: annulus, vein, arteries, leaflets, and the shipped presets."""

from annulus.anatomy.parametric._annulus import AnnulusParameters, parametric_annulus
from annulus.anatomy.parametric._case import PapillaryParameters, VentricleParameters, parametric_case
from annulus.anatomy.parametric._circumflex import CircumflexParameters, CrossingSide, Dominance, parametric_circumflex
from annulus.anatomy.parametric._clinical import ClinicalNumbers
from annulus.anatomy.parametric._clinical_of_case import clinical_numbers
from annulus.anatomy.parametric._fit import AnnulusFit, fit_annulus
from annulus.anatomy.parametric._fourier import FourierLoop, PointFit, fit_to_points
from annulus.anatomy.parametric._leaflets import LeafletParameters, atrial_dome, leaflet_heights, parametric_leaflets
from annulus.anatomy.parametric._presets import Preset, preset, preset_about, preset_parameters
from annulus.anatomy.parametric._shaped import ShapedCase, shaped_case
from annulus.anatomy.parametric._sinus import CoronarySinusParameters, parametric_coronary_sinus

__all__ = [
    "AnnulusFit",
    "AnnulusParameters",
    "CircumflexParameters",
    "ClinicalNumbers",
    "CoronarySinusParameters",
    "CrossingSide",
    "Dominance",
    "FourierLoop",
    "LeafletParameters",
    "PapillaryParameters",
    "PointFit",
    "Preset",
    "ShapedCase",
    "VentricleParameters",
    "atrial_dome",
    "clinical_numbers",
    "fit_annulus",
    "fit_to_points",
    "leaflet_heights",
    "parametric_annulus",
    "parametric_case",
    "parametric_circumflex",
    "parametric_coronary_sinus",
    "parametric_leaflets",
    "preset",
    "preset_about",
    "preset_parameters",
    "shaped_case",
]
