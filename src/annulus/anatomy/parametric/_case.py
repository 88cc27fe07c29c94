"""A whole parametric heart: annulus, vein, arteries, leaflets and papillary tips in one case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus.anatomy._annulus import Annulus
from annulus.anatomy._body_axes import typical_frame
from annulus.anatomy._case import Case, Echo, Leaflets, Loading, Phase
from annulus.anatomy._vessels import Artery, CoronarySinus
from annulus.anatomy.parametric._annulus import AnnulusParameters, parametric_annulus
from annulus.anatomy.parametric._circumflex import CircumflexParameters, parametric_circumflex
from annulus.anatomy.parametric._leaflets import LeafletParameters, atrial_dome, parametric_leaflets
from annulus.anatomy.parametric._sinus import CoronarySinusParameters, parametric_coronary_sinus
from annulus.geometry import Frame
from annulus.sources import Assumption

__all__ = ["PapillaryParameters", "VentricleParameters", "assembled_case", "parametric_case", "parametric_placement"]


@dataclass(frozen=True, slots=True)
class PapillaryParameters:
    """Papillary muscle tips in the annulus frame [mm].

    Parameters
    ----------
    al_lateral_mm, pm_lateral_mm
        Distance from the AP plane, anterolateral and posteromedial tip [mm].
    al_posterior_mm, pm_posterior_mm
        Distance from the centroid towards P [mm].
    al_depth_mm, pm_depth_mm
        Depth below the annulus plane [mm].
    """

    al_lateral_mm: float
    al_posterior_mm: float
    al_depth_mm: float
    pm_lateral_mm: float
    pm_posterior_mm: float
    pm_depth_mm: float


@dataclass(frozen=True, slots=True)
class VentricleParameters:
    """Pressures at the geometry's phase [mmHg]."""

    lv_pressure_mmhg: float
    la_pressure_mmhg: float


def parametric_placement() -> Frame:
    """Where a parametric heart stands in the world (LPS): annulus frame in a typical thorax.

    The atrium lies towards the right, posterior and superior side of the annulus, the aortic valve
    (A) towards the right, anterior and superior side.
    """
    return typical_frame()


def parametric_case(
    annulus: AnnulusParameters,
    *,
    coronary_sinus: CoronarySinusParameters | None = None,
    circumflex: CircumflexParameters | None = None,
    leaflets: LeafletParameters | None = None,
    papillary: PapillaryParameters | None = None,
    ventricle: VentricleParameters | None = None,
    id: str = "parametric",  # noqa: A002
    assumptions: tuple[Assumption, ...] = (),
) -> Case:
    """A case made of parametric shapes; what is not given is absent.

    Parameters
    ----------
    annulus, coronary_sinus, circumflex, leaflets, papillary, ventricle
        Parameters of the parts; the circumflex needs the coronary sinus.
    id
        Name of the case.
    assumptions
        Lines to list in the case, as which parameters rest on no datum.

    Raises
    ------
    InputError
        Parameters that do not fit together.
    """
    ring = parametric_annulus(annulus)
    sinus = None if coronary_sinus is None else parametric_coronary_sinus(ring, coronary_sinus)
    arteries = () if sinus is None or circumflex is None else parametric_circumflex(ring, sinus, circumflex)
    return assembled_case(
        ring,
        coronary_sinus=sinus,
        arteries=arteries,
        leaflets=None if leaflets is None else parametric_leaflets(ring, leaflets),
        papillary=papillary,
        ventricle=ventricle,
        id=id,
        assumptions=assumptions,
    )


def assembled_case(
    ring: Annulus,
    *,
    coronary_sinus: CoronarySinus | None,
    arteries: tuple[Artery, ...],
    leaflets: Leaflets | None,
    papillary: PapillaryParameters | None,
    ventricle: VentricleParameters | None,
    id: str,  # noqa: A002
    echo: Echo | None = None,
    assumptions: tuple[Assumption, ...] = (),
) -> Case:
    """A case of parametric shapes that are made already, all in the annulus frame, put into the world."""
    surfaces = {}
    lines = [_line("placement", "LPS", "parametric shapes have no body around them; a typical orientation was taken")]
    if coronary_sinus is not None:
        surfaces["la"] = atrial_dome(ring, height_mm=45.0, widening=1.15)
        lines.append(
            _line(
                "la", "dome", "the atrial surface is a drawn dome for pictures, 45 mm high; nothing is computed from it"
            )
        )
    if leaflets is not None:
        lines.append(
            _line(
                "leaflet_sheets",
                "drawn",
                "leaflet meshes hang straight at the opening angle; only the heights carry data",
            )
        )
    tips = {}
    if papillary is not None:
        tips = {
            "AL": np.array([-papillary.al_lateral_mm, -papillary.al_posterior_mm, -papillary.al_depth_mm]),
            "PM": np.array([papillary.pm_lateral_mm, -papillary.pm_posterior_mm, -papillary.pm_depth_mm]),
        }
    case = Case(
        id=id,
        annulus=ring,
        coronary_sinus=coronary_sinus,
        arteries=arteries,
        leaflets=leaflets,
        papillary_tips=tips,
        surfaces=surfaces,
        loading=Loading() if ventricle is None else Loading(ventricle.lv_pressure_mmhg, ventricle.la_pressure_mmhg),
        echo=Echo() if echo is None else echo,
        phase=Phase.MID_SYSTOLE,
        source="parametric shape made by annulus",
        licence="BSD-3-Clause",
        assumptions=(*assumptions, *lines),
    )
    frame = parametric_placement()
    return case.transformed(frame.axes.T, frame.origin)


def _line(name: str, value: str, why: str) -> Assumption:
    return Assumption(name=f"parametric.{name}", value=value, unit="", why=why, source="assumed")
