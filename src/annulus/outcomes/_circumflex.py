"""The arteries beside the vein before and after a cinch: crossings and wall gaps, no risk yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from annulus.anatomy import Artery, Case, CoronarySinus
from annulus.anatomy.measures import gap_profile, measure_circumflex

__all__ = ["circumflex_change"]


def circumflex_change(
    case: Case, sinus_after: CoronarySinus, arteries_after: Sequence[Artery], *, span: tuple[float, float]
) -> dict[str, Any]:
    """Object ``circumflex`` of the result file; empty without an artery.

    Parameters
    ----------
    case
        The heart before.
    sinus_after, arteries_after
        The same vein and arteries, vertex by vertex, after.
    span
        Stretch of the vein between the ends of the ribbon, arc lengths before [mm].
    """
    sinus = case.coronary_sinus
    if sinus is None or not case.arteries:
        return {}
    before = measure_circumflex(sinus, case.arteries, case.annulus)
    if before is None:
        return {}
    low, high = span
    document: dict[str, Any] = before.to_dict()
    crossings, gaps = [], []
    for artery, moved in zip(case.arteries, arteries_after, strict=True):
        stations = gap_profile(sinus, artery, case.annulus).s_mm
        carried = np.interp(stations, sinus.curve.arc_lengths, sinus_after.curve.arc_lengths)
        after = gap_profile(sinus_after, moved, case.annulus, s_mm=carried).gap_mm
        if np.isfinite(after).all():
            gaps.append(float(after.min()))
        for crossing in (item for item in before.crossings if item.artery == artery.name):
            row = crossing.to_dict()
            row["inside_span"] = bool(low <= crossing.cs_s_mm <= high)
            row["to_distal_anchor_mm"] = high - crossing.cs_s_mm
            row["to_proximal_anchor_mm"] = crossing.cs_s_mm - low
            if crossing.gap_mm is not None:
                row["gap_after_mm"] = float(np.interp(crossing.cs_s_mm, stations, after))
            crossings.append(row)
    document["crossings"] = sorted(crossings, key=lambda row: row["cs_s_mm"])
    if gaps:
        document["min_gap_after_mm"] = min(gaps)
    return document
