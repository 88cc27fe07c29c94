"""What presses on the arteries in a prediction, what becomes of their lumens, and how likely that is significant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from annulus.heart import State
from annulus.mechanics.network import ArteryLoad, Ribbon, artery_loads
from annulus.outcomes import RISK_CLASSES, Compression, compressions, risk_class

if TYPE_CHECKING:
    from annulus.prediction._predict import Prediction

__all__ = ["PROBABILITY", "compression_numbers", "compression_rows", "risk_words", "told_risk"]

PROBABILITY = "circumflex.risk.probability"
"""Key of the probability of significant compression: at a point over what is open of the artery's law, in a draw 0 or
1, over the draws their share."""

_FROM_ANCHOR = 0.5
"""An anchor that bears at least this share of the load on an artery is named as what presses it (assumed)."""


def compression_numbers(p: Prediction) -> dict[str, Any]:
    """Numbers of block ``circumflex`` that every draw has; empty where nothing presses or no radius is known."""
    found = compressions(p.after.artery_loads or (), p.world.tube_law) if _presses(p) else ()
    if not found:
        return {}
    law, worst = p.world.tube_law, max(found, key=lambda item: item.height_lost)
    out = {
        "peak_contact_pressure_mmhg": max(item.pressure_mmhg for item in found),
        "lumen_area_reduction_percent": worst.area_reduction_percent,
        "diameter_stenosis_percent": worst.stenosis_percent,
        "risk.probability": law.probability(p.after.artery_loads or ()),
    }
    pulled = _under_traction(p)
    if pulled:
        out["traction_diameter_stenosis_percent"] = max(item.stenosis_percent for item in compressions(pulled, law))
    return out


def compression_rows(p: Prediction) -> dict[str, dict[str, Any]]:
    """What a load does to each artery that the network knows, by its name."""
    if not _presses(p):
        return {}
    loads = p.after.artery_loads or ()
    names = [artery.name for artery in p.heart.case.arteries]
    return {
        names[item.index]: _row(item, load, p.after.ribbon)
        for item, load in zip(compressions(loads, p.world.tube_law), loads, strict=True)
    }


def risk_words(p: Prediction) -> dict[str, str]:
    """Class of the point's probability, what it rests on, and what would lower it."""
    numbers = compression_numbers(p)
    if not numbers:
        return {}
    return told_risk(numbers["risk.probability"], None) | {"risk.advice": _advice(p)}


def told_risk(probability: float, draws: int | None) -> dict[str, str]:
    """Class and basis of a probability: over so many draws, or at the point."""
    percent = ", ".join(f"{name} from {100.0 * least:g} %" for least, name in reversed(RISK_CLASSES))
    basis = (
        "the point's load, over what is open of the artery's law (wall, load factor and share) alone"
        if draws is None
        else f"share of {draws} worlds"
    )
    return {"risk.class": risk_class(probability), "risk.basis": f"{basis}; classes (assumed): {percent}"}


def _presses(p: Prediction) -> bool:
    """Something lies in the vein, or moves it: a clip lies in none, a ring that gives a shape moves no vein."""
    return p.after.artery_loads is not None and p.after.grasp is None


def _under_traction(p: Prediction) -> Sequence[ArteryLoad]:
    """Loads while the ribbon is pulled, its proximal anchor closed: when the angiogram is taken."""
    state, ribbon = p.by_name.get("traction"), p.after.ribbon
    if state is None or state.model is None or state.equilibrium is None or ribbon is None:
        return ()
    return artery_loads(state.model, state.equilibrium, replace(ribbon, proximal_s_mm=None))


def _row(item: Compression, load: ArteryLoad, ribbon: Ribbon | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "line_load_n_per_m": 1000.0 * item.line_load_n_per_mm,
        "contact_force_n": item.force_n,
        "contact_length_mm": item.length_mm,
        "contact_width_mm": item.width_mm,
        "peak_contact_pressure_mmhg": item.pressure_mmhg,
        "lumen_area_reduction_percent": item.area_reduction_percent,
        "diameter_stenosis_percent": item.stenosis_percent,
    }
    if item.span_cs_s_mm is not None:
        row["contact_cs_s_mm"] = list(item.span_cs_s_mm)
        row["peak_contact_cs_s_mm"] = item.peak_cs_s_mm
        if ribbon is not None and ribbon.anchors is not None:
            row["anchor_load_share"] = sum(_anchor_shares(load, ribbon))
    return row


def _anchor_shares(load: ArteryLoad, ribbon: Ribbon) -> tuple[float, float]:
    """Shares of the load beside the distal and the proximal anchor [1]."""
    if ribbon.anchors is None or ribbon.proximal_s_mm is None or load.force_n <= 0.0:
        return 0.0, 0.0
    covered = ribbon.anchors.covered(ribbon.distal_s_mm, ribbon.proximal_s_mm)
    distal, proximal = (load.force_between(*part) / load.force_n for part in covered)
    return distal, proximal


def _advice(p: Prediction) -> str:
    """Which landing zone, length or traction would lower the load, from where along the vein it acts."""
    after: State = p.after
    loads = after.artery_loads or ()
    found = compressions(loads, p.world.tube_law)
    worst = max(range(len(found)), key=lambda k: found[k].height_lost)
    item, load, ribbon = found[worst], loads[worst], after.ribbon
    if item.span_cs_s_mm is None:
        return "no artery bears a load: neither landing nor traction needs to change for them."
    name = p.heart.case.arteries[item.index].name
    first, last = item.span_cs_s_mm
    where = f"the load on {name} lies beside {first:.0f} to {last:.0f} mm of the vein"
    if ribbon is None or ribbon.anchors is None:
        return f"{where}: less load there, or none, lowers it."
    for end, share, start in zip(
        ("distal", "proximal"),
        _anchor_shares(load, ribbon),
        (ribbon.distal_s_mm, (ribbon.proximal_s_mm or 0.0) - ribbon.anchors.proximal_length_mm),
        strict=True,
    ):
        if share >= _FROM_ANCHOR:
            length = ribbon.anchors.distal_length_mm if end == "distal" else ribbon.anchors.proximal_length_mm
            return (
                f"{where}, {100.0 * share:.0f} % of it beside the {end} anchor ({start:.0f} to {start + length:.0f} "
                f"mm): a smaller {end} anchor, or a landing that keeps it off that stretch, lowers it; less traction "
                "hardly does."
            )
    return (
        f"{where}, under the ribbon: less traction or plication lowers it, and a landing or a shorter device whose "
        f"distal end stays before {max(first, 0.0):.0f} mm takes the artery out of the span."
    )
