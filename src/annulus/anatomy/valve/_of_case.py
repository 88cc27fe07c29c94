"""The valve of a case: from its leaflet heights or meshes, papillary tips and chordae; what lacks is assumed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy._case import Case, LeafletHeights
from annulus.anatomy._landmarks import commissure_positions
from annulus.anatomy._leaflet_parameters import ChordaeParameters, LeafletThickness
from annulus.anatomy.parametric._presets import preset
from annulus.anatomy.valve._leaflet_meshes import heights_from_meshes
from annulus.anatomy.valve._parametric import parametric_valve
from annulus.anatomy.valve._valve import Valve
from annulus.errors import InputError
from annulus.sources import Assumption

__all__ = ["valve_of_case"]


def valve_of_case(case: Case, *, n_columns: int = 80, n_rows: int = 10) -> tuple[Valve, tuple[Assumption, ...]]:
    """Stress-free valve of a case on its annulus, and what was assumed for it.

    Heights come from the case, else they are measured on its leaflet meshes; the mesh is always the structured one of
    `parametric_valve`. Papillary tips that are unknown are those of the normal preset in the annulus frame.

    Raises
    ------
    InputError
        The case has no leaflets, their meshes do not line the annulus, or a tip lies above it.
    """
    leaflets = case.leaflets
    if leaflets is None:
        raise InputError("a valve needs leaflets; the case has none: give heights or meshes of both leaflets.")
    lines: list[Assumption] = []
    heights = leaflets.heights
    if heights is None:
        heights, lines = _measured(case)
    thickness = leaflets.thickness
    if thickness is None:
        thickness = LeafletThickness()
        why = "leaflet thickness of neither leaflet is known: cadaver means, anterior and posterior"
        value = f"{thickness.anterior_mm:g}, {thickness.posterior_mm:g}"
        lines.append(Assumption("leaflet_thickness_mm", value, "mm", why, "leaflet-dimensions-njbms4136"))
    tips: Mapping[str, FloatArray] = case.papillary_tips
    if not {"AL", "PM"} <= tips.keys():
        missing = {name: case.annulus.frame.to_world(place) for name, place in _normal_tips().items()}
        tips = {**missing, **tips}
        why = "unknown papillary tips stand where those of the normal preset do, in the annulus frame"
        absent = ", ".join(name for name in missing if name not in case.papillary_tips)
        lines.append(Assumption("papillary_tips", absent, "", why, "kaiser2019"))
    chordae = leaflets.chordae
    if chordae is None:
        chordae = ChordaeParameters()
        lines += chordae.assumptions()
    _, words = commissure_positions(case.annulus)
    if words != "landmarks":
        why = "the commissures are unknown; an anterior arc of the published share of the perimeter stands in"
        lines.append(Assumption("commissures", words, "", why, "annulus-anterior-share-scilit"))
    why = "stress-free leaflets are straight, half open, of the given heights; the true unloaded shape is not known"
    lines.append(Assumption("leaflet_rest_shape", "straight, half open", "", why, "assumed"))
    valve = parametric_valve(
        case.annulus,
        heights,
        thickness=thickness,
        tips=tips,
        chordae=chordae,
        cleft_depth_mm=leaflets.cleft_depth_mm,
        n_columns=n_columns,
        n_rows=n_rows,
    )
    return valve, tuple(lines)


def _measured(case: Case) -> tuple[LeafletHeights, list[Assumption]]:
    if case.leaflets is None:
        raise InputError("a valve needs leaflets; the case has none: give heights or meshes of both leaflets.")
    found = heights_from_meshes(case.annulus, case.leaflets)
    why = (
        "leaflet heights measured on the meshes from the annulus to where tissue covers less than two thirds of the "
        f"width; {100 * found.beyond_share:.0f} % of the area lies beyond (chordae), "
        f"{100 * found.detached_share:.1f} % "
        f"is detached, {found.n_filled} of 36 strips were filled from their neighbours; taken as stress-free"
    )
    return found.heights, [Assumption("leaflet_heights", "from meshes", "", why, "rule")]


@cache
def _normal_tips() -> dict[str, FloatArray]:
    case = preset("normal")
    return {name: np.asarray(case.annulus.frame.to_local(tip)) for name, tip in case.papillary_tips.items()}
