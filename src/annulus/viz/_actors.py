"""The bodies of a scene: annulus, vein, arteries, leaflets, device, each under its name in the plotter."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Annulus, Case
from annulus.geometry import Curve, Surface
from annulus.viz import _style as style
from annulus.viz._leaflet_sheet import leaflet_sheets
from annulus.viz._states import DrawnArtery
from annulus.viz._sweep import smooth_loop, sweep, tube_axes

__all__ = ["GAP_ARRAY", "add_annulus", "add_arteries", "add_leaflets", "add_papillary_tips", "add_vein"]

GAP_ARRAY = "wall_gap_mm"


def add_annulus(
    plotter: Any, pv: ModuleType, annulus: Annulus, *, name: str, color: str, radius: float, opacity: float = 1.0
) -> None:
    """Add the annulus as a closed wire of `radius` [mm]."""
    points = smooth_loop(annulus.loop.points, 240)
    mesh, _ = _swept(pv, points, *tube_axes(points, radius, closed=True), closed=True, n_sides=16)
    plotter.add_mesh(mesh, color=color, opacity=opacity, name=name, smooth_shading=True, specular=0.2)


def add_vein(plotter: Any, pv: ModuleType, vein: Curve, *, name: str, opacity: float = 0.24) -> None:
    """Add the vein as a translucent tube with its radius; a thin line where the radius is unknown."""
    curve = _smooth(vein)
    radius = 0.4 if curve.radius is None else curve.radius
    mesh, _ = _swept(pv, curve.points, *tube_axes(curve.points, radius, closed=False), capped=False, n_sides=48)
    plotter.add_mesh(
        mesh, color=style.VEIN, opacity=opacity, name=name, smooth_shading=True, specular=0.35, specular_power=25
    )
    # Rims of the open ends: a translucent tube alone does not show where it ends.
    for end, row in (("ostium", 0), ("distal end", -1)):
        u, v = tube_axes(curve.points, radius, closed=False)
        phase = np.linspace(0.0, 2.0 * np.pi, 64, endpoint=False)[:, None]
        rim = curve.points[row] + np.cos(phase) * u[row] + np.sin(phase) * v[row]
        ring, _ = _swept(pv, rim, *tube_axes(rim, 0.22, closed=True), closed=True, n_sides=10)
        plotter.add_mesh(ring, color="#4b78b0", name=f"{name} {end}", smooth_shading=True)


def add_arteries(plotter: Any, pv: ModuleType, arteries: tuple[DrawnArtery, ...]) -> None:
    """Add arteries, coloured by their gap to the vein where it is known; the array is `GAP_ARRAY`."""
    table = _gap_table(pv)
    for artery in arteries:
        radius = 0.8 if artery.curve.radius is None else artery.curve.radius
        # The polygon's own vertices: the colours' range is then that of the gap profile, not of an interpolation.
        points = artery.curve.points
        mesh, station = _swept(pv, points, *tube_axes(points, radius, closed=False), n_sides=36)
        name = f"artery {artery.name}"
        if artery.gap is None:
            plotter.add_mesh(mesh, color=style.ARTERY, name=name, smooth_shading=True, specular=0.3)
            continue
        mesh.point_data[GAP_ARRAY] = artery.gap[station]
        plotter.add_mesh(
            mesh,
            scalars=GAP_ARRAY,
            cmap=table,
            clim=(-style.GAP_LIMIT_MM, style.GAP_LIMIT_MM),
            show_scalar_bar=False,
            name=name,
            smooth_shading=True,
            specular=0.15,
            ambient=0.25,
        )


def add_leaflets(plotter: Any, pv: ModuleType, case: Case, annulus: Annulus, *, faint: bool) -> bool:
    """Add the leaflets' meshes, else flat sheets of the given heights; tell whether anything was added."""
    leaflets = case.leaflets
    if leaflets is None:
        return False
    meshes = {"anterior": leaflets.anterior, "posterior": leaflets.posterior}
    for side, surface in meshes.items():
        if surface is not None:
            mesh = _mesh(pv, surface)
            plotter.add_mesh(
                mesh, color=style.LEAFLET, opacity=0.3 if faint else 0.6, name=f"leaflet {side}", ambient=0.15
            )
            edges = mesh.extract_feature_edges(
                boundary_edges=True, non_manifold_edges=False, feature_edges=False, manifold_edges=False
            )
            if edges.n_points:
                plotter.add_mesh(edges, color=style.LEAFLET_EDGE, line_width=3.0, name=f"leaflet {side} outline")
    if any(surface is not None for surface in meshes.values()):
        return True
    if leaflets.heights is None:
        return False
    for side, (surface, edge) in leaflet_sheets(annulus, leaflets.heights).items():
        plotter.add_mesh(_mesh(pv, surface), color=style.LEAFLET, opacity=0.55, name=f"leaflet {side}", lighting=False)
        line, _ = _swept(pv, edge, *tube_axes(edge, 0.28, closed=False), n_sides=12)
        plotter.add_mesh(line, color=style.LEAFLET_EDGE, name=f"leaflet {side} outline", smooth_shading=True)
    return True


def add_papillary_tips(plotter: Any, pv: ModuleType, case: Case) -> None:
    """Add the papillary tips as small balls."""
    for name, tip in case.papillary_tips.items():
        ball = pv.Sphere(radius=1.3, center=tip)
        plotter.add_mesh(ball, color=style.PAPILLARY, name=f"papillary tip {name}", smooth_shading=True)


def _gap_table(pv: ModuleType) -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    stops = [((1.0 + share) / 2.0, color) for share, color in style.GAP_STOPS]
    return LinearSegmentedColormap.from_list("wall gap", stops, N=256)


def _smooth(curve: Curve) -> Curve:
    return curve.resampled(max(200, len(curve))) if len(curve) > 2 else curve


def _mesh(pv: ModuleType, surface: Surface) -> Any:
    return pv.PolyData.from_regular_faces(np.array(surface.points), np.array(surface.triangles))


def _swept(pv: ModuleType, points: FloatArray, u: FloatArray, v: FloatArray, **options: Any) -> tuple[Any, Any]:
    vertices, triangles, station = sweep(points, u, v, closed=options.pop("closed", False), **options)
    return pv.PolyData.from_regular_faces(vertices, triangles), station
