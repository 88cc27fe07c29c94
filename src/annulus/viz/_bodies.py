"""All bodies of a scene in one panel, and what the legend says of them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from annulus.anatomy import Annulus, Case
from annulus.geometry import Curve, Surface
from annulus.viz import _style as style
from annulus.viz._actors import add_annulus, add_arteries, add_leaflets, add_papillary_tips, add_vein
from annulus.viz._card import LegendEntry
from annulus.viz._closed_leaflets import add_closed_leaflets, add_holes
from annulus.viz._device import add_device
from annulus.viz._ruler import add_ruler
from annulus.viz._shapes import ResultShapes
from annulus.viz._states import DrawnState
from annulus.viz._sweep import smooth_loop, sweep, tube_axes
from annulus.viz._views import View

__all__ = ["add_bodies", "cut_away"]

_PLANE_SHARE = 1.15
"""The annulus plane is drawn this much larger than the annulus."""


def add_bodies(
    plotter: Any,
    pv: ModuleType,
    case: Case,
    shapes: ResultShapes,
    before: DrawnState,
    after: DrawnState | None,
    view: View,
    *,
    fine: bool,
) -> list[LegendEntry]:
    """Add everything that the view shows; `fine` pictures have a tick for every millimetre of the vein."""
    now = before if after is None else after
    entries = _annulus(plotter, pv, shapes, before, after)
    if now.vein is not None:
        if after is not None and before.vein is not None and before.vein is not now.vein:
            add_vein(plotter, pv, before.vein, name="coronary sinus before", opacity=0.09)
        add_vein(plotter, pv, now.vein, name="coronary sinus")
        entries.append(LegendEntry("Coronary sinus, great cardiac vein", style.VEIN, pale=True))
        if before.vein is not None:
            add_ruler(plotter, pv, before.vein, now.vein, now.annulus, fine=fine)
    add_arteries(plotter, pv, now.arteries)
    if any(artery.gap is None for artery in now.arteries):
        entries.append(LegendEntry("Artery", style.ARTERY))
    entries += _valve(plotter, pv, case, shapes, now, faint=after is not None)
    if shapes.leaflets is None or shapes.leaflets.chordae is None or case.papillary_tips:
        add_papillary_tips(plotter, pv, case)
    if case.papillary_tips:
        entries.append(LegendEntry("Papillary tips", style.PAPILLARY))
    if add_device(plotter, pv, shapes, now):
        entries.append(LegendEntry("Device", style.DEVICE))
    for lead in getattr(case, "leads", ()):
        _tube(plotter, pv, lead.curve, 0.5 * lead.diameter_mm, f"lead {lead.name}", style.LEAD)
        entries.append(LegendEntry(f"Lead {lead.name}", style.LEAD))
    entries += _glass(plotter, pv, case, view)
    if not view.scallops:
        _plane(plotter, pv, now.annulus)
        entries.append(LegendEntry("Annulus plane", style.MUTED, pale=True))
    return entries


def cut_away(plotter: Any, pv: ModuleType, view: View, annulus: Annulus) -> None:
    """Cut away what lies nearer to the viewer than the annulus' centre, and draw the cut of sheets and walls bold."""
    from vtkmodules.vtkCommonDataModel import vtkPlane

    _, _, towards = view.axes(annulus.frame)
    centre = annulus.frame.origin
    plane = vtkPlane()
    plane.SetOrigin(*centre)
    plane.SetNormal(*(-towards))
    actors = dict(plotter.renderer.actors)
    for name, actor in actors.items():
        mapper = actor.GetMapper()
        data = getattr(mapper, "dataset", None)
        if data is None or not hasattr(mapper, "AddClippingPlane"):
            continue
        mapper.AddClippingPlane(plane)
        mapper.Update()
        data = mapper.dataset
        solid = name.startswith(("leaflet", "coronary sinus", "chamber")) and not name.endswith("outline")
        line = data.slice(normal=towards, origin=centre) if solid and data.n_cells else None
        if line is None or not line.n_points:
            continue
        color = style.VEIN if name.startswith("coronary") else style.GLASS["la"] if name.startswith("chamber") else ""
        for word in ("anterior", "posterior"):
            color = style.LEAFLET_CUT[word] if word in name else color
        # A hair nearer than what it is the cut of.
        line = line.translate(0.05 * towards).tube(radius=0.45 if "leaflet" in name else 0.25, n_sides=12)
        plotter.add_mesh(line, color=color or style.INK, name=f"cut {name}", smooth_shading=True)


