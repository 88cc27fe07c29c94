"""The valve of a case: from its leaflet heights or meshes, papillary tips and chordae; what lacks is assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._case import Case
from annulus.anatomy._leaflet_parameters import ChordaeParameters, LeafletThickness
from annulus.anatomy.parametric._presets import preset
from annulus.anatomy.valve._commissures import with_commissures
from annulus.anatomy.valve._leaflet_meshes import MeasuredLeaflets, leaflets_from_meshes
from annulus.anatomy.valve._parametric import parametric_valve
from annulus.anatomy.valve._stations import CoaptationLine
from annulus.anatomy.valve._valve import Valve
from annulus.errors import InputError
from annulus.sources import Assumption

__all__ = ["valve_of_case"]


def valve_of_case(case: Case, *, n_columns: int = 80, n_rows: int = 10) -> tuple[Valve, tuple[Assumption, ...]]:
    """Stress-free valve of a case on its annulus, and what was assumed for it.

    Heights come from the case, else they and the line of coaptation are measured on its leaflet meshes, and so are
    commissures that the annulus does not name; the mesh is always the structured one of `parametric_valve`. Papillary
    tips that are unknown stand at published distances from the trigones.

    Raises
    ------
    InputError
        The case has no leaflets, their meshes do not line the annulus, or a tip lies above it.
    """
    leaflets = case.leaflets
    if leaflets is None:
        raise InputError("a valve needs leaflets; the case has none: give heights or meshes of both leaflets.")
    lines: list[Assumption] = []
    annulus, commissures = with_commissures(case.annulus, leaflets)
    heights, line = leaflets.heights, None
    if heights is None:
        found = leaflets_from_meshes(annulus, leaflets)
        heights, line, lines = found.heights, found.line, list(_told(found))
    thickness = leaflets.thickness
    if thickness is None:
        thickness = LeafletThickness()
        why = "leaflet thickness of neither leaflet is known: cadaver means, anterior and posterior"
        value = f"{thickness.anterior_mm:g}, {thickness.posterior_mm:g}"
        lines.append(Assumption("leaflet_thickness_mm", value, "mm", why, "leaflet-dimensions-njbms4136"))
    tips: Mapping[str, FloatArray] = case.papillary_tips
    if not {"AL", "PM"} <= tips.keys():
        missing, trigones = _published_tips(case.annulus)
        tips = {**missing, **tips}
        why = (
            f"unknown papillary tips stand where the normal preset's do from {trigones}, and as far below the annulus "
            "plane: at the mean distances of cadavers"
        )
        absent = ", ".join(name for name in missing if name not in case.papillary_tips)
        lines.append(Assumption("papillary_tips", absent, "", why, "papillary-d10-cadaver"))
    chordae = leaflets.chordae
    if chordae is None:
        chordae = ChordaeParameters()
        lines += chordae.assumptions()
    if commissures is not None:
        lines.append(commissures)
    why = "stress-free leaflets are straight, half open, of the given heights; the true unloaded shape is not known"
    lines.append(Assumption("leaflet_rest_shape", "straight, half open", "", why, "assumed"))
    valve = parametric_valve(
        annulus,
        heights,
        thickness=thickness,
        tips=tips,
        chordae=chordae,
        cleft_depth_mm=leaflets.cleft_depth_mm,
        line=line,
        n_columns=n_columns,
        n_rows=n_rows,
    )
    return valve, tuple(lines)


def _told(found: MeasuredLeaflets) -> Iterator[Assumption]:
    why = (
        "leaflet heights measured on the meshes from the annulus to where tissue covers less than two thirds of the "
        f"width; {100 * found.beyond_share:.0f} % of the area lies beyond (chordae), "
        f"{100 * found.detached_share:.1f} % "
        f"is detached, {found.n_filled} of 36 strips were filled from their neighbours; taken as stress-free"
    )
    yield Assumption("leaflet_heights", "from meshes", "", why, "rule")
    value, usual = (
        f"middle at {found.line.depth:.2f} of AP from P, ends risen by {found.line.rise:.2f}",
        CoaptationLine(),
    )
    why = (
        f"half way between the meshes' free edges, root mean square {found.line_scatter_mm:.1f} mm; the usual line "
        f"({usual.depth:g}, {usual.rise:g}) is {found.usual_scatter_mm:.1f} mm off"
    )
    if np.isnan(found.line_scatter_mm):
        why = "too few free edges of the meshes face each other: the usual line stands in"
    yield Assumption("coaptation_line", value, "", why, "rule")


def _published_tips(annulus: Annulus) -> tuple[dict[str, FloatArray], str]:
    """Papillary tips at the normal preset's distances from the trigones [mm], and what stands for those."""
    case = preset("normal")
    # Not the stand-in of `trigone_positions`: its arc, a share of the perimeter, is wider than trigones lie apart.
    known = {"LT", "RT"} <= annulus.landmarks.keys()
    words = "its own trigones" if known else "trigones as far from A as that preset's"
    tips = {}
    for tip, trigone in (("AL", "LT"), ("PM", "RT")):
        mark = trigone if known else "A"
        own, normal = (a.frame.to_local(a.landmarks[mark]) for a in (annulus, case.annulus))
        place = case.annulus.frame.to_local(case.papillary_tips[tip])
        place[:2] += (own - normal)[:2]
        tips[tip] = annulus.frame.to_world(place)
    return tips, words
