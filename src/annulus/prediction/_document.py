"""The result file: blocks of the catalogue, then how sure, why, how solved, and the shapes for pictures."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

import annulus
from annulus.heart import State
from annulus.kernels.newton import CableLaw
from annulus.prediction._predict import Prediction

if TYPE_CHECKING:
    from annulus.prediction._result import Result

__all__ = ["RESULT_SCHEMA", "nested", "result_document", "result_shapes"]

RESULT_SCHEMA = "annulus.result/2"
"""Name and version of the result file."""

_PLACE = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Objects and lists from dotted keys: ``landing.distal_s_mm``, ``range_n[0]``."""
    out: dict[str, Any] = {}
    for key, value in values.items():
        steps = [int(number) if number else word for word, number in _PLACE.findall(key)]
        where: Any = out
        for step, following in zip(steps, [*steps[1:], None], strict=True):
            empty: Any = value if following is None else [] if isinstance(following, int) else {}
            if isinstance(step, int):
                if step == len(where):
                    where.append(empty)
                where = where[step]
            else:
                where = where.setdefault(step, empty)
    return out


def result_document(result: Result) -> dict[str, Any]:
    """Content of the result file; what was not computed has no key."""
    case, p = result.case, result.prediction
    document: dict[str, Any] = {
        "schema": RESULT_SCHEMA,
        "case": {"id": case.id, "digest": case.digest, "phase": case.phase.value},
        **result.blocks,
    }
    valve = p.heart.valve
    if valve is not None and valve.fitted is not None and result.closures:
        document["fit"] = valve.fitted.document(
            result.closures["before"].measures,
            case.annulus,
            None if p.after.grasp is not None or p.after.fold else p.after.annulus,
        )
    if result.samples is not None:
        document["intervals"] = result.samples.to_dict()
    if result.importance is not None:
        document["importance"] = result.importance.to_dict()
    document["flags"] = list(result.flags)
    document["assumptions"] = [line.to_dict() for line in result.assumptions]
    document["solver"] = _solver(result)
    document["provenance"] = {
        "version": annulus.__version__,
        "platform": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "input_digests": {"case": case.digest},
        **({} if result.samples is None else {"seed": result.samples.seed}),
    }
    document["shapes"] = result_shapes(p)
    return document


def _solver(result: Result) -> dict[str, Any]:
    """How the solves ended."""
    told: dict[str, Any] = {"status": result.status.value, "advice": result.advice}
    solved = [state for state in result.prediction.states if state.equilibrium is not None]
    equilibria = [state.equilibrium for state in solved if state.equilibrium is not None]
    if equilibria:
        last = equilibria[-1]
        told |= {
            "iterations": sum(found.iterations for found in equilibria),
            "residual_n": max(found.residual_n for found in equilibria),
            "energy_nmm": last.energy_nmm,
            "n_nodes": last.strip.n_nodes,
            **_net_force(solved[-1]),
        }
    closing = {}
    for name, outcome in result.closures.items():
        row: dict[str, Any] = {"status": outcome.status}
        if outcome.solution is not None:
            row["iterations"] = outcome.solution.iterations
            if np.isfinite(outcome.solution.residual_n):
                row["residual_n"] = outcome.solution.residual_n
        closing[name] = row
    return told | ({"closure": closing} if closing else {})


def _net_force(state: State) -> dict[str, float]:
    """Sum of all nodal forces under the ribbon [N]: zero in equilibrium, a check that is not the solver's own norm."""
    ribbon, model, found = state.ribbon, state.model, state.equilibrium
    if ribbon is None or model is None or found is None or ribbon.proximal_s_mm is None:
        return {}
    law = CableLaw(0.0, model.parameters.ribbon_axial_n_per_mm, ribbon.length_mm)
    cable = model.strip.cable(ribbon.distal_s_mm, ribbon.proximal_s_mm)
    return {"net_force_n": float(np.linalg.norm(model.net_force(found, cable=cable, law=law)))}


def result_shapes(p: Prediction) -> dict[str, Any]:
    """Curves of the states, the device and the closed leaflets [mm], for pictures."""
    case = p.heart.case
    states = {"before": p.before, **{state.name: state for state in p.states[:-1]}, "after": p.after}
    loops = {name: state.annulus.loop for name, state in states.items() if not state.fold}
    shapes: dict[str, Any] = {f"annulus_{name}_mm": loop.points.tolist() for name, loop in loops.items()}
    for name in ("before", "after"):
        vein = states[name].vein
        if vein is not None:
            shapes[f"coronary_sinus_{name}_mm"] = vein.curve.points.tolist()
            if name == "after" and vein.curve.radius is not None:
                shapes["coronary_sinus_after_radius_mm"] = vein.curve.radius.tolist()
        if case.arteries:
            axes = {artery.name: artery.curve.points.tolist() for artery in states[name].arteries}
            shapes[f"arteries_{name}_mm"] = axes
    device = {name: np.asarray(rows) for name, rows in p.therapy.shapes(p.heart, p.site, p.by_name).items()}
    lines = {name: rows.tolist() for name, rows in device.items() if rows.ndim == 2}
    places = {name: rows.tolist() for name, rows in device.items() if rows.ndim == 1}
    shapes |= {key: found for key, found in (("device_mm", lines), ("anchors_mm", places)) if found}
    return shapes | _leaflets(p)


def _leaflets(p: Prediction) -> dict[str, Any]:
    valve = p.heart.valve
    if valve is None:
        return {}
    out: dict[str, Any] = {}
    for name, state in (("before", p.before), ("after", p.after)):
        closed = state.closed
        if closed is not None and closed.points is not None and closed.measured:
            out[f"leaflets_{name}_mm"] = np.round(closed.points, 4).tolist()
            out[f"chordae_{name}_mm"] = np.round(valve.valve.chordae.ends(closed.points), 4).tolist()
    if out:
        out["leaflet_triangles"] = valve.valve.surface.triangles.tolist()
        out["leaflet_of_triangle"] = valve.valve.leaflet.tolist()
        out["chordae_tip"] = valve.valve.chordae.tip.tolist()
        out["papillary_tips_mm"] = (valve.valve.tips if valve.tips is None else valve.tips).tolist()
    return out