def _annulus(
    plotter: Any, pv: ModuleType, shapes: ResultShapes, before: DrawnState, after: DrawnState | None
) -> list[LegendEntry]:
    if after is None:
        add_annulus(plotter, pv, before.annulus, name="annulus", color=style.ANNULUS, radius=0.8)
        return [LegendEntry("Mitral annulus", style.ANNULUS)]
    add_annulus(
        plotter, pv, before.annulus, name="annulus before", color=style.ANNULUS_BEFORE, radius=0.55, opacity=0.7
    )
    add_annulus(plotter, pv, after.annulus, name="annulus", color=style.ANNULUS, radius=0.8)
    locked = "Annulus, device locked" if "ribbon" in shapes.device else "Annulus after"
    return [LegendEntry("Annulus before", style.ANNULUS_BEFORE), LegendEntry(locked, style.ANNULUS)]


def _valve(
    plotter: Any, pv: ModuleType, case: Case, shapes: ResultShapes, now: DrawnState, *, faint: bool
) -> list[LegendEntry]:
    if shapes.leaflets is None:
        if not add_leaflets(plotter, pv, case, now.annulus, faint=faint):
            return []
        leaflets = case.leaflets
        flat = leaflets is not None and leaflets.anterior is None and leaflets.posterior is None
        words = "Leaflets from heights, laid flat" if flat else "Leaflets before" if faint else "Leaflets, open"
        return [LegendEntry(words, style.LEAFLET_EDGE)]
    touch = add_closed_leaflets(plotter, pv, shapes.leaflets)
    entries = [
        LegendEntry("Anterior leaflet, closed", style.LEAFLET_ANTERIOR),
        LegendEntry("Posterior leaflet, closed", style.LEAFLET_POSTERIOR),
    ]
    if touch:
        entries.append(LegendEntry("Coaptation zone", style.COAPTATION))
    if shapes.leaflets.chordae is not None:
        entries.append(LegendEntry("Chordae", style.CHORDAE["marginal"]))
    if shapes.holes:
        add_holes(plotter, pv, list(shapes.holes), now.annulus.frame)
        entries.append(LegendEntry("Hole (as an ellipse)", style.HOLE))
    return entries


def _glass(plotter: Any, pv: ModuleType, case: Case, view: View) -> list[LegendEntry]:
    """Chambers and aorta that the case has; the roof of the atrium not between the surgeon and the valve."""
    entries = []
    for name, surface in case.surfaces.items():
        if name == "la" and view.name == "surgeon":
            continue
        color = style.GLASS.get(name, style.GLASS["la"])
        mesh = _mesh(pv, surface)
        plotter.add_mesh(mesh, color=color, opacity=0.12, name=f"chamber {name}", smooth_shading=True, specular=0.3)
        entries.append(LegendEntry({"la": "Left atrium", "lv": "Left ventricle"}.get(name, name), color, pale=True))
    if case.aortic_annulus is not None:
        ring = smooth_loop(case.aortic_annulus.points, 160)
        vertices, triangles, _ = sweep(ring, *tube_axes(ring, 0.6, closed=True), closed=True, n_sides=12)
        mesh = pv.PolyData.from_regular_faces(vertices, triangles)
        plotter.add_mesh(mesh, color=style.GLASS["aorta"], name="aortic annulus", smooth_shading=True)
        entries.append(LegendEntry("Aortic annulus", style.GLASS["aorta"]))
    return entries


def _plane(plotter: Any, pv: ModuleType, annulus: Annulus) -> None:
    """The annulus plane as a glass disc a little larger than the annulus: a line where it is seen edge-on."""
    frame = annulus.frame
    local = frame.to_local(smooth_loop(annulus.loop.points, 120))
    flat = np.column_stack([_PLANE_SHARE * local[:, :2], np.zeros(len(local))])
    ring = frame.to_world(flat)
    disc = pv.PolyData(ring, faces=np.concatenate([[len(ring)], np.arange(len(ring))]))
    plotter.add_mesh(disc, color=style.MUTED, opacity=0.12, name="annulus plane", lighting=False)
    rim = pv.lines_from_points(np.vstack([ring, ring[:1]]))
    plotter.add_mesh(rim, color=style.MUTED, line_width=1.2, opacity=0.6, name="annulus plane rim")


def _tube(plotter: Any, pv: ModuleType, curve: Curve, radius: float, name: str, color: str) -> None:
    points = curve.points
    vertices, triangles, _ = sweep(points, *tube_axes(points, radius, closed=False), closed=False, n_sides=16)
    plotter.add_mesh(pv.PolyData.from_regular_faces(vertices, triangles), color=color, name=name, smooth_shading=True)


def _mesh(pv: ModuleType, surface: Surface) -> Any:
    return pv.PolyData.from_regular_faces(np.array(surface.points), np.array(surface.triangles))
